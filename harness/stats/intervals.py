"""Intervals: Wilson's for a share, one over launches for a latency, ranks for a median."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = [
    "Estimate",
    "Interval",
    "clopper_pearson",
    "hettmansperger_sheather",
    "median_of_launches",
    "median_rank",
    "wilson",
]

# Up to here the binomial sum is exact; beyond it the normal approximation is off by less than one rank.
_EXACT_RANKS = 1000
# How far the range of so few launches must be stretched to cover the median of normal scatter in 95 %
# of cases. Of two that is Student's t; of five it lets two be wild, where t covers in 88 % only.
_STRETCH = {2: 12.71, 3: 2.63, 4: 1.48, 5: 1.08}


@dataclass(frozen=True, slots=True)
class Interval:
    """A closed interval."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value and its interval; None where the data cannot give one."""

    value: float
    interval: Interval | None


def wilson(correct: int, total: int, *, confidence: float = 0.95) -> Interval:
    """Wilson's score interval for a share of `correct` in `total`.

    Unlike value ± 1.96 standard errors it stays within [0, 1] and keeps its
    coverage near the ends. E. B. Wilson, JASA 22 (1927) 209-212; recommended in
    Brown, Cai, DasGupta, Statistical Science 16 (2001) 101-133.
    """
    if total < 1 or not 0 <= correct <= total:
        raise ValueError(f"no share: {correct} of {total}")
    z = statistics.NormalDist().inv_cdf(0.5 + confidence / 2)
    share = correct / total
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    centre = share + z * z / (2 * total)
    scale = 1 + z * z / total
    # Rounding must not push an end past the share itself at 0 and at 1.
    low = min((centre - spread) / scale, share)
    high = max((centre + spread) / scale, share)
    return Interval(max(0.0, low), min(1.0, high))


def clopper_pearson(correct: int, total: int, *, confidence: float = 0.95) -> Interval:
    """Exact interval of a share: it covers at least as often as it says, however rare the event.

    C. J. Clopper and E. S. Pearson, Biometrika 26 (1934) 404-413.
    """
    if total < 1 or not 0 <= correct <= total:
        raise ValueError(f"no share: {correct} of {total}")
    from scipy.special import betaincinv

    tail = (1 - confidence) / 2
    low = float(betaincinv(correct, total - correct + 1, tail)) if correct else 0.0
    high = float(betaincinv(correct + 1, total - correct, 1 - tail)) if correct < total else 1.0
    return Interval(low, high)


def median_of_launches(launch_medians: Sequence[float], *, fastest: float = 0.0) -> Estimate:
    """Median of the launches' medians, with a 95 % interval over launches.

    Launches are the replicates: an interval over samples would treat one
    process' luck with memory layout and core as if it were noise that averages
    out. From six launches on the interval lies between order statistics and
    assumes nothing of the shape of the scatter. Fewer cannot enclose a median
    that often: theirs is the range of the launches, stretched about its middle
    on logarithms (times scatter by factors). It never begins below `fastest`,
    the shortest sample that was seen. None for a single launch. Coverage is
    simulated in the tests and shown in docs/statistics.md.
    """
    if not launch_medians or not all(0 < each < math.inf for each in launch_medians):
        raise ValueError("latencies must be positive, and there must be one at least")
    value = statistics.median(launch_medians)
    if len(launch_medians) < 2:
        return Estimate(value, None)
    logs = [math.log(each) for each in launch_medians]
    inner = hettmansperger_sheather(logs) or _stretched_range(logs)
    low = max(math.exp(inner.low), min(fastest, *launch_medians))
    return Estimate(value, Interval(min(low, value), max(math.exp(inner.high), value)))


def hettmansperger_sheather(values: Sequence[float], *, confidence: float = 0.95) -> Interval | None:
    """Interval of the median, interpolated between neighbouring order statistics.

    None where even the whole range covers the median too rarely. T. P.
    Hettmansperger and S. J. Sheather, Statistics & Probability Letters 4 (1986)
    75-79: nearly free of the distribution, and without the jumps in coverage
    that whole ranks have.
    """
    count = len(values)
    rank = median_rank(count, confidence=confidence)
    if rank is None:
        return None
    ordered = sorted(values)
    outer, inner = _coverage(count, rank), _coverage(count, rank + 1)
    share = (outer - confidence) / (outer - inner)
    weight = (count - rank) * share / (rank + (count - 2 * rank) * share)
    return Interval(
        (1 - weight) * ordered[rank - 1] + weight * ordered[rank],
        (1 - weight) * ordered[count - rank] + weight * ordered[count - rank - 1],
    )


def median_rank(count: int, *, confidence: float = 0.95) -> int | None:
    """How many values from either end the interval of a median may begin; None where there are too few.

    The largest r (from 1) for which the r-th smallest and the r-th largest of
    `count` values enclose the median with `confidence`, whatever the
    distribution: the values below it are binomial(count, 1/2).
    """
    if count > _EXACT_RANKS:
        z = statistics.NormalDist().inv_cdf(0.5 + confidence / 2)
        return math.floor((count - z * math.sqrt(count)) / 2)
    beyond, choose, allowed = 0, 1, (1 - confidence) / 2 * (1 << count)
    for rank in range(count // 2 + 1):
        # `choose` is C(count, rank): the ways in which exactly `rank` values lie below the median.
        beyond += choose
        if beyond > allowed:
            return rank or None
        choose = choose * (count - rank) // (rank + 1)
    return count // 2


def _stretched_range(values: Sequence[float]) -> Interval:
    middle = (max(values) + min(values)) / 2
    reach = _STRETCH[len(values)] * (max(values) - min(values)) / 2
    return Interval(middle - reach, middle + reach)


def _coverage(count: int, rank: int) -> float:
    """Probability that the rank-th smallest and the rank-th largest value enclose the median."""
    if rank > count / 2:
        return 0.0
    return 1 - 2 * sum(math.comb(count, below) for below in range(rank)) / (1 << count)
