"""When a launch is warm, and when it has samples enough. Asked after every batch of invokes."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from harness.stats.intervals import median_rank

__all__ = ["enough_samples", "is_settled"]

# The fewest samples that have a median one of them may lie far away from. More would keep a model
# of 200 ms waiting: AndroidX' WarmupManager asks for 30 invokes, which are 6 s there.
_WINDOW_MIN = 3
# Both windows must hold this much work. Linux' load tracking (PELT) has a half-life of 32 ms, so a
# clock that follows it is still climbing steeply after 20 + 20 ms and is told from a steady one.
_WINDOW_MS = 20.0
# A later window that differs by less than this is as warm as the one before.
_TOLERANCE = 0.02
# Standard error of a normal sample's median, in standard deviations over sqrt(n): sqrt(pi / 2).
_MEDIAN_ERROR = 1.2533
_MAD_TO_SD = 1.4826


def is_settled(
    samples_ns: Sequence[int], *, tolerance: float = _TOLERANCE, window_ms: float = _WINDOW_MS
) -> bool:
    """Whether the latest third of the invokes is as fast as the third before it.

    The first third is never looked at: it holds the cold start. The two others
    must hold 3 samples and `window_ms` of work each, and their medians must
    agree within `tolerance`, or within twice the standard error of their
    difference where the samples scatter more than that: noise alone must not
    keep a launch warming up for ever. Windows that grow with the time passed
    also see a change slower than any fixed window. Slower and faster both
    count: a clock that falls is no steady state either.
    """
    window = _window(samples_ns, window_ms)
    if window is None:
        return False
    late, before = samples_ns[-window:], samples_ns[-2 * window : -window]
    settled_at = statistics.median(late)
    error = _MEDIAN_ERROR * _scatter(samples_ns[-2 * window :]) * math.sqrt(2 / window)
    return abs(statistics.median(before) - settled_at) <= max(tolerance * settled_at, 2 * error)


def enough_samples(samples_ns: Sequence[int], *, target: float = 0.01) -> bool:
    """Whether the 95 % interval of the median lies within ± `target` of it.

    The interval between order statistics, which assumes nothing of the shape of
    the scatter; False for fewer than six samples, which cannot give one.
    """
    rank = median_rank(len(samples_ns))
    if rank is None:
        return False
    ordered = sorted(samples_ns)
    median = statistics.median(ordered)
    return max(ordered[-rank] - median, median - ordered[rank - 1]) <= target * median


def _window(samples_ns: Sequence[int], window_ms: float) -> int | None:
    """Samples in each of the two windows; None while there are too few. The first invoke is in neither."""
    window = max(_WINDOW_MIN, len(samples_ns) // 3)
    if len(samples_ns) < 2 * window + 1:
        return None
    late, before = samples_ns[-window:], samples_ns[-2 * window : -window]
    return window if min(sum(late), sum(before)) >= window_ms * 1e6 else None


def _scatter(samples: Sequence[int]) -> float:
    """Standard deviation of one sample, from second differences, which a trend does not enter.

    A deviation from the windows' medians would take a steep trend for noise,
    and call a launch settled because it is still changing fast.
    """
    bends = [abs(a - 2 * b + c) for a, b, c in zip(samples, samples[1:], samples[2:], strict=False)]
    return _MAD_TO_SD * statistics.median(bends) / math.sqrt(6)
