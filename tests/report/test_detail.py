from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.records.vocabulary import Delegate, Status
from harness.report.content import MeasuredRun, ReportContent
from harness.report.detail import asked_and_got, detail_of
from harness.report.entries import Entry, panels_of
from tests.report.factory import Recipe, content, content_of, measured_run


def entry(recipe: Recipe) -> Entry:
    return panels_of(content(recipe))[0].entries[0]


def detail(shown: ReportContent) -> dict[str, Any]:
    """What the first trial shows when it is opened."""
    panel = panels_of(shown)[0]
    return detail_of(panel.entries[0], panel.run)


def changed(run: MeasuredRun, **changes: object) -> ReportContent:
    """With changes to the first launch of the run."""
    launches = (replace(run.launches[0], **changes), *run.launches[1:])
    return content_of(replace(run, launches=launches))


def facts(shown: ReportContent) -> dict[str, str]:
    """Name and value of what was measured; published figures have a test of their own."""
    measured = [block for block in detail(shown)["facts"] if block["title"] != "Published"]
    return {name: value for block in measured for name, value in block["facts"]}


def test_asked_and_got_stand_beside_each_other():
    got = dict(asked_and_got(entry(Recipe(models=1, threads=(4,)))))
    assert got["Delegate"] == "asked cpu, ran on cpu"
    assert got["Threads"] == "asked 4, the process had 5 after warm-up"
    assert got["Runtime"] == "asked litert, got version 2.3.0"
    assert got["Graph"] == "31 of 31 nodes delegated in 1 partition"
    assert got["CPUs allowed"] == "0-3, 6"


def test_a_fallback_says_where_it_ran_instead_and_why():
    recipe = Recipe(models=1, delegates=(Delegate.GPU,), statuses=(("", Status.FALLBACK, "RESIZE stays"),))
    assert dict(asked_and_got(entry(recipe)))["Delegate"] == "asked gpu, ran on cpu"
    assert "fallback: RESIZE stays" in detail(content(recipe))["sentences"]


def test_what_did_not_run_ran_on_a_dash():
    recipe = Recipe(models=1, statuses=(("", Status.FAILED, "signal 11"),))
    assert dict(asked_and_got(entry(recipe)))["Delegate"] == "asked cpu, ran on –"
    assert "failed: launch 1: signal 11" in detail(content(recipe))["sentences"]


def test_failed_launches_keep_reason_and_log_and_count_nothing():
    launches = detail(content(Recipe(models=1, statuses=(("", Status.FAILED, "signal 11"),))))["launches"]
    assert [each["counts"] for each in launches] == [False] * 5
    assert {each["reason"] for each in launches} == {"signal 11"}
    assert launches[0]["log"] == "logs/0-0.txt"
    assert (launches[0]["quantiles"], launches[0]["init"], launches[0]["samples"]) == ([], None, 0)


def test_a_contaminated_launch_is_shown_and_does_not_count():
    first, *rest = detail(changed(measured_run(Recipe(models=1)), contaminated="clock capped"))["launches"]
    assert (first["counts"], first["reason"]) == (False, "clock capped")
    assert all(each["counts"] for each in rest)


def test_quantiles_of_a_launch_are_ascending_milliseconds():
    [launch] = detail(content(Recipe(models=1, launches=1)))["launches"]
    assert launch["quantiles"] == sorted(launch["quantiles"])
    assert len(launch["quantiles"]) == 7


def test_unreadable_facts_are_left_out_and_not_zero():
    shown = content(Recipe(models=1))
    assert "Temperature" not in facts(shown)
    assert facts(shown)["CPU clock"] == "2793 MHz"


def test_a_span_of_readings_shows_both_ends():
    run = measured_run(Recipe(models=1))
    before = replace(run.launches[0].state_before, load_1m=3.0, temperature_c=40.5, on_battery=True)
    told = facts(changed(run, state_before=before))
    assert told["Load before"] == "1.2 to 3"
    assert told["Temperature"] == "40.5 °C"
    assert told["Battery"] == "on battery"


def test_a_warm_up_that_never_settled_is_said():
    shown = changed(measured_run(Recipe(models=1)), warmup_settled=False)
    assert facts(shown)["Warm-up"].endswith("not settled in 1 launch")


def test_accuracy_names_images_interval_and_preprocessing():
    told = facts(content(Recipe(models=1)))
    assert told["Top-1"].startswith("58.0 %, 95 % interval 53.")
    assert told["Images"] == "500 of starter-500"


def test_missing_accuracy_says_why():
    assert facts(content(Recipe(models=1, accuracy=False)))["None"] == "only latency was asked for"


def test_left_out_images_are_named_as_far_as_one_reads():
    run = measured_run(Recipe(models=1))
    excluded = tuple((f"{number}.jpg", "truncated") for number in range(7))
    evaluations = (replace(run.evaluations[0], excluded=excluded),)
    told = facts(content_of(replace(run, evaluations=evaluations)))["Left out"]
    assert told.startswith("7 images: 0.jpg: truncated")
    assert told.endswith("and 2 more")


@pytest.mark.parametrize(
    ("recipe", "sentence"),
    [
        (Recipe(models=1, simulated=True), "Simulated device"),
        (Recipe(models=1, delegates=(Delegate.GPU,), adapter="llvmpipe"), "Software GPU (llvmpipe)"),
        (Recipe(models=1), "front: no other trial"),
    ],
)
def test_what_makes_the_figures_special_comes_first(recipe: Recipe, sentence: str):
    assert detail(content(recipe))["sentences"][0].startswith(sentence)


def test_warnings_come_with_the_next_step_and_how_to_silence_them():
    [warning] = detail(content(Recipe(models=1, warned="w025")))["warnings"]
    assert warning["next"] == "close other programs and run again"
    assert warning["silence"] == "--allow high-load"
