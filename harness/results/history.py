"""From rows of past runs to series, and where each may have changed. Pure."""

from __future__ import annotations

import itertools
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from harness.records.history import FileChange, History, Point, Series, SeriesKey, Suspicion
from harness.results.past_rows import PastRow
from harness.stats.steps import FEWEST_VALUES, find_steps

__all__ = ["build_history"]


def build_history(rows: Sequence[PastRow]) -> History:
    """One series for each model, device, runtime, delegate and count of threads.

    Points are in order of their runs' times; where a time is not known, in the
    order given. Two kinds of machine of one name are two series: what a host of
    another CPU makes slower is no change. The series with the gravest suspicion comes first.
    """
    grouped: dict[SeriesKey, list[Point]] = defaultdict(list)
    for row in rows:
        if row.point is not None:
            grouped[row.key].append(row.point)
    timed = all(each.started_at for points in grouped.values() for each in points)
    titles = _titles(grouped)
    series = [
        _series(key, titles[key], _in_order(points) if timed else points) for key, points in grouped.items()
    ]
    return History(
        series=tuple(sorted(series, key=_gravest_first)),
        runs=len({row.run for row in rows}),
        notices=tuple(_notices(rows, timed=timed)),
    )


def _in_order(points: Sequence[Point]) -> list[Point]:
    return sorted(points, key=lambda each: datetime.fromisoformat(_readable(each.started_at or "")))


def _readable(moment: str) -> str:
    """Python 3.10 reads no `Z`."""
    return moment[:-1] + "+00:00" if moment.endswith("Z") else moment


def _titles(keys: Mapping[SeriesKey, object]) -> dict[SeriesKey, str]:
    """Titles, with the hardware where one name stands for several machines."""
    machines = Counter(name for name, _ in {(key.device, key.hardware) for key in keys})
    return {
        key: f"{key.title} ({key.hardware or 'machine not told'})" if machines[key.device] > 1 else key.title
        for key in keys
    }


def _series(key: SeriesKey, title: str, points: Sequence[Point]) -> Series:
    series = Series(key, title, tuple(points), file_changes=tuple(_file_changes(points)))
    if len(points) < FEWEST_VALUES:
        return replace(series, untested=f"{FEWEST_VALUES} runs are needed to look for changes")
    steps = find_steps([each.median_ms for each in points])
    suspected = tuple(
        Suspicion(
            step.index,
            step.before,
            step.after,
            step.p,
            tuple(_changes(points[step.index - 1], points[step.index])),
        )
        for step in steps
    )
    return replace(series, suspected=suspected)


def _file_changes(points: Sequence[Point]) -> Iterator[FileChange]:
    """Each change of the model's file, with the medians of the runs on either side of it."""
    by_file = [list(group) for _, group in itertools.groupby(points, key=lambda each: each.sha256)]
    index = 0
    for before, after in itertools.pairwise(by_file):
        index += len(before)
        yield FileChange(index, _median_ms(before), _median_ms(after), len(before), len(after))


def _median_ms(points: Sequence[Point]) -> float:
    return statistics.median(each.median_ms for each in points)


def _changes(before: Point, after: Point) -> Iterator[str]:
    if before.sha256 != after.sha256:
        yield f"the model's file ({before.sha256[:12]} to {after.sha256[:12]})"
    if before.runtime_version != after.runtime_version:
        yield f"the runtime ({before.runtime_version} to {after.runtime_version})"
    if before.harness_version != after.harness_version:
        yield f"harness ({before.harness_version} to {after.harness_version})"


def _gravest_first(series: Series) -> tuple[float, str]:
    return (-max((abs(each.change) for each in series.suspected), default=0.0), series.title)


def _notices(rows: Sequence[PastRow], *, timed: bool) -> Iterator[str]:
    left_out = Counter(str(row.status) for row in rows if row.point is None)
    for status, count in sorted(left_out.items()):
        yield f"{count} row(s) have no latency and were left out ({status})"
    machines: dict[str, set[str | None]] = defaultdict(set)
    for row in rows:
        machines[row.key.device].add(row.key.hardware)
    for device, kinds in machines.items():
        if len(kinds) > 1:
            named = "; ".join(sorted(kind or "not told" for kind in kinds))
            yield f"{device} stands for {len(kinds)} kinds of machine, each with series of its own: {named}"
    if not timed:
        yield "some runs have no time in their name: all are in the order they were named in"
