"""When a launch is warm, and when it has samples enough. Asked after every batch of invokes."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

__all__ = ["enough_samples", "is_settled"]

# Windows of three can be compared at all; AndroidX' WarmupManager asks for 30 invokes, which a
# model of 200 ms would pay with 6 s.
_WINDOW_MIN = 3
# A later window that differs by less than this is as warm as the one before.
_SETTLED = 0.02
# Standard error of a median, in standard deviations over sqrt(n).
_MEDIAN_ERROR = 1.2533
_MAD_TO_SD = 1.4826


def is_settled(samples_ns: Sequence[int]) -> bool:
    """Whether the latest third of the invokes is as fast as the third before it.

    The first third is never looked at: it holds the cold start. The two others
    must agree within 2 %, or within twice the standard error of the difference
    of their medians where the samples scatter more than that: noise alone must
    not keep a launch warming up for ever.
    """
    window = len(samples_ns) // 3
    if window < _WINDOW_MIN:
        return False
    late, before = samples_ns[-window:], samples_ns[-2 * window : -window]
    difference = abs(statistics.median(before) - statistics.median(late))
    scatter = _deviation(late) + _deviation(before)
    allowed = max(_SETTLED * statistics.median(late), _MEDIAN_ERROR * scatter * math.sqrt(2 / window))
    return difference <= allowed


def enough_samples(samples_ns: Sequence[int], *, target: float) -> bool:
    """Whether the 95 % interval of the median lies within ± `target` of it.

    The interval between order statistics, by the normal approximation of the
    binomial distribution; exact enough from 20 samples on, and False before.
    """
    count = len(samples_ns)
    if count < 20:
        return False
    ordered = sorted(samples_ns)
    reach = 0.98 * math.sqrt(count)
    low = ordered[math.floor(count / 2 - reach)]
    high = ordered[min(count - 1, math.ceil(count / 2 + reach))]
    median = ordered[count // 2]
    return max(high - median, median - low) <= target * median


def _deviation(samples: Sequence[int]) -> float:
    centre = statistics.median(samples)
    return _MAD_TO_SD * statistics.median(abs(sample - centre) for sample in samples)
