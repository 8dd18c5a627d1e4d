from __future__ import annotations

from dataclasses import replace

from harness.records.vocabulary import Status
from harness.report.entries import panels_of
from harness.report.provenance import doubts_of, run_stories
from tests.report.factory import Recipe, content, content_of, measured_run


def test_a_run_tells_command_plan_versions_and_hardware():
    [story] = run_stories([measured_run(Recipe(models=2, threads=(1, 2)))])
    told = dict(story.facts)
    assert told["Plan"] == "4 trials of 5 launches each"
    assert told["Measuring took"] == "28 s in 20 launches, 4.2 s for accuracy"
    assert told["Command"] == "harness run --threads 1,2"
    assert (told["harness"], told["Python"], told["Git commit"]) == ("0.1.0", "3.11.7", "25bc865")
    assert dict(story.devices[0][1])["governor"] == "performance"


def test_what_is_unknown_is_left_out():
    run = measured_run(Recipe(models=1))
    provenance = replace(run.run.provenance, git_commit=None)
    [story] = run_stories([replace(run, run=replace(run.run, provenance=provenance))])
    assert "Git commit" not in dict(story.facts)


def test_runs_are_told_one_by_one():
    runs = [measured_run(Recipe(models=1, name=name, simulated=name == "b")) for name in ("a", "b")]
    stories = run_stories(runs)
    assert [(story.run.name, story.run.simulated) for story in stories] == [("a", False), ("b", True)]


def test_models_show_published_accuracy_only_where_it_is_known():
    [story] = run_stories([measured_run(Recipe(models=2))])
    assert [line.published for line in story.models] == ["61.5 %", ""]
    assert story.models[0].input == "1×64×64×3 float32"


def test_an_evaluation_that_failed_says_why_and_has_no_per_cent():
    run = measured_run(Recipe(models=1))
    failed = replace(run.evaluations[0], status=Status.FAILED, reason="two outputs", images=0, top1_correct=0)
    [story] = run_stories([replace(run, evaluations=(failed,))])
    [line] = story.evaluations
    assert (line.images, line.status, line.how) == ("none", "failed", "two outputs")


def test_images_that_were_left_out_are_counted():
    run = measured_run(Recipe(models=1))
    evaluation = replace(run.evaluations[0], excluded=(("a.jpg", "truncated"),))
    [story] = run_stories([replace(run, evaluations=(evaluation,))])
    assert story.evaluations[0].excluded == "1 image"


def test_warnings_of_a_kind_are_told_once_with_all_their_trials():
    [doubt] = doubts_of(panels_of(content(Recipe(models=8, warned="w025"))))
    assert doubt.caution.code == "high-load"
    assert len(doubt.entries) == 4


def test_the_warning_that_misleads_most_comes_first_then_the_most_frequent():
    run = measured_run(Recipe(models=2, warned="w025"))
    often = run.rows[0].warnings[0]
    rare = replace(often, code="launches-differ")
    worse = replace(often, code="input-assumed")
    rows = (
        replace(run.rows[0], warnings=(replace(often, code="drift"), rare, worse)),
        replace(run.rows[1], warnings=(replace(often, code="drift"),)),
    )
    doubts = doubts_of(panels_of(content_of(replace(run, rows=rows))))
    assert [doubt.caution.code for doubt in doubts] == ["input-assumed", "drift", "launches-differ"]
