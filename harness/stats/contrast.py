"""One figure against another of the same kind, each with an interval of its own.

MOVER ("method of variance estimates recovery"): the interval of a difference
from those of its two independent terms, whatever gave them. For two Wilson
intervals it is R. G. Newcombe's tenth method (Statistics in Medicine 17 (1998)
873-890). G. Y. Zou and A. Donner, Statistics in Medicine 27 (2008) 1693-1702.
"""

from __future__ import annotations

import math

from harness.stats.intervals import Estimate, Interval

__all__ = ["difference", "excludes", "ratio"]


def difference(a: Estimate, b: Estimate) -> Estimate:
    """B minus A; without an interval where one of them has none."""
    value = b.value - a.value
    if a.interval is None or b.interval is None:
        return Estimate(value, None)
    below = math.hypot(b.value - b.interval.low, a.interval.high - a.value)
    above = math.hypot(b.interval.high - b.value, a.value - a.interval.low)
    return Estimate(value, Interval(value - below, value + above))


def ratio(a: Estimate, b: Estimate) -> Estimate:
    """B over A, of positive figures: the difference of their logarithms, turned back."""
    logs = difference(_log(a), _log(b))
    if logs.interval is None:
        return Estimate(b.value / a.value, None)
    return Estimate(b.value / a.value, Interval(math.exp(logs.interval.low), math.exp(logs.interval.high)))


def excludes(estimate: Estimate, value: float) -> bool:
    """Whether the interval leaves `value` out; never where there is no interval."""
    return estimate.interval is not None and not estimate.interval.low <= value <= estimate.interval.high


def _log(estimate: Estimate) -> Estimate:
    ends = estimate.interval
    inner = Interval(math.log(ends.low), math.log(ends.high)) if ends is not None else None
    return Estimate(math.log(estimate.value), inner)
