"""Series are kept apart by what they must not mix, and a suspicion says what else changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.records.history import Point, SeriesKey
from harness.records.vocabulary import Delegate, Runtime, Status
from harness.results.history import build_history
from harness.results.past_rows import PastRow
from tests.results.history_rows import level_series

KEY = SeriesKey("m", "local", "cpu X", Runtime.LITERT, Delegate.CPU, Delegate.CPU, 1)


def row(number: int, ms: float, key: SeriesKey = KEY, **changed: object) -> PastRow:
    point = Point(
        f"run{number}",
        f"2026-01-{number + 1:02d}T00:00:00+00:00",
        ms,
        None,
        None,
        5,
        "a" * 64,
        "2.3.0",
        commit=f"{number:040x}",
    )
    return PastRow(point.run, key, replace(point, **changed), Status.OK)  # type: ignore[arg-type]


def stepped(count: int = 24, at: int = 15) -> list[PastRow]:
    return [row(number, ms) for number, ms in enumerate(level_series(count, at=at, step=0.06))]


def test_a_step_is_suspected_since_the_run_it_began_in():
    [series] = build_history(stepped()).series
    [suspicion] = series.suspected
    assert suspicion.index == 15
    assert suspicion.change == pytest.approx(0.06, abs=0.005)
    assert suspicion.also_changed == ()


def test_points_are_in_order_of_time_not_of_naming():
    [series] = build_history(stepped()[::-1]).series
    assert [each.run for each in series.points] == [f"run{number}" for number in range(24)]
    assert series.suspected[0].index == 15


def test_z_is_utc():
    rows = [row(1, 2.0, started_at="2026-01-02T00:00:00Z"), row(0, 2.0)]
    assert [each.run for each in build_history(rows).series[0].points] == ["run0", "run1"]


def test_without_times_the_order_given_stays_and_is_told():
    rows = [row(1, 2.0, started_at=None), row(0, 2.0)]
    history = build_history(rows)
    assert [each.run for each in history.series[0].points] == ["run1", "run0"]
    assert "order" in history.notices[0]


@pytest.mark.parametrize(
    "other",
    [
        replace(KEY, model="n"),
        replace(KEY, device="pixel"),
        replace(KEY, hardware="cpu Y"),
        replace(KEY, runtime=Runtime.TFLITE_RUNTIME),
        replace(KEY, delegate=Delegate.GPU),
        replace(KEY, ran_on=Delegate.CPU_BUILTIN),
        replace(KEY, threads=2),
    ],
)
def test_what_differs_is_another_series(other: SeriesKey):
    history = build_history([row(0, 2.0), row(1, 2.0, other)])
    assert len(history.series) == 2
    assert len({each.title for each in history.series}) == 2


def test_a_changed_file_runtime_or_harness_is_named_with_the_suspicion():
    rows = stepped()
    rows[15:] = [
        replace(each, point=replace(each.point, sha256="b" * 64, runtime_version="2.4.0"))  # type: ignore[type-var]
        for each in rows[15:]
    ]
    [series] = build_history(rows).series
    assert series.suspected[0].also_changed == (
        "the model's file (aaaaaaaaaaaa to bbbbbbbbbbbb)",
        "the runtime (2.3.0 to 2.4.0)",
    )


def test_a_short_series_says_why_nothing_was_looked_for():
    [series] = build_history(stepped(10, at=5)).series
    assert series.suspected == ()
    assert series.untested is not None and "16 runs" in series.untested


def test_another_file_of_the_same_name_is_told_however_few_runs_there_are():
    ms = [0.43, 0.431, 0.432, 0.656]
    rows = [row(number, each, sha256=("b" if number == 3 else "a") * 64) for number, each in enumerate(ms)]
    [series] = build_history(rows).series
    [changed] = series.file_changes
    assert (changed.index, changed.runs_before, changed.runs_after) == (3, 3, 1)
    assert changed.change == pytest.approx(0.656 / 0.431 - 1)


def test_two_kinds_of_machine_of_one_name_are_told_and_never_one_series():
    """Ten per cent between them, in turns: one series of it would be no series of anything."""
    cpus = ("AMD EPYC 7763, 4 CPUs", "Intel Xeon 8370C, 4 CPUs")
    rows = [
        row(number, (2.0, 2.2)[kind], replace(KEY, hardware=cpus[kind]))
        for number, kind in enumerate([0, 1, 1, 0] * 7)
    ]
    history = build_history(rows)
    assert {each.key.hardware for each in history.series} == set(cpus)
    assert not any(each.suspected for each in history.series)
    assert "2 kinds of machine" in history.notices[0] and all(cpu in history.notices[0] for cpu in cpus)


def test_how_many_series_were_looked_at():
    history = build_history([*stepped(), *(row(n, 2.0, replace(KEY, model="new")) for n in range(6))])
    assert (history.looked_at, history.longest) == (1, 24)


def test_the_gravest_suspicion_comes_first():
    calm = [row(number, 2.0, replace(KEY, model="a")) for number in range(20)]
    assert [each.key.model for each in build_history([*calm, *stepped()]).series] == ["m", "a"]


def test_rows_without_latency_are_counted():
    failed = PastRow("r", KEY, None, Status.FAILED)
    history = build_history([failed, row(0, 2.0)])
    assert history.notices == ("1 row(s) have no latency and were left out (failed)",)
    assert build_history([failed]).series == ()
