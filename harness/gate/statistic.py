"""One number a launch pair: the logarithm of B's time over A's."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence

from harness.records.gate import LaunchPair, PairSide, Turn
from harness.records.vocabulary import Delegate, Metric, Status
from harness.stats import contention
from harness.stats.signed_rank import hodges_lehmann

__all__ = ["counts", "failed_side", "invoke_ms", "log_ratio", "missing_core", "wait_share"]

_ACCELERATORS = (Delegate.GPU, Delegate.NNAPI)
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
    off, because it overlaps; invokes with such a wait, or in which a thread had
    no core, are left out instead, where enough are left. Records that do not
    tell what cores the threads had are read as they were: invokes with a wait
    are left out where both sides had about as many of them.
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
    if metric is Metric.LATENCY and not _single(pair) and _cores_told(pair):
        times = _with_all_cores(pair) or times
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
    if metric is Metric.LATENCY and _waits_told(pair) and not _single(pair):
        everything = _with_all_cores(pair) or everything
    return [math.log(statistics.median(b) / statistics.median(a)) for a, b in everything if a and b]


def _with_all_cores(pair: LaunchPair) -> list[Times] | None:
    """The invokes of several threads that nothing disturbed, turn by turn; None where too few are left."""
    if _cores_told(pair):
        kept = _on_their_cores(pair)
    elif _disturbed_alike(pair):
        kept = [_undisturbed(turn) for turn in pair.turns]
    else:
        return None
    return kept if _complete(kept) >= _fewest(pair) else None


def missing_core(pair: LaunchPair) -> str | None:
    """Why a pair of several threads says nothing of them; None where they had cores or nobody tells."""
    if _single(pair) or not _cores_told(pair):
        return None
    complete = _complete(_on_their_cores(pair))
    if complete >= _fewest(pair):
        return None
    return (
        f"a core was missing: in {complete} of {len(pair.turns)} turns each thread of both sides had one"
        f" (they waited in {max(map(_wait_share_of, (pair.a, pair.b))):.0%} of their time)"
    )


def _wait_share_of(side: PairSide) -> float:
    """Of the time in which the side's threads wanted to run, the share in which they waited for a CPU."""
    return contention.wait_share(side.threads_ns)


def _cores_told(pair: LaunchPair) -> bool:
    """Whether the account of both sides tells what cores their threads had, and there are enough for them."""
    runs = all(turn.a_run_ns and turn.b_run_ns for turn in pair.turns)
    return runs and _waits_told(pair) and all(_may_have_cores(side) for side in (pair.a, pair.b))


def _may_have_cores(side: PairSide) -> bool:
    working = contention.working(side.threads_ns)
    return side.delegation.actual is not Delegate.GPU and 0 < len(working) <= len(side.affinity or ())


def _on_their_cores(pair: LaunchPair) -> list[Times]:
    a = _of_side(pair.a, [(turn.a_ns, turn.a_wait_ns, turn.a_run_ns) for turn in pair.turns])
    b = _of_side(pair.b, [(turn.b_ns, turn.b_wait_ns, turn.b_run_ns) for turn in pair.turns])
    return list(zip(a, b, strict=True))


def _of_side(side: PairSide, turns: Sequence[tuple[Sequence[int], ...]]) -> list[Sequence[float]]:
    """Turn by turn the invokes in which every thread had a core, judged over all turns of the side."""
    counted = [tuple(map(_counted, turn)) for turn in turns]
    wall, wait, run = ([ns for turn in counted for ns in turn[part]] for part in range(3))
    kept = iter(contention.had_all_cores(wall, wait, run, contention.working(side.threads_ns)))
    return [[ns for ns in turn[0] if next(kept)] for turn in counted]


def _complete(turns: Iterable[Times]) -> int:
    return sum(bool(a) and bool(b) for a, b in turns)


def _fewest(pair: LaunchPair) -> int:
    return min(_FEWEST_TURNS, len(pair.turns))


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
    a = contention.without_wait(turn.a_ns, turn.a_cpu_ns, turn.a_wait_ns)
    return _counted(a), _counted(contention.without_wait(turn.b_ns, turn.b_cpu_ns, turn.b_wait_ns))


def _disturbed_alike(pair: LaunchPair) -> bool:
    a, b = zip(*(_undisturbed(turn) for turn in pair.turns), strict=True)
    of_a = _share_left(a, [turn.a_ns for turn in pair.turns])
    return abs(of_a - _share_left(b, [turn.b_ns for turn in pair.turns])) <= _ALIKE


def _share_left(kept: Iterable[Sequence[float]], everything: Iterable[Sequence[int]]) -> float:
    return sum(map(len, kept)) / sum(len(_counted(each)) for each in everything)


def _undisturbed(turn: Turn) -> Times:
    return _clean(turn.a_ns, turn.a_wait_ns), _clean(turn.b_ns, turn.b_wait_ns)


def _clean(wall: Sequence[int], wait: Sequence[int]) -> Sequence[int]:
    counted = _counted(wall)
    kept = contention.undisturbed(counted, _counted(wait))
    return [ns for ns, alone in zip(counted, kept, strict=True) if alone]


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
