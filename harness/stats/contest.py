"""Several ways of one model on the same images: which is out, which is best, and whether that is certain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from harness.stats.intervals import wilson
from harness.stats.paired import PairedDifference, paired_difference

__all__ = ["Answers", "above_chance", "against", "best_of", "not_certainly_worse", "still_in"]

Answers = Mapping[int, bool]
"""By the position of an image, whether the answer was right."""

Way = TypeVar("Way")

_OUT = 0.99
"""Confidence at which a way is given up on the way; those at the end are judged with all their images."""


def against(one: Answers, other: Answers, *, confidence: float = 0.95) -> PairedDifference | None:
    """The first less the second on the images both have seen; None where there are none."""
    shared = sorted(one.keys() & other.keys())
    if not shared:
        return None
    return paired_difference(
        [one[each] for each in shared], [other[each] for each in shared], confidence=confidence
    )


def best_of(ways: Mapping[Way, Answers]) -> Way:
    """The way with the largest share of right answers; the first of equal ones."""
    return max(ways, key=lambda way: sum(ways[way].values()) / max(1, len(ways[way])))


def still_in(ways: Mapping[Way, Answers]) -> list[Way]:
    """The ways that are not certainly worse than the best one, in their order."""
    best = ways[best_of(ways)]
    confidence = _shared_confidence(_OUT, len(ways))
    found = {way: against(best, ways[way], confidence=confidence) for way in ways}
    return [way for way, lead in found.items() if lead is None or lead.low <= 0]


def not_certainly_worse(ways: Mapping[Way, Answers], best: Way, *, confidence: float = 0.95) -> list[Way]:
    """The ways the best does not certainly beat, with an error shared among the comparisons (Bonferroni)."""
    level = _shared_confidence(confidence, len(ways) - 1)
    leads = {way: against(ways[best], ways[way], confidence=level) for way in ways if way != best}
    return [way for way, lead in leads.items() if lead is None or lead.low <= 0]


def above_chance(answers: Answers, labels: Sequence[int]) -> bool:
    """Whether the share of right answers is above that of always saying the most frequent class."""
    found = wilson(sum(answers.values()), len(answers), confidence=_OUT) if answers else None
    most = max((labels.count(each) for each in set(labels)), default=0) / max(1, len(labels))
    return found is not None and found.low > most


def _shared_confidence(confidence: float, comparisons: int) -> float:
    return 1 - (1 - confidence) / max(1, comparisons)
