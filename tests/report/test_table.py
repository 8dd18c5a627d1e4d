from __future__ import annotations

from dataclasses import replace

from harness.records.vocabulary import Delegate, Runtime, Status
from harness.report.content import MeasuredRun
from harness.report.entries import panels_of
from harness.report.table import Cell, Table, table_of
from harness.report.wording import MISSING
from tests.report.factory import Recipe, content, content_of, measured_run, rich_recipe


def table(recipe: Recipe) -> Table:
    return table_of(panels_of(content(recipe)))


def cells(shown: Table, key: str) -> list[Cell]:
    at = [column.key for column in shown.columns].index(key)
    return [row.cells[at] for row in shown.rows]


def keys(shown: Table) -> set[str]:
    return {column.key for column in shown.columns}


def test_every_trial_has_a_row_whatever_became_of_it():
    shown = table(rich_recipe())
    assert len(shown.rows) == 72
    assert {cell.text for cell in cells(shown, "status")} == {
        "ok",
        "fallback",
        "unsupported",
        "failed",
        "timed_out",
    }


def test_candidates_come_first_by_accuracy_and_the_rest_below():
    shown = table(rich_recipe())
    statuses = [row.entry.row.status for row in shown.rows]
    assert statuses == sorted(statuses, key=list(Status).index)
    accuracies = [row.entry.row.top1 for row in shown.rows if row.entry.row.status is Status.OK]
    assert accuracies == sorted(accuracies, reverse=True)


def test_only_ok_trials_have_a_place_towards_the_front():
    shown = table(rich_recipe())
    for row, mark in zip(shown.rows, cells(shown, "front"), strict=True):
        if row.entry.row.status is not Status.OK:
            assert (mark.text, mark.value) == (MISSING, None)
    assert {cell.text for cell in cells(shown, "front")} == {"● front", "◐ tied", "dominated", MISSING}


def test_a_fallback_shows_its_latency_and_why():
    recipe = Recipe(models=1, statuses=(("", Status.FALLBACK, "RESIZE stays"),))
    [notes], [median] = cells(table(recipe), "notes"), cells(table(recipe), "median")
    assert "RESIZE stays" in notes.text
    assert median.value is not None


def test_a_fallback_beside_others_names_its_share_of_nodes():
    shown = table(
        Recipe(
            models=1,
            delegates=(Delegate.CPU, Delegate.GPU),
            statuses=(("@GPU", Status.FALLBACK, "why"),),
            adapter="llvmpipe",
        )
    )
    assert [cell.below for cell in cells(shown, "delegate")] == ["", "19 of 31 nodes, software GPU"]


def test_what_was_not_measured_is_a_dash_that_sorts_last_and_never_zero():
    shown = table(Recipe(models=2, statuses=(("float16", Status.FAILED, "why"),)))
    ran, failed = shown.rows
    for column, good, bad in zip(shown.columns, ran.cells, failed.cells, strict=True):
        if column.key in ("median", "p90", "p99", "min", "init", "first", "memory", "launches", "spread"):
            assert (bad.text, bad.value) == (MISSING, None), column.key
            assert good.value is not None, column.key


def test_without_accuracy_the_column_stays_and_says_missing():
    shown = table(Recipe(models=2, accuracy=False))
    assert {cell.text for cell in cells(shown, "top1")} == {MISSING}
    assert {cell.hint for cell in cells(shown, "top1")} == {"only latency was asked for"}
    assert "top5" not in keys(shown)


def test_minor_columns_without_any_value_leave_room_for_the_reasons():
    shown = table(Recipe(models=2, statuses=(("", Status.FAILED, "signal 11"),)))
    assert keys(shown).isdisjoint({"p99", "min", "spread", "init", "first", "memory", "launches"})
    assert {"median", "notes", "status"} <= keys(shown)
    assert all("signal 11" in cell.text for cell in cells(shown, "notes"))


def test_what_all_rows_share_is_said_once_and_gets_no_filter():
    shown = table(Recipe(models=2, threads=(1, 2)))
    assert shown.constant == (
        "run 2026-11-23T10-15-00_local",
        "device local",
        "runtime litert 2.3.0",
        "delegate cpu",
    )
    assert [(each.key, each.values) for each in shown.filters] == [("threads", ("1", "2"))]


def test_threads_are_filtered_in_numeric_order():
    assert table(Recipe(models=1, threads=(1, 2, 16))).filters[0].values == ("1", "2", "16")


def test_a_runtime_that_never_ran_is_not_said_to_be_the_other_one():
    run = measured_run(Recipe(models=1, runtimes=(Runtime.LITERT, Runtime.TFLITE_RUNTIME)))
    failed = replace(run.rows[1], runtime_version=None, status=Status.FAILED, latency_ms=None)
    shown = table_of(panels_of(content_of(MeasuredRun(run.run, (run.rows[0], failed), run.launches, ()))))
    assert not any(text.startswith("runtime") for text in shown.constant)
    assert {cell.text for cell in cells(shown, "runtime")} == {"litert 2.3.0", "tflite-runtime"}


def test_an_unknown_version_is_no_second_runtime():
    run = measured_run(Recipe(models=2))
    failed = replace(run.rows[1], runtime_version=None, status=Status.FAILED, latency_ms=None)
    shown = table_of(panels_of(content_of(MeasuredRun(run.run, (run.rows[0], failed), run.launches, ()))))
    assert "runtime litert 2.3.0" in shown.constant


def test_accuracy_says_with_what_it_was_measured_where_that_is_another():
    shown = table(Recipe(models=1, delegates=(Delegate.CPU, Delegate.GPU)))
    below = [cell.below for cell in cells(shown, "top1")]
    assert [text.endswith(" · of litert cpu") for text in sorted(below, key=len)] == [False, True]


def test_an_empty_run_has_an_empty_table():
    run = measured_run(Recipe(models=0))
    shown = table_of(panels_of(content_of(run)))
    assert (shown.rows, shown.filters, shown.constant) == ((), (), ())
