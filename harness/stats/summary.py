"""From the launches of a trial to its latency in milliseconds."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from harness.records.launch import Launch
from harness.records.row import LatencySummary
from harness.records.vocabulary import Status
from harness.stats.intervals import median_of_launches

__all__ = ["counts", "quantile", "robust_spread", "summarise"]

# Scales the median absolute deviation to the standard deviation of a normal distribution.
_MAD_TO_SD = 1.4826


def counts(launch: Launch) -> bool:
    """Whether a launch may enter a figure: it ran to its end and nothing spoiled it."""
    return (
        launch.status in (Status.OK, Status.FALLBACK)
        and launch.contaminated is None
        and bool(launch.samples_ns)
    )


def summarise(launches: Sequence[Launch]) -> LatencySummary | None:
    """See `LatencySummary` for each figure; None where no launch counts."""
    counted = [launch for launch in launches if counts(launch)]
    if not counted:
        return None
    samples_ms = [[ns / 1e6 for ns in launch.samples_ns] for launch in counted]
    medians = [statistics.median(each) for each in samples_ms]
    pooled = sorted(value for each in samples_ms for value in each)
    estimate = median_of_launches(medians)
    interval = estimate.interval
    return LatencySummary(
        median=estimate.value,
        ci_low=interval.low if interval else None,
        ci_high=interval.high if interval else None,
        p90=quantile(pooled, 0.90),
        p99=quantile(pooled, 0.99),
        mean=statistics.fmean(statistics.fmean(each) for each in samples_ms),
        min=pooled[0],
        spread_between=robust_spread(medians) if len(medians) > 1 else None,
        spread_within=statistics.median(robust_spread(each) for each in samples_ms),
    )


def quantile(ordered: Sequence[float], share: float) -> float:
    """The smallest value with at least `share` of the values at or below it: always a value that was seen."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def robust_spread(values: Sequence[float]) -> float:
    """Relative standard deviation, from the median absolute deviation: one outlier does not move it."""
    centre = statistics.median(values)
    return _MAD_TO_SD * statistics.median(abs(value - centre) for value in values) / centre
