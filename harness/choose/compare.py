"""What the evidence says of every pair of candidates: certainly better, exactly equal, or neither.

All candidates given are of one group. Matrices are (n, n); element [i, j]
speaks of candidate i against candidate j. A figure that was not measured is
NaN, better than nothing and worse than nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harness.choose.candidates import Candidate, Objective, Scores
from harness.stats.intervals import Estimate, Interval
from harness.stats.paired import bonett_price

__all__ = ["ONE_LAUNCH", "bounds", "certainly_better", "costs", "exactly_equal", "measured"]

ONE_LAUNCH = 0.20
"""Assumed half width of the interval of a latency that rests on one launch.

Measured on two shared virtual CPUs: the logarithm of the ratio of two launches
of identical code had a standard deviation of 12.1 %, hence 8.6 % for one, and
1.96 times that for 95 %; rounded up.
"""

Matrix = NDArray[np.bool_]
Vector = NDArray[np.float64]


def measured(candidates: Sequence[Candidate]) -> tuple[Objective, ...]:
    """The objectives that at least one of the candidates has a figure for."""
    return tuple(
        objective for objective in Objective if any(each.figure(objective) is not None for each in candidates)
    )


def costs(candidates: Sequence[Candidate], objective: Objective) -> Vector:
    """Point estimates, turned so that less is better."""
    sign = -1.0 if objective is Objective.ACCURACY else 1.0
    return np.array([np.nan if (e := c.figure(objective)) is None else sign * e.value for c in candidates])


def certainly_better(candidates: Sequence[Candidate], objective: Objective) -> Matrix:
    """Where the interval of the ratio of latencies leaves out 1, and that of paired accuracies 0.

    Accuracies on other images, and sizes: where intervals do not overlap.
    """
    low, high = _ends(candidates, objective)
    if objective is Objective.LATENCY:
        return _faster(np.abs(costs(candidates, objective)), low, high)
    if objective is Objective.SIZE:
        return np.asarray(high[:, None] < low[None, :])
    better = np.asarray(low[:, None] > high[None, :])
    _decide_pairs(candidates, better)
    return better


def exactly_equal(candidates: Sequence[Candidate], objective: Objective) -> Matrix:
    """Where two figures are one and the same: equal sizes, or one accuracy of one model.

    Never for latency: two measurements that agree are not the same measurement.
    """
    if objective is Objective.LATENCY:
        return np.zeros((len(candidates), len(candidates)), np.bool_)
    if objective is Objective.SIZE:
        return _same([each.size_bytes or each.row.sha256 for each in candidates])
    return _same([_evaluation(each) or index for index, each in enumerate(candidates)])


def _same(keys: Sequence[object]) -> Matrix:
    """Which keys are equal."""
    numbers: dict[object, int] = {}
    ids = np.array([numbers.setdefault(key, len(numbers)) for key in keys])
    return np.asarray(ids[:, None] == ids[None, :])


def bounds(estimate: Estimate) -> Interval:
    """The interval of an estimate, or the assumed one of a single launch."""
    if estimate.interval is not None:
        return estimate.interval
    return Interval(estimate.value / (1 + ONE_LAUNCH), estimate.value * (1 + ONE_LAUNCH))


def _ends(candidates: Sequence[Candidate], objective: Objective) -> tuple[Vector, Vector]:
    ends = [None if (e := each.figure(objective)) is None else bounds(e) for each in candidates]
    low = np.array([np.nan if each is None else each.low for each in ends])
    high = np.array([np.nan if each is None else each.high for each in ends])
    return low, high


def _faster(value: Vector, low: Vector, high: Vector) -> Matrix:
    """`harness.stats.contrast.ratio` of every pair at once: where its lower end lies above 1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        value, low, high = np.log(value), np.log(low), np.log(high)
        below = np.hypot((value - low)[None, :], (high - value)[:, None])
        return np.asarray(value[None, :] - value[:, None] > below)


def _evaluation(candidate: Candidate) -> tuple[object, ...] | None:
    """The same for trials of one model that share an evaluation, or repeat it with the same outcome."""
    row = candidate.row
    if row.top1 is None:
        return None
    images = candidate.scores.images if candidate.scores else None
    return row.sha256, candidate.group.dataset, images, row.top1, row.top5


def _decide_pairs(candidates: Sequence[Candidate], better: Matrix) -> None:
    """Overwrite in place the pairs that were scored on the same images."""
    together: dict[tuple[str, int], list[int]] = {}
    for index, each in enumerate(candidates):
        if each.scores is not None:
            together.setdefault((each.scores.images, len(each.scores.correct)), []).append(index)
    for members in together.values():
        scores = [found for index in members if (found := candidates[index].scores) is not None]
        better[np.ix_(members, members)] = _paired(scores)


def _paired(scores: Sequence[Scores]) -> Matrix:
    """Certainly better, pair by pair, from results on the same images."""
    # Trials of one model share an evaluation: each is held against the others once.
    rank: dict[int, int] = {}
    distinct: list[Scores] = []
    for each in scores:
        if id(each) not in rank:
            rank[id(each)] = len(distinct)
            distinct.append(each)
    correct = np.array([each.correct for each in distinct], np.float32)
    # Counts up to 2**24 are exact in float32, whose product is the fast one.
    only = (correct @ (1 - correct).T).astype(np.int64)
    low, _ = bonett_price(only, only.T, correct.shape[1])
    at = [rank[id(each)] for each in scores]
    return np.asarray(low[np.ix_(at, at)] > 0)
