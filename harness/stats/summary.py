"""From the launches of a trial to its latency in milliseconds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from harness.records.launch import Launch
from harness.records.row import LatencySummary
from harness.records.vocabulary import Status
from harness.stats.contention import times_ns
from harness.stats.intervals import median_of_launches

__all__ = [
    "WIDE",
    "counts",
    "is_wide",
    "launch_median_ms",
    "mean_reported",
    "quantile",
    "reach",
    "reports",
    "robust_spread",
    "summarise",
    "summarise_reported",
    "summarise_wall",
]

# Scales the median absolute deviation to the standard deviation of a normal distribution.
_MAD_TO_SD = 1.4826

_FEWEST = 3

WIDE = 0.05
"""How far an interval may reach: pyperf calls a benchmark unstable from a deviation of 10 % on, and two
models that differ by as much can be told apart when each interval reaches ± 5 %."""

_HALF_STEP_MS = 0.0005
"""`benchmark_model` counts whole microseconds."""


def counts(launch: Launch) -> bool:
    """Whether a launch may enter a figure: it ran to its end and nothing spoiled it."""
    return (
        launch.status in (Status.OK, Status.FALLBACK)
        and launch.contaminated is None
        and launch.contended is None
        and bool(launch.samples_ns)
    )


def launch_median_ms(launch: Launch) -> float | None:
    """The median of a launch that counts: of its samples, or as a tool printed it; else None."""
    if counts(launch):
        return float(np.median(times_ns(launch))) / 1e6
    return launch.reported.median_ms if launch.reported is not None and reports(launch) else None


def summarise(launches: Sequence[Launch]) -> LatencySummary | None:
    """See `LatencySummary` for each figure; None where no launch counts."""
    return _summary([_ms(times_ns(each)) for each in launches if counts(each)])


def summarise_wall(launches: Sequence[Launch]) -> LatencySummary | None:
    """The same of all samples as the clock showed them, whatever the process waited for."""
    return _summary([_ms(each.samples_ns) for each in launches if counts(each)])


def _ms(times: Sequence[int]) -> NDArray[np.float64]:
    return np.asarray(times, np.float64) / 1e6


def _summary(samples_ms: Sequence[NDArray[np.float64]]) -> LatencySummary | None:
    if not samples_ms:
        return None
    medians = np.array([np.median(each) for each in samples_ms])
    pooled = np.sort(np.concatenate(samples_ms))
    estimate = median_of_launches([float(each) for each in medians], fastest=float(pooled[0]))
    interval = estimate.interval
    return LatencySummary(
        median=estimate.value,
        ci_low=interval.low if interval else None,
        ci_high=interval.high if interval else None,
        p90=quantile(pooled, 0.90),
        p99=quantile(pooled, 0.99),
        mean=float(np.mean([each.mean() for each in samples_ms])),
        min=float(pooled[0]),
        spread_between=robust_spread(medians) if len(medians) > 1 else None,
        spread_within=float(np.median([robust_spread(each) for each in samples_ms])),
    )


def reach(summary: LatencySummary) -> float | None:
    """How far the interval reaches from the median, relative to it; None without an interval."""
    if summary.ci_low is None or summary.ci_high is None:
        return None
    return max(summary.ci_high - summary.median, summary.median - summary.ci_low) / summary.median


def is_wide(launches: Iterable[Launch]) -> bool:
    """Whether more launches are worth their time; of two or none that count nobody can tell."""
    made = list(launches)
    if sum(launch_median_ms(each) is not None for each in made) < _FEWEST:
        return False
    summary = summarise(made) or summarise_reported(made)
    return summary is not None and (reach(summary) or 0.0) > WIDE


def reports(launch: Launch) -> bool:
    """Whether a launch ran to its end and has a tool's own median in place of samples."""
    reported = launch.reported
    ran = launch.status in (Status.OK, Status.FALLBACK, Status.UNSUPPORTED) and launch.contaminated is None
    return ran and reported is not None and bool(reported.median_ms)


def mean_reported(launches: Sequence[Launch]) -> float | None:
    """The mean of the means a tool printed; None where it printed none."""
    means = [each.reported.mean_ms for each in launches if each.reported and each.reported.mean_ms]
    return float(np.mean(means)) if means else None


def summarise_reported(launches: Sequence[Launch]) -> LatencySummary | None:
    """From figures a tool printed: its medians are the launches'; what it did not print is None.

    An interval is never narrower than the tool's clock steps, however much launches agree.
    """
    figures = [each.reported for each in launches if reports(each) and each.reported is not None]
    medians = np.array([each.median_ms for each in figures if each.median_ms is not None])
    if not len(medians):
        return None
    means = [each.mean_ms for each in figures if each.mean_ms is not None]
    smallest = [each.min_ms for each in figures if each.min_ms is not None]
    estimate = median_of_launches([float(each) for each in medians], fastest=min(smallest, default=0.0))
    interval = estimate.interval
    return LatencySummary(
        median=estimate.value,
        ci_low=min(interval.low, estimate.value - _HALF_STEP_MS) if interval else None,
        ci_high=max(interval.high, estimate.value + _HALF_STEP_MS) if interval else None,
        p90=None,
        p99=None,
        mean=float(np.mean(means)) if means else None,
        min=min(smallest, default=None),
        spread_between=robust_spread(medians) if len(medians) > 1 else None,
    )


def quantile(ordered: NDArray[np.float64], share: float) -> float:
    """The smallest of the ascending values that at least `share` of them do not exceed.

    Always a value that was seen: nothing is interpolated into a tail of which
    few samples tell.
    """
    return float(ordered[max(0, int(np.ceil(share * len(ordered))) - 1)])


def robust_spread(values: NDArray[np.float64]) -> float:
    """Relative standard deviation, from the median absolute deviation: one outlier does not move it."""
    centre = np.median(values)
    return float(_MAD_TO_SD * np.median(np.abs(values - centre)) / centre)
