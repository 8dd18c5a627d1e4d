"""Candidates that keep the limits, best first; where none does, those that miss least."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from harness.choose.candidates import Candidate, Excluded, Group, Objective, by_group
from harness.choose.compare import certainly_better, costs
from harness.choose.constraints import Limit, Quantity
from harness.records.vocabulary import Status
from harness.stats.intervals import Estimate

__all__ = ["Certainty", "GroupSelection", "Margin", "Missed", "Ranked", "Selection", "best_first", "select"]


class Certainty(str, Enum):
    """How a candidate stands to a limit."""

    CERTAIN = "certain"
    """The whole interval keeps it."""
    BY_ESTIMATE = "by estimate"
    """The estimate keeps it, a part of the interval (or a missing one) does not."""
    NOT_BY_ESTIMATE = "missed by estimate"
    """The estimate breaks it, a part of the interval does not."""
    MISSED = "missed"
    """The whole interval breaks it."""

    def __str__(self) -> str:
        return str(self.value)

    @property
    def kept(self) -> bool:
        """Whether the estimate keeps the limit."""
        return self in (Certainty.CERTAIN, Certainty.BY_ESTIMATE)


@dataclass(frozen=True, slots=True)
class Margin:
    """What is left to a limit, in its unit and in per cent of it: positive where it is kept."""

    limit: Limit
    value: float
    absolute: float
    percent: float
    certainty: Certainty


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate that keeps every limit. Those not told apart from the best of a rank share it."""

    candidate: Candidate
    rank: int
    margins: tuple[Margin, ...]
    tied_with: tuple[Candidate, ...]
    """The others of the same rank."""


@dataclass(frozen=True, slots=True)
class Missed:
    """A candidate that breaks a limit. `percent` adds up what it misses, each in per cent of its limit."""

    candidate: Candidate
    margins: tuple[Margin, ...]
    percent: float


@dataclass(frozen=True, slots=True)
class GroupSelection:
    """The choice among candidates that may be compared."""

    group: Group
    ranked: tuple[Ranked, ...]
    missed: tuple[Missed, ...]
    """Closest first."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The choice, group by group, and what could not be chosen from."""

    objective: Objective
    limits: tuple[Limit, ...]
    groups: tuple[GroupSelection, ...]
    excluded: tuple[Excluded, ...]

    @property
    def fits(self) -> bool:
        """Whether any candidate keeps every limit."""
        return any(group.ranked for group in self.groups)


def select(candidates: Iterable[Candidate], limits: Sequence[Limit], objective: Objective) -> Selection:
    """Rank the candidates that keep all `limits` by `objective`, each group for itself.

    A candidate without a figure that a limit or the objective needs is excluded
    with that reason.
    """
    judged, excluded = [], []
    for candidate in candidates:
        reason = _missing(candidate, limits, objective)
        if reason is None:
            judged.append(candidate)
        else:
            excluded.append(Excluded(candidate.row, reason))
    groups = tuple(
        _select_in(group, members, limits, objective) for group, members in by_group(judged).items()
    )
    return Selection(objective, tuple(limits), groups, tuple(excluded))


def _select_in(
    group: Group, members: Sequence[Candidate], limits: Sequence[Limit], objective: Objective
) -> GroupSelection:
    margins = {id(each): tuple(_margin(each, limit) for limit in limits) for each in members}
    fitting = [each for each in members if all(m.certainty.kept for m in margins[id(each)])]
    missed = [
        Missed(each, margins[id(each)], sum(-m.percent for m in margins[id(each)] if not m.certainty.kept))
        for each in members
        if not all(m.certainty.kept for m in margins[id(each)])
    ]
    ranked = tuple(
        Ranked(each, rank, margins[id(each)], tied) for each, rank, tied in _rank(fitting, objective)
    )
    return GroupSelection(group, ranked, tuple(sorted(missed, key=lambda each: each.percent)))


def _rank(
    fitting: Sequence[Candidate], objective: Objective
) -> list[tuple[Candidate, int, tuple[Candidate, ...]]]:
    """Best estimate first. A rank ends with the first that the best of it certainly beats."""
    ordered = best_first(fitting, objective)
    better = certainly_better(ordered, objective)
    ranks: list[int] = []
    for index in range(len(ordered)):
        best = ranks[-1] - 1 if ranks else 0
        ranks.append(index + 1 if better[best, index] or not ranks else best + 1)
    return [
        (each, rank, tuple(o for o, r in zip(ordered, ranks, strict=True) if r == rank and o is not each))
        for each, rank in zip(ordered, ranks, strict=True)
    ]


def best_first(candidates: Sequence[Candidate], objective: Objective) -> list[Candidate]:
    """By the objective's estimate; where it is equal, by latency, accuracy, size and name."""
    if not candidates:
        return []
    others = [each for each in (Objective.LATENCY, Objective.ACCURACY, Objective.SIZE) if each != objective]
    names = np.array([each.trial for each in candidates])
    # lexsort takes the last key as the first to sort by, and puts NaN (not measured) at the end.
    keys = [names, *(costs(candidates, each) for each in reversed([objective, *others]))]
    return [candidates[index] for index in np.lexsort(keys)]


def _margin(candidate: Candidate, limit: Limit) -> Margin:
    estimate = limit.figure(candidate)
    assert estimate is not None  # candidates without it were excluded
    sign = 1.0 if limit.quantity.is_maximum else -1.0
    absolute = sign * (limit.bound - estimate.value)
    percent = 100 * absolute / limit.bound if limit.bound else 0.0
    return Margin(limit, estimate.value, absolute, percent, _certainty(estimate, limit))


def _certainty(estimate: Estimate, limit: Limit) -> Certainty:
    def keeps(value: float) -> bool:
        return value <= limit.bound if limit.quantity.is_maximum else value >= limit.bound

    interval = estimate.interval
    ends = [] if interval is None else [keeps(interval.low), keeps(interval.high)]
    if keeps(estimate.value):
        return Certainty.CERTAIN if ends and all(ends) else Certainty.BY_ESTIMATE
    return Certainty.MISSED if ends and not any(ends) else Certainty.NOT_BY_ESTIMATE


def _missing(candidate: Candidate, limits: Sequence[Limit], objective: Objective) -> str | None:
    needed = {str(limit.quantity) for limit in limits if limit.figure(candidate) is None}
    if candidate.figure(objective) is None:
        needed.add("top-1" if objective is Objective.ACCURACY else str(objective))
    if not needed:
        return None
    if str(Quantity.LATENCY) in needed and candidate.row.status is Status.CONTENDED:
        return f"its latency is not known: {candidate.row.reason}"
    why = candidate.row.accuracy_reason if any(name.startswith("top") for name in needed) else None
    return f"{', '.join(sorted(needed))} was not measured" + (f": {why}" if why else "")
