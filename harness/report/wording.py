"""How values and closed words read in a report. A missing value is an en dash, never 0."""

from __future__ import annotations

import math
from collections.abc import Sequence

from harness.records.vocabulary import Status

__all__ = [
    "MISSING",
    "STATUS_MEANING",
    "amount",
    "and_list",
    "count",
    "duration",
    "interval",
    "megabytes",
    "ms",
    "percent",
    "percent_interval",
    "share",
    "shortened",
    "when",
]

MISSING = "–"

STATUS_MEANING = {
    Status.OK: "ran as it was asked to",
    Status.FALLBACK: "ran, but not, or only partly, where it was asked to: shown, never ranked",
    Status.UNSUPPORTED: "this device or runtime cannot run it that way",
    Status.FAILED: "did not run to its end",
    Status.TIMED_OUT: "took longer than the time limit",
    Status.UNSTABLE: "the device never settled enough to measure",
    Status.CONTENDED: "other processes had the cores it needed: its latency is shown, never ranked",
    Status.SKIPPED: "was not measured, or not completely",
}


def ms(value: float | None) -> str:
    """Milliseconds with three significant digits and no exponent, without the unit."""
    if value is None:
        return MISSING
    if value == 0:
        return "0"
    decimals = min(6, max(0, 2 - math.floor(math.log10(abs(value)))))
    return f"{value:,.{decimals}f}"


def interval(low: float | None, high: float | None) -> str:
    """The two ends of an interval in milliseconds; empty where there is none."""
    return "" if low is None or high is None else f"{ms(low)}–{ms(high)}"


def percent(fraction: float | None, *, digits: int = 1) -> str:
    """A fraction from 0 to 1 as per cent, without the sign."""
    return MISSING if fraction is None else f"{100 * fraction:.{digits}f}"


def percent_interval(low: float | None, high: float | None) -> str:
    """The two ends of an interval of fractions in per cent; empty where there is none."""
    return "" if low is None or high is None else f"{percent(low)}–{percent(high)}"


def share(fraction: float | None) -> str:
    """A relative spread as per cent, with two significant digits below 10 %."""
    if fraction is None:
        return MISSING
    return f"{100 * fraction:.{0 if fraction >= 0.1 else 1}f}"


def megabytes(size_bytes: float | None) -> str:
    """Bytes as megabytes (10^6), without the unit; a kilobyte is the smallest that shows."""
    if size_bytes is None:
        return MISSING
    size_mb = size_bytes / 1e6
    return f"{size_mb:.3f}" if size_mb < 0.1 else f"{size_mb:.2f}" if size_mb < 10 else ms(size_mb)


def amount(value: int | float | None) -> str:
    """A plain number with thousands separators."""
    return MISSING if value is None else f"{value:,.6g}" if isinstance(value, float) else f"{value:,}"


def count(number: int, noun: str, plural: str | None = None) -> str:
    """`1 trial`, `2 trials`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def and_list(items: Sequence[str], *, most: int = 4) -> str:
    """`a`, `a and b`, `a, b and 3 more`."""
    shown = list(items[:most])
    if len(items) > most:
        shown.append(f"{len(items) - most} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else ""


def shortened(text: str, *, most: int = 44) -> str:
    """Text of `most` characters at the longest, its middle left out."""
    if len(text) <= most:
        return text
    tail = (most - 1) // 2
    return f"{text[: most - 1 - tail]}…{text[-tail:]}"


def duration(seconds: float | None) -> str:
    """A duration as a person would say it."""
    if seconds is None:
        return MISSING
    if seconds < 120:
        return f"{seconds:.3g} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def when(iso_time: str) -> str:
    """`2026-11-23T10:15:00.123+00:00` as `2026-11-23 10:15 UTC`; anything else as it is."""
    day, separator, rest = iso_time.partition("T")
    utc = rest.endswith(("+00:00", "Z"))
    return f"{day} {rest[:5]} UTC" if separator and utc and len(rest) >= 5 else iso_time
