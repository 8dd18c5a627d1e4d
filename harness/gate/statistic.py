"""One number a launch pair: the logarithm of B's time over A's."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence

from harness.records.gate import LaunchPair, PairSide, Turn
from harness.records.vocabulary import Delegate, Metric, Status
from harness.stats.signed_rank import hodges_lehmann

__all__ = ["counts", "failed_side", "invoke_ms", "log_ratio", "wait_share"]

_ACCELERATORS = (Delegate.GPU, Delegate.NNAPI)
# Of several threads: an invoke in which any of them waited longer than this share of it was disturbed.
_UNDISTURBED = 0.01
# As many undisturbed turns as still have a median; with fewer all turns count.
_FEWEST_TURNS = 8
# Other processes disturb both sides of a turn alike. A side whose share of disturbed invokes is
# larger by more than this waits for threads of its own, and that is its slowness.
_ALIKE = 0.25

Times = tuple[Sequence[float], Sequence[float]]


def counts(pair: LaunchPair) -> bool:
    """Whether a pair may enter a verdict: both sides ran to their end and nothing spoiled it."""
    return _ran(pair.a) and _ran(pair.b) and pair.spoiled is None


def _ran(side: PairSide) -> bool:
    """Whether it ran to its end. A GPU or NNAPI that took no node at all says nothing of itself."""
    given = side.delegation
    if side.status is Status.FALLBACK and given.requested in _ACCELERATORS:
        return given.actual is given.requested
    return side.status in (Status.OK, Status.FALLBACK)


def failed_side(pair: LaunchPair) -> tuple[str, PairSide] | None:
    """The letter and record of a side that did not run to its end, of two the one that is to blame."""
    failed = [(letter, side) for letter, side in (("A", pair.a), ("B", pair.b)) if not _ran(side)]
    return min(failed, key=lambda each: each[1].status is Status.SKIPPED, default=None)


def log_ratio(pair: LaunchPair, metric: Metric = Metric.LATENCY) -> float:
    """log(B / A) of one pair; swapping the sides changes its sign only.

    The Hodges-Lehmann estimate over turns of the logarithm of the ratio of the
    turn's medians. Latency is wall time. With one thread the time in which the
    process could have run while others had its CPU is left out: it says
    something of the other processes only. With more threads it cannot be taken
    off, because it overlaps; invokes with such a wait are left out instead,
    where enough are left without and both sides had about as many of them.
    Nothing is left out of either side where the system does not tell the wait
    of both. Raises ValueError for a pair without times.
    """
    if not pair.turns:
        return _reported(pair)
    ratios = _turn_ratios(pair, metric)
    if not ratios:
        raise ValueError(f"pair {pair.index} of {pair.cell} has no times")
    return hodges_lehmann(ratios)


def invoke_ms(pair: LaunchPair, metric: Metric = Metric.LATENCY) -> tuple[float, float]:
    """A typical invoke of either side in milliseconds."""
    if not pair.turns:
        return _reported_ms(pair.a), _reported_ms(pair.b)
    times = [_times(turn, metric, corrected=_correctable(pair)) for turn in pair.turns]
    a, b = ([statistics.median(each[side]) for each in times if each[side]] for side in (0, 1))
    return statistics.median(a) / 1e6, statistics.median(b) / 1e6


def wait_share(pair: LaunchPair) -> float | None:
    """Share of the wall time in which a thread waited for a CPU; None where the system does not tell."""
    if not _waits_told(pair):
        return None
    waited = sum(sum(turn.a_wait_ns) + sum(turn.b_wait_ns) for turn in pair.turns)
    wall = sum(sum(turn.a_ns) + sum(turn.b_ns) for turn in pair.turns)
    threads = max(pair.a.process_threads or 1, pair.b.process_threads or 1)
    return min(1.0, waited / wall / threads)


def _turn_ratios(pair: LaunchPair, metric: Metric) -> list[float]:
    everything = [_times(turn, metric, corrected=_correctable(pair)) for turn in pair.turns]
    if metric is Metric.LATENCY and _waits_told(pair) and not _single(pair) and _disturbed_alike(pair):
        undisturbed = [_undisturbed(turn) for turn in pair.turns]
        if sum(bool(a) and bool(b) for a, b in undisturbed) >= _FEWEST_TURNS:
            everything = undisturbed
    return [math.log(statistics.median(b) / statistics.median(a)) for a, b in everything if a and b]


def _waits_told(pair: LaunchPair) -> bool:
    """Of both sides and all turns: to correct one side only would make it the faster one."""
    return bool(pair.turns) and all(turn.a_wait_ns and turn.b_wait_ns for turn in pair.turns)


def _correctable(pair: LaunchPair) -> bool:
    return _single(pair) and _waits_told(pair)


def _single(pair: LaunchPair) -> bool:
    """Whether one thread does the work, so that its wait is the wait of the invoke."""
    sides = (pair.a, pair.b)
    return all(side.process_threads == 1 and side.delegation.actual is not Delegate.GPU for side in sides)


def _times(turn: Turn, metric: Metric, *, corrected: bool) -> Times:
    if metric is Metric.CPU_TIME:
        return _counted(turn.a_cpu_ns), _counted(turn.b_cpu_ns)
    if not corrected:
        return _counted(turn.a_ns), _counted(turn.b_ns)
    a = _without_wait(turn.a_ns, turn.a_cpu_ns, turn.a_wait_ns)
    return _counted(a), _counted(_without_wait(turn.b_ns, turn.b_cpu_ns, turn.b_wait_ns))


def _without_wait(wall: Sequence[int], cpu: Sequence[int], wait: Sequence[int]) -> Sequence[int]:
    """Wall time less the wait. A wait just before or after the invoke is in `wait` too: hence the floor."""
    return [max(w - lost, min(c, w)) for w, c, lost in zip(wall, cpu, wait, strict=True)]


def _disturbed_alike(pair: LaunchPair) -> bool:
    a, b = zip(*(_undisturbed(turn) for turn in pair.turns), strict=True)
    of_a = _share_left(a, [turn.a_ns for turn in pair.turns])
    return abs(of_a - _share_left(b, [turn.b_ns for turn in pair.turns])) <= _ALIKE


def _share_left(kept: Iterable[Sequence[float]], everything: Iterable[Sequence[int]]) -> float:
    return sum(map(len, kept)) / sum(len(_counted(each)) for each in everything)


def _undisturbed(turn: Turn) -> Times:
    return _clean(turn.a_ns, turn.a_wait_ns), _clean(turn.b_ns, turn.b_wait_ns)


def _clean(wall: Sequence[int], wait: Sequence[int]) -> Sequence[int]:
    times = zip(_counted(wall), _counted(wait), strict=True)
    return [ns for ns, lost in times if lost <= _UNDISTURBED * ns]


def _counted(values: Sequence[int]) -> Sequence[int]:
    """Without the first invoke of a turn, which finds caches cold, unless it is the only one."""
    return values[1:] if len(values) > 1 else values


def _reported(pair: LaunchPair) -> float:
    return math.log(_reported_ms(pair.b) / _reported_ms(pair.a))


def _reported_ms(side: PairSide) -> float:
    figures = side.reported
    typical = figures and (figures.median_ms or figures.mean_ms)
    if not typical:
        raise ValueError("a side without samples and without figures")
    return typical
