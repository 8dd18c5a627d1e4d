from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.records.vocabulary import Delegate, Runtime, Status
from harness.report.content import FrontMark, Mark, MeasuredRun, ReportContent, TrialId
from harness.report.entries import Entry, panels_of, runtime_names
from tests.report.factory import NASTY, Recipe, content, content_of, measured_run


def entries_of(recipe: Recipe) -> tuple[Entry, ...]:
    [panel] = panels_of(content(recipe))
    return panel.entries


def test_a_run_cannot_be_shown_twice():
    run = measured_run(Recipe(models=1))
    with pytest.raises(ValueError, match="different names"):
        content_of(run, run)


def test_each_entry_has_the_launches_and_the_evaluation_of_its_own_trial():
    for entry in entries_of(Recipe(models=3, threads=(1, 2))):
        assert [launch.trial for launch in entry.launches] == [entry.row.trial] * 5
        assert entry.evaluation is not None
        assert entry.evaluation.model == entry.row.model


def test_a_trial_without_a_mark_is_unranked():
    run = measured_run(Recipe(models=2))
    marks = {TrialId(run.run.name, run.rows[0].trial): FrontMark(Mark.FRONT)}
    [panel] = panels_of(ReportContent((run,), (), "2026-11-23T10:21:07+00:00", marks))
    assert [entry.mark.mark for entry in panel.entries] == [Mark.FRONT, Mark.UNRANKED]


@pytest.mark.parametrize("status", [Status.UNSUPPORTED, Status.FAILED, Status.TIMED_OUT, Status.UNSTABLE])
def test_a_trial_that_did_not_run_is_shown_but_has_no_latency(status: Status):
    [entry] = entries_of(Recipe(models=1, statuses=(("", status, "why"),)))
    assert entry.row.reason == "launch 1: why"
    assert (entry.latency, entry.counted, entry.ranked) == (None, (), False)


def test_a_fallback_keeps_its_latency_and_is_never_ranked():
    [entry] = entries_of(Recipe(models=1, statuses=(("", Status.FALLBACK, "19 of 31 nodes"),)))
    assert entry.latency is not None
    assert not entry.ranked
    assert entry.mark.mark is Mark.UNRANKED


def test_figures_name_only_what_differs():
    assert {entry.setting for entry in entries_of(Recipe(models=2))} == {""}
    settings = {entry.setting for entry in entries_of(Recipe(models=2, threads=(1, 2)))}
    assert settings == {"1 thread", "2 threads"}


def test_runtimes_are_told_apart_with_their_version():
    recipe = Recipe(models=1, runtimes=(Runtime.LITERT, Runtime.TFLITE_RUNTIME))
    assert {entry.series for entry in entries_of(recipe)} == {
        "litert 2.3.0 · cpu",
        "tflite-runtime 2.14.0 · cpu",
    }


def test_two_versions_of_one_runtime_are_two_series():
    run = measured_run(Recipe(models=2))
    older = replace(run.rows[0], runtime_version="2.2.0")
    [panel] = panels_of(content_of(MeasuredRun(run.run, (older, run.rows[1]), run.launches, ())))
    assert [entry.series for entry in panel.entries] == ["litert 2.2.0 · cpu", "litert 2.3.0 · cpu"]


def test_a_row_where_nothing_ran_names_no_runtime_of_its_own():
    run = measured_run(Recipe(models=2))
    failed = replace(run.rows[0], runtime_version=None, status=Status.FAILED, latency_ms=None)
    assert runtime_names((failed, run.rows[1])) == ("litert 2.3.0",)
    assert runtime_names((failed,)) == ("litert",)
    [panel] = panels_of(content_of(MeasuredRun(run.run, (failed, run.rows[1]), run.launches, ())))
    assert {entry.series for entry in panel.entries} == {"cpu"}


def test_a_row_without_a_version_stands_with_its_own_runtime():
    run = measured_run(Recipe(models=1, runtimes=(Runtime.LITERT, Runtime.TFLITE_RUNTIME), threads=(1, 2)))
    rows = (replace(run.rows[0], runtime_version=None), *run.rows[1:])
    [panel] = panels_of(content_of(MeasuredRun(run.run, rows, run.launches, ())))
    assert panel.entries[0].series == "litert 2.3.0 · cpu"


def test_devices_and_runs_have_panels_of_their_own():
    runs = [measured_run(Recipe(models=1, name=name, device=name)) for name in ("phone", "board")]
    panels = panels_of(content_of(*runs))
    assert [panel.title for panel in panels] == ["phone · phone", "board · board"]
    assert [len(panel.entries) for panel in panels] == [1, 1]


def test_a_simulated_device_does_not_make_another_one_simulated():
    runs = [
        measured_run(Recipe(models=1, name=name, device=name, simulated=name == "made-up"))
        for name in ("real", "made-up")
    ]
    assert [panel.simulated for panel in panels_of(content_of(*runs))] == [False, True]


@pytest.mark.parametrize(
    ("adapter", "software"),
    [
        ("SwiftShader Device", True),
        ("llvmpipe (LLVM 15)", True),
        ("Mali-G78", False),
        (None, False),
    ],
)
def test_a_gpu_in_software_is_told_from_a_real_one(adapter: str | None, software: bool):
    [entry] = entries_of(Recipe(models=1, delegates=(Delegate.GPU,), adapter=adapter))
    assert entry.software_gpu is software


def test_the_front_comes_before_the_fast_and_fallbacks_come_last():
    recipe = Recipe(models=12, statuses=(("w025_int8", Status.FALLBACK, "why"),))
    [panel] = panels_of(content(recipe))
    told = panel.most_telling(panel.entries)
    assert told[0].mark.mark is Mark.FRONT
    assert told[-1].row.status is Status.FALLBACK


@given(st.text(max_size=30))
def test_anchors_are_plain_and_unique_whatever_the_names(name: str):
    recipe = Recipe(models=2, threads=(1, 2), launches=1, samples=2, rename=lambda old: f"{name}{old}{NASTY}")
    anchors = [entry.anchor for entry in entries_of(recipe)]
    assert len(set(anchors)) == 4
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+", anchor) for anchor in anchors)
