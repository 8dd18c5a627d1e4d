"""Limits on what may be chosen, as the user writes them: `33ms`, `5MB`, `60%`."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import Enum

from harness.choose.candidates import Candidate, Objective
from harness.errors import UsageError
from harness.stats.intervals import Estimate

__all__ = [
    "Limit",
    "Quantity",
    "parse_fps",
    "parse_latency_ms",
    "parse_limits",
    "parse_share",
    "parse_size_bytes",
]

_NUMBER = re.compile(
    r"\s*(?P<number>[0-9]*\.?[0-9]+(?:e[+-]?[0-9]+)?|[0-9]+\.)\s*(?P<unit>[a-zµμ%]*)\s*", re.IGNORECASE
)
_MS = {"": 1.0, "ms": 1.0, "s": 1e3, "us": 1e-3, "µs": 1e-3, "μs": 1e-3, "ns": 1e-6}
_BYTES = {
    "": 1,
    "b": 1,
    "k": 1e3,
    "kb": 1e3,
    "m": 1e6,
    "mb": 1e6,
    "g": 1e9,
    "gb": 1e9,
    "kib": 2**10,
    "mib": 2**20,
    "gib": 2**30,
}


class Quantity(str, Enum):
    """What a limit is about."""

    LATENCY = "latency"
    """Milliseconds, at most."""
    SIZE = "size"
    """Bytes, at most."""
    TOP1 = "top-1"
    """Fraction, at least."""
    TOP5 = "top-5"

    def __str__(self) -> str:
        return str(self.value)

    @property
    def is_maximum(self) -> bool:
        """Whether less is better."""
        return self in (Quantity.LATENCY, Quantity.SIZE)


_OBJECTIVES = {
    Quantity.LATENCY: Objective.LATENCY,
    Quantity.SIZE: Objective.SIZE,
    Quantity.TOP1: Objective.ACCURACY,
}


@dataclass(frozen=True, slots=True)
class Limit:
    """The largest or smallest value that is still good: ms, bytes, or a fraction."""

    quantity: Quantity
    bound: float

    def figure(self, candidate: Candidate) -> Estimate | None:
        """What of a candidate the limit is held against; None where it was not measured."""
        if self.quantity is Quantity.TOP5:
            return candidate.top5
        return candidate.figure(_OBJECTIVES[self.quantity])


def parse_limits(
    *,
    max_latency: str | None = None,
    fps: str | None = None,
    max_size: str | None = None,
    min_top1: str | None = None,
    min_top5: str | None = None,
) -> tuple[Limit, ...]:
    """The limits of the options given. Raises UsageError."""
    if max_latency is not None and fps is not None:
        raise UsageError("--max-latency and --fps limit the same thing", next_step="give one of them")
    limits = []
    if max_latency is not None:
        limits.append(Limit(Quantity.LATENCY, parse_latency_ms(max_latency)))
    if fps is not None:
        limits.append(Limit(Quantity.LATENCY, parse_fps(fps)))
    if max_size is not None:
        limits.append(Limit(Quantity.SIZE, parse_size_bytes(max_size)))
    if min_top1 is not None:
        limits.append(Limit(Quantity.TOP1, parse_share(min_top1, option="--min-top1")))
    if min_top5 is not None:
        limits.append(Limit(Quantity.TOP5, parse_share(min_top5, option="--min-top5")))
    return tuple(limits)


def parse_latency_ms(text: str, *, option: str = "--max-latency") -> float:
    """Milliseconds of `33`, `33ms`, `0.033s`, `500us`."""
    number, unit = _split(text, option, "33ms, 0.033s or 500us")
    if unit not in _MS:
        raise UsageError(f"{option} {text}: unknown unit {unit!r}", next_step="use ms, s, us or ns")
    return _positive(number * _MS[unit], text, option)


def parse_fps(text: str, *, option: str = "--fps") -> float:
    """Milliseconds a frame may take at so many frames a second."""
    number, unit = _split(text, option, "30")
    if unit not in ("", "fps", "hz"):
        raise UsageError(f"{option} {text}: unknown unit {unit!r}", next_step="give frames per second: 30")
    return _positive(1000 / _positive(number, text, option), text, option)


def parse_size_bytes(text: str, *, option: str = "--max-size") -> float:
    """Bytes of `5MB` (5 000 000), `5MiB` (5 242 880), `800KB`, `5000000`."""
    number, unit = _split(text, option, "5MB, 800KB or 4MiB")
    if unit not in _BYTES:
        raise UsageError(
            f"{option} {text}: unknown unit {unit!r}", next_step="use B, KB, MB, GB, KiB, MiB or GiB"
        )
    return _positive(number * _BYTES[unit], text, option)


def parse_share(text: str, *, option: str) -> float:
    """The fraction of `60`, `60%` or `0.6`: without a sign, numbers up to 1 are fractions."""
    number, unit = _split(text, option, "60, 60% or 0.6")
    if unit not in ("", "%"):
        raise UsageError(f"{option} {text}: unknown unit {unit!r}", next_step="give per cent: 60 or 60%")
    share = number if not unit and number <= 1 else number / 100
    if share > 1:
        raise UsageError(f"{option} {text}: more than 100 %", next_step="give per cent: 60 or 60%")
    return share


def _split(text: str, option: str, example: str) -> tuple[float, str]:
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise UsageError(
            f"{option} {text!r}: not a positive number", next_step=f"for example {option} {example}"
        )
    return float(match["number"]), match["unit"].lower()


def _positive(value: float, text: str, option: str) -> float:
    if not 0 < value < math.inf:
        raise UsageError(f"{option} {text}: must be more than 0 and finite")
    return value
