"""The tool's `count=` lines, with its rounding. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean, pstdev

__all__ = ["average", "count_line"]


def average(samples_us: Sequence[int]) -> str:
    """The mean with six significant digits, as a C++ stream prints it; 0 without samples."""
    return f"{fmean(samples_us):.6g}" if samples_us else "0"


def count_line(samples_us: Sequence[int]) -> str:
    """One of the four shapes the tool prints. The deviation is the population's, cut to whole µs."""
    count = len(samples_us)
    ordered = sorted(samples_us) or [0]
    tail = " ".join(
        f"{name}={ordered[min(count * share // 100, len(ordered) - 1)]}"
        for name, share in (("p5", 5), ("median", 50), ("p95", 95))
    )
    if count == 0:
        return f"count=0 {tail}"
    if count == 1:
        return f"count=1 curr={samples_us[0]} {tail}"
    if ordered[0] == ordered[-1]:
        return f"count={count} curr={samples_us[-1]}(all same) {tail}"
    return (
        f"count={count} first={samples_us[0]} curr={samples_us[-1]} min={ordered[0]} max={ordered[-1]}"
        f" avg={average(samples_us)} std={int(pstdev(samples_us))} {tail}"
    )
