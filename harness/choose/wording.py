"""How figures of candidates read in a sentence."""

from __future__ import annotations

import math
from collections.abc import Sequence

from harness.choose.candidates import Candidate, Objective
from harness.stats.intervals import Estimate

__all__ = ["accuracy", "figure", "latency", "listed", "megabytes", "milliseconds", "size"]


def milliseconds(value: float) -> str:
    """Three significant digits, no exponent, no unit."""
    decimals = min(6, max(0, 2 - math.floor(math.log10(value)))) if value > 0 else 0
    return f"{value:.{decimals}f}"


def megabytes(size_bytes: float) -> str:
    """Bytes as 10^6 bytes, three significant digits, no unit."""
    return milliseconds(size_bytes / 1e6)


def latency(estimate: Estimate, *, interval: bool = True) -> str:
    """`3.51 ms [3.42, 3.60]`."""
    text = f"{milliseconds(estimate.value)} ms"
    if not interval:
        return text
    if estimate.interval is None:
        return f"{text} (one launch, no interval)"
    return f"{text} [{milliseconds(estimate.interval.low)}, {milliseconds(estimate.interval.high)}]"


def accuracy(estimate: Estimate, *, interval: bool = True) -> str:
    """`71.2 % [67.6, 74.6]`."""
    text = f"{100 * estimate.value:.1f} %"
    if not interval or estimate.interval is None:
        return text
    return f"{text} [{100 * estimate.interval.low:.1f}, {100 * estimate.interval.high:.1f}]"


def size(size_bytes: float) -> str:
    """`4.28 MB`."""
    return f"{megabytes(size_bytes)} MB"


def figure(candidate: Candidate, objective: Objective) -> str:
    """The candidate's figure without its interval; `not measured` where there is none."""
    estimate = candidate.figure(objective)
    if estimate is None:
        return "not measured"
    if objective is Objective.LATENCY:
        return latency(estimate, interval=False)
    if objective is Objective.ACCURACY:
        return accuracy(estimate, interval=False)
    return size(estimate.value)


def listed(items: Sequence[str], *, of: int | None = None, most: int = 3) -> str:
    """`a`, `a and b`, `a, b, c and 4 more`; `of` how many there are, where only the first are given."""
    shown = list(items[:most])
    left = (len(items) if of is None else of) - len(shown)
    if left:
        shown.append(f"{left} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else ""
