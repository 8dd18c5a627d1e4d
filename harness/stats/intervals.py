"""Intervals: Wilson's for a share, Student's over launches for a latency."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Estimate", "Interval", "median_of_launches", "wilson"]


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


def median_of_launches(launch_medians: Sequence[float], *, confidence: float = 0.95) -> Estimate:
    """Median of the launches' medians, with Student's interval over their logarithms.

    Launches are the replicates: an interval over samples would treat one
    process' luck with memory layout and core as if it were noise that averages
    out. Times scatter by factors, so the interval is symmetric on the log scale.
    It is stretched to contain the estimate where an outlier pulls the mean of
    the logarithms away from the median. None for a single launch. Coverage is
    simulated in the tests and shown in docs/statistics.md.
    """
    if not launch_medians or min(launch_medians) <= 0:
        raise ValueError("latencies must be positive, and there must be one at least")
    value = statistics.median(launch_medians)
    count = len(launch_medians)
    if count < 2:
        return Estimate(value, None)
    logs = [math.log(each) for each in launch_medians]
    centre = statistics.fmean(logs)
    reach = student_quantile(0.5 + confidence / 2, count - 1) * statistics.stdev(logs) / math.sqrt(count)
    low, high = math.exp(centre - reach), math.exp(centre + reach)
    return Estimate(value, Interval(min(low, value), max(high, value)))


def student_quantile(probability: float, degrees: int) -> float:
    """Quantile of Student's t."""
    from scipy.stats import t

    return float(t.ppf(probability, degrees))
