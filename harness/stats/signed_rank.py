"""Where paired differences lie: Hodges and Lehmann's estimate, and the exact signed-rank bounds.

Both rest on the Walsh averages, the means of all pairs of values (each with
itself too). J. L. Hodges and E. L. Lehmann, Ann. Math. Stat. 34 (1963) 598-611;
the bounds invert F. Wilcoxon's test, Biometrics Bulletin 1 (1945) 80-83.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harness.stats.intervals import Interval

__all__ = [
    "allowed_beyond",
    "hodges_lehmann",
    "signed_rank_bounds",
    "signed_rank_distribution",
    "signed_rank_interval",
    "walsh_averages",
]


def walsh_averages(values: Sequence[float]) -> NDArray[np.float64]:
    """The n (n + 1) / 2 means of two values each, ascending."""
    array = np.asarray(values, np.float64)
    first, second = _pairs(len(array))
    return np.sort((array[first] + array[second]) / 2)


def hodges_lehmann(values: Sequence[float]) -> float:
    """Median of the Walsh averages: nearly as efficient as the mean, and indifferent to a few wild values.

    Raises ValueError for no values.
    """
    if len(values) == 0:
        raise ValueError("no values")
    return float(np.median(walsh_averages(values)))


def signed_rank_bounds(values: Sequence[float], *, below: float, above: float) -> Interval:
    """Lower and upper bound of the centre of a symmetric distribution, exact for any count.

    The centre lies under the lower bound with a probability of at most `below`
    and over the upper bound with at most `above`. Infinite where there are too
    few values for that. Equal values make the bounds wider, never too narrow.
    """
    averages = walsh_averages(values)
    low = allowed_beyond(len(values), below)
    high = allowed_beyond(len(values), above)
    return Interval(
        -math.inf if low is None else float(averages[low]),
        math.inf if high is None else float(averages[len(averages) - 1 - high]),
    )


def signed_rank_interval(values: Sequence[float], *, confidence: float = 0.95) -> Interval | None:
    """Two-sided interval of the centre; None where there are too few values."""
    tail = (1 - confidence) / 2
    if allowed_beyond(len(values), tail) is None:
        return None
    return signed_rank_bounds(values, below=tail, above=tail)


@functools.cache
def allowed_beyond(count: int, level: float) -> int | None:
    """How many Walsh averages may lie beyond a one-sided bound of error `level`; None: there is no bound.

    The largest w with P(W <= w) <= level, W the sum of the positive ranks.
    """
    within = np.cumsum(signed_rank_distribution(count)) <= level
    return int(np.count_nonzero(within)) - 1 if within[0] else None


@functools.cache
def signed_rank_distribution(count: int) -> NDArray[np.float64]:
    """P(W = 0), P(W = 1), … for `count` values: each rank from 1 on is in the sum with probability 1/2."""
    chances = np.zeros(count * (count + 1) // 2 + 1)
    chances[0] = 1.0
    for rank in range(1, count + 1):
        chances[rank:] += chances[:-rank].copy()
        chances /= 2
    return chances


@functools.cache
def _pairs(count: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    first, second = np.triu_indices(count)
    return first, second
