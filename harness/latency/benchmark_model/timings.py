"""The figures the tool prints: the four shapes of `count=`, and the line that ends a run. Pure."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.latency.benchmark_model.lines import Line

__all__ = [
    "Statistics",
    "Summary",
    "Timings",
    "parse_number",
    "parse_statistics",
    "parse_summary",
    "read_timings",
]

_NUMBER = r"\d{1,18}(?:\.\d{1,18})?(?:[eE][+-]?\d{1,3})?"
_COUNT = re.compile(r"(?<![\w.])count=(\d{1,12})(?![\w.])")
_FIGURE = re.compile(rf"(?<!\w)(first|curr|min|max|avg|std|p5|median|p95)=({_NUMBER})(?![\w.])")
_ALL_SAME = "(all same)"
# Op profiles print `count=` as well, one for the preparation and one for the profiled runs.
_PROFILE = ("Timings (microseconds)", "Memory (bytes)")
_SUMMARY = "nference timings in us:"
_PART = re.compile(rf"\s*([A-Za-z][A-Za-z ()]{{0,40}}):\s*({_NUMBER})(?![\d.])")
_SESSION = re.compile(rf"Initialized session in ({_NUMBER})ms")
# Averages carry six significant digits.
_AGREES = 1e-4


@dataclass(frozen=True, slots=True)
class Statistics:
    """One `count=` line, in microseconds. None: the line does not say it.

    The tool's percentiles are the sorted values at n·p/100, `std` is the
    population's, cut to whole microseconds.
    """

    count: int
    mean: float | None = None
    first: float | None = None
    min: float | None = None
    max: float | None = None
    std: float | None = None
    p5: float | None = None
    median: float | None = None
    p95: float | None = None

    @property
    def is_possible(self) -> bool:
        """Whether the figures can be those of one set of times."""
        orders = (
            (self.min, self.median, self.max),
            (self.p5, self.median, self.p95),
            (self.min, self.mean, self.max),
        )
        return all(_ascends(order) for order in orders)


@dataclass(frozen=True, slots=True)
class Summary:
    """The line `Inference timings in us: …` in microseconds: the mark of a run that reached its end."""

    inference: float
    init: float | None = None
    first: float | None = None
    warmup: float | None = None


@dataclass(frozen=True, slots=True)
class Timings:
    """All a log says of time, in microseconds. `summary` is None where the run did not reach its end."""

    summary: Summary | None = None
    measured: Statistics | None = None
    warmup: Statistics | None = None
    init: float | None = None
    contradiction: str | None = None
    """Why the figures cannot be believed."""
    counted: tuple[Statistics, ...] = ()
    """Every `count=` line outside op profiles, in order."""


def parse_number(text: str) -> float | None:
    """A plain or scientific number, None where it is none or too large for one."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def parse_statistics(text: str) -> Statistics | None:
    """The figures of one `count=` line in any of its four shapes; None for any other text.

    `count=1 curr=…` and `count=3 curr=…(all same)` state one value only: it is
    mean, minimum and maximum alike.
    """
    found = _COUNT.search(text)
    if found is None or any(sign in text for sign in _PROFILE):
        return None
    count = int(found.group(1))
    figures = {name: parse_number(value) for name, value in _FIGURE.findall(text[found.end() :])}
    if count == 0:
        return Statistics(0)
    if "avg" not in figures and (count == 1 or _ALL_SAME in text):
        only = _all_same(text) if _ALL_SAME in text else figures.get("curr")
        figures |= {"avg": only, "min": only, "max": only, "first": only}
    return Statistics(
        count,
        mean=figures.get("avg"),
        **{name: figures.get(name) for name in ("first", "min", "max", "std", "p5", "median", "p95")},
    )


def _all_same(text: str) -> float | None:
    found = re.search(rf"curr=({_NUMBER})\(all same\)", text)
    return parse_number(found.group(1)) if found else None


def parse_summary(text: str) -> Summary | None:
    """The last line of a run, of this tool (`Inference (avg)`) or an older one (`Inference`, `no stats`)."""
    _, found, rest = text.partition(_SUMMARY)
    if not found:
        return None
    parts = {part.group(1): parse_number(part.group(2)) for part in map(_PART.match, rest.split(",")) if part}
    inference = _first_of(parts, "Inference (avg)", "Inference", "no stats")
    if inference is None:
        return None
    return Summary(
        inference=inference,
        init=parts.get("Init"),
        first=parts.get("First inference"),
        warmup=_first_of(parts, "Warmup (avg)", "Warmup"),
    )


def read_timings(lines: Iterable[Line]) -> Timings:
    """The measured run, told from warm-up and op profiles by the average its last line repeats."""
    seen: list[Statistics] = []
    summary: Summary | None = None
    init: float | None = None
    for line in lines:
        if "count=" in line.text and (found := parse_statistics(line.text)) is not None:
            seen.append(found)
        elif _SUMMARY in line.text:
            summary = parse_summary(line.text) or summary
        elif "Initialized session" in line.text and (session := _SESSION.search(line.text)):
            milliseconds = parse_number(session.group(1))
            init = None if milliseconds is None else 1000 * milliseconds
    if summary is None:
        return Timings(warmup=seen[0] if seen else None, init=init, counted=tuple(seen))
    return _matched(seen, summary, init)


def _matched(seen: list[Statistics], summary: Summary, init: float | None) -> Timings:
    init = init if summary.init is None else summary.init
    at = next((n for n in reversed(range(len(seen))) if _agrees(seen[n], summary.inference)), None)
    if at is None:
        return Timings(
            summary=summary, init=init, contradiction=_disagreement(seen, summary), counted=tuple(seen)
        )
    measured = seen[at]
    possible = None if measured.is_possible else "the figures of the line `count=` contradict each other"
    warmup = seen[at - 1] if at > 0 else None
    return Timings(summary, measured, warmup, init, possible, tuple(seen))


def _disagreement(seen: list[Statistics], summary: Summary) -> str | None:
    """Nothing to say where the log simply lacks the measured line and has that of the warm-up only."""
    if all(summary.warmup is not None and _agrees(each, summary.warmup) for each in seen):
        return None
    return "no line `count=` agrees with `Inference (avg)`: the log is cut or garbled"


def _agrees(statistics: Statistics, average: float) -> bool:
    mean = 0.0 if statistics.count == 0 else statistics.mean
    return mean is not None and math.isclose(mean, average, rel_tol=_AGREES)


def _ascends(values: Iterable[float | None]) -> bool:
    known = [value for value in values if value is not None]
    # A mean of large values is rounded to six digits and may pass the maximum by that much.
    return all(a <= b * (1 + _AGREES) for a, b in itertools.pairwise(known))


def _first_of(parts: Mapping[str, float | None], *names: str) -> float | None:
    return next((parts[name] for name in names if parts.get(name) is not None), None)
