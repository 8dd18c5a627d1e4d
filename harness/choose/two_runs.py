"""Two runs side by side: which trials belong together, and what differs between them. Pure.

What a run holds constant (one device, one runtime, one model, …) is what it was
about, and is compared; what varies within a run is what its trials are matched by.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from harness.choose.candidates import Candidate, Excluded, Pool
from harness.choose.compare import bounds
from harness.records.row import Row
from harness.stats.contrast import difference, ratio
from harness.stats.intervals import Estimate, Interval
from harness.stats.paired import paired_difference

__all__ = ["Comparison", "Match", "compare_runs"]

_PARTS: Mapping[str, Callable[[Row], object]] = {
    "model": lambda row: row.model,
    "device": lambda row: row.device,
    "runtime": lambda row: row.runtime,
    "delegate": lambda row: row.asked,
    "threads": lambda row: row.threads,
}
"""The parts of a trial by which rows of two runs may be matched."""


@dataclass(frozen=True, slots=True)
class Match:
    """A trial of the first run and the one of the second that belongs to it."""

    a: Candidate
    b: Candidate
    latency_ratio: Estimate | None
    """Median of B over that of A."""
    top1_difference: Estimate | None
    """Top-1 of B minus that of A, as a fraction."""
    paired: bool
    """Whether the accuracies were compared image by image."""
    mcnemar_p: float | None

    @property
    def same_file(self) -> bool:
        """Whether both measured the same bytes."""
        return self.a.row.sha256 == self.b.row.sha256

    @property
    def unchanged(self) -> bool:
        """Whether file, runtime and setting are the same, so that only the machine can have changed it."""
        return _setting(self.a.row) == _setting(self.b.row)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything two runs have to say of each other."""

    matched_by: tuple[str, ...]
    matches: tuple[Match, ...]
    only_a: tuple[Candidate, ...]
    only_b: tuple[Candidate, ...]
    excluded: tuple[Excluded, ...]
    """Trials of either run that have no figures to compare, and why."""
    shift: Estimate | None = None
    """What unchanged trials took in B over A, with the interval in which another one may be expected."""
    controls: int = 0
    """How many unchanged trials say so."""

    def without_shift(self, match: Match) -> Estimate | None:
        """The ratio of a changed trial with the machine's shift taken off; None where it is not known."""
        if self.shift is None or match.latency_ratio is None or match.unchanged:
            return None
        return ratio(self.shift, match.latency_ratio)


def compare_runs(a: Pool, b: Pool) -> Comparison:
    """The trials of `a`, each beside the trial of `b` that is the same in all that varies."""
    parts = _varying(_rows(a), _rows(b))
    partners = {_key(each.row, parts): each for each in reversed(b.candidates)}
    found = [(each, partners.get(_key(each.row, parts))) for each in a.candidates]
    matches = tuple(_match(one, other) for one, other in found if other is not None)
    taken = {id(match.b) for match in matches}
    same = [each.latency_ratio for each in matches if each.unchanged and each.latency_ratio is not None]
    return Comparison(
        shift=_shift(same),
        controls=len(same),
        matched_by=parts,
        matches=matches,
        only_a=tuple(one for one, other in found if other is None),
        only_b=tuple(each for each in b.candidates if id(each) not in taken),
        excluded=(*a.excluded, *b.excluded),
    )


def _shift(ratios: Sequence[Estimate]) -> Estimate | None:
    """What the machine did to trials that nothing else changed: their median.

    Its interval is Student's for one more of them, over logarithms. A single
    one has its own.
    """
    if len(ratios) < 2:
        return ratios[0] if ratios else None
    # scipy.special alone loads ten times faster than scipy.stats.
    from scipy.special import stdtrit

    logs = [math.log(each.value) for each in ratios]
    count, centre = len(logs), statistics.median(logs)
    reach = float(stdtrit(count - 1, 0.975)) * statistics.stdev(logs) * math.sqrt(1 + 1 / count)
    return Estimate(math.exp(centre), Interval(math.exp(centre - reach), math.exp(centre + reach)))


def _setting(row: Row) -> tuple[object, ...]:
    ran = (row.runtime, row.runtime_version, row.delegate_requested, row.delegate_actual, row.threads)
    return (row.sha256, row.device, row.processor, row.variant, *ran)


def _rows(pool: Pool) -> list[Row]:
    return [each.row for each in pool.candidates] + [each.row for each in pool.excluded]


def _varying(a: Sequence[Row], b: Sequence[Row]) -> tuple[str, ...]:
    return tuple(
        name for name, part in _PARTS.items() if any(len({part(row) for row in rows}) > 1 for rows in (a, b))
    )


def _key(row: Row, parts: Sequence[str]) -> tuple[object, ...]:
    return tuple(_PARTS[name](row) for name in parts)


def _match(a: Candidate, b: Candidate) -> Match:
    top1, p = _top1_difference(a, b)
    return Match(
        a=a,
        b=b,
        latency_ratio=_latency_ratio(a.latency_ms, b.latency_ms),
        top1_difference=top1,
        paired=p is not None,
        mcnemar_p=p,
    )


def _latency_ratio(a: Estimate | None, b: Estimate | None) -> Estimate | None:
    if a is None or b is None:
        return None
    return ratio(Estimate(a.value, bounds(a)), Estimate(b.value, bounds(b)))


def _top1_difference(a: Candidate, b: Candidate) -> tuple[Estimate | None, float | None]:
    """B minus A and McNemar's p where both saw the same images; None where the data sets differ."""
    if a.top1 is None or b.top1 is None or a.group.dataset != b.group.dataset:
        return None, None
    if a.scores is None or b.scores is None or a.scores.images != b.scores.images:
        return difference(a.top1, b.top1), None
    found = paired_difference(b.scores.correct, a.scores.correct)
    return Estimate(found.difference, Interval(found.low, found.high)), found.p
