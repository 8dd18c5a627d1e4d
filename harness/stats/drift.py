"""Whether a series moves steadily in one direction: Mann-Kendall's test and Theil and Sen's slope."""

from __future__ import annotations

import itertools
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Trend", "find_trend", "mann_kendall"]

# Above this the normal approximation differs from the exact p in the fourth decimal.
_EXACT = 30


@dataclass(frozen=True, slots=True)
class Trend:
    """Relative change from the first to the last value along the robust slope, and its two-sided p."""

    change: float
    p: float


def find_trend(values: Sequence[float]) -> Trend:
    """The steady part of the change over `values`, which are positive and equally far apart.

    The slope is the median of those between all pairs (P. K. Sen, JASA 63
    (1968) 1379-1389), so that a single odd value cannot make a trend.
    """
    if len(values) < 2:
        return Trend(0.0, 1.0)
    slopes = [(b - a) / (j - i) for (i, a), (j, b) in itertools.combinations(enumerate(values), 2)]
    change = statistics.median(slopes) * (len(values) - 1) / statistics.median(values)
    return Trend(change, mann_kendall(values))


def mann_kendall(values: Sequence[float]) -> float:
    """Two-sided p of as many rising or falling pairs in a series without trend.

    H. B. Mann, Econometrica 13 (1945) 245-259. Exact for up to 30 values, ties
    included: the share of all orders of these very values with such a score.
    """
    score = abs(sum((b > a) - (b < a) for a, b in itertools.combinations(values, 2)))
    count, ties = len(values), tuple(Counter(values).values())
    if score == 0:
        return 1.0
    if count > _EXACT:
        variance = _variance_18(count) - sum(_variance_18(size) for size in ties)
        return 2 * (1 - statistics.NormalDist().cdf((score - 1) / (variance / 18) ** 0.5))
    ways = _inversions(count, ties)
    # A score of s means (untied pairs - s) / 2 inversions at most, in either direction.
    fewest = (len(ways) - 1 - score) // 2
    return min(1.0, 2 * sum(ways[: fewest + 1]) / sum(ways))


def _variance_18(count: int) -> int:
    """18 times the variance of the score of `count` values; of a group of ties, what it takes off."""
    return count * (count - 1) * (2 * count + 5)


def _inversions(count: int, ties: Sequence[int]) -> list[int]:
    """Orders of `count` values with 0, 1, 2 … inversions, where so many each are equal.

    The coefficients of Gauss' multinomial (P. A. MacMahon, 1915): the factorial
    of the count, with 1 + q + … + q^(k-1) in place of k, over those of the groups.
    """
    ways = [1]
    for size in range(2, count + 1):
        total = len(ways) + size - 1
        ways = [sum(ways[max(0, k - size + 1) : k + 1]) for k in range(total)]
    for size in (each for group in ties for each in range(2, group + 1)):
        ways = _divided(ways, size)
    return ways


def _divided(ways: Sequence[int], size: int) -> list[int]:
    """The polynomial over 1 + q + … + q^(size-1), which divides it: times 1 - q, over 1 - q^size."""
    quotient: list[int] = []
    for k in range(len(ways) - size + 1):
        before = ways[k - 1] if k else 0
        quotient.append(ways[k] - before + (quotient[k - size] if k >= size else 0))
    return quotient
