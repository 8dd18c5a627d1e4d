"""The Pareto front under uncertainty over latency, Top-1 accuracy and size.

Candidate a *certainly dominates* b where, in every objective, a is certainly
better than b or exactly equal to it, and certainly better in one. a *may
dominate* b where b is certainly better than a in none. From these follows the
standing of b:

- DOMINATED: somebody certainly dominates it;
- TIED: somebody may, and nobody certainly does;
- FRONT: against each other candidate it has a certain advantage.

Whoever is not dominated by point estimates is FRONT or TIED, because a certain
advantage is always one of the point estimates too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from harness.choose.candidates import Candidate, by_group
from harness.choose.compare import certainly_better, costs, exactly_equal, measured

__all__ = ["Placement", "Standing", "front"]

Matrix = NDArray[np.bool_]


class Standing(str, Enum):
    """Where a candidate stands towards the front."""

    FRONT = "front"
    TIED = "tied"
    DOMINATED = "dominated"

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True, slots=True)
class Placement:
    """The standing of one candidate within its group."""

    candidate: Candidate
    standing: Standing
    by: tuple[Candidate, ...]
    """Who certainly dominates it or, where it is tied, who may; those on or near the front first."""
    on_point_front: bool
    """Whether no point estimates dominate it, intervals left aside."""


def front(candidates: Iterable[Candidate]) -> tuple[Placement, ...]:
    """Place every candidate within its group; groups one after the other, each in the order given."""
    return tuple(each for group in by_group(candidates).values() for each in _place(group))


def _place(group: Sequence[Candidate]) -> list[Placement]:
    certain, possible = _domination(group)
    on_point_front = np.asarray(~_point_domination(group).any(axis=0))
    dominated = np.asarray(certain.any(axis=0))
    placements = []
    for index, candidate in enumerate(group):
        standing = Standing.FRONT
        rivals = np.flatnonzero(possible[:, index])
        if dominated[index]:
            standing, rivals = Standing.DOMINATED, np.flatnonzero(certain[:, index])
        elif rivals.size:
            standing = Standing.TIED
        in_order = rivals[np.argsort(dominated[rivals], kind="stable")]
        placements.append(
            Placement(candidate, standing, tuple(group[i] for i in in_order), bool(on_point_front[index]))
        )
    return placements


def _domination(group: Sequence[Candidate]) -> tuple[Matrix, Matrix]:
    """Who certainly dominates whom, and who may."""
    count = len(group)
    nowhere_worse, somewhere_better = np.ones((count, count), np.bool_), np.zeros((count, count), np.bool_)
    for objective in measured(group):
        better = certainly_better(group, objective)
        nowhere_worse &= better | exactly_equal(group, objective)
        somewhere_better |= better
    possible = ~somewhere_better.T
    np.fill_diagonal(possible, val=False)
    return nowhere_worse & somewhere_better, possible


def _point_domination(group: Sequence[Candidate]) -> Matrix:
    count = len(group)
    nowhere_worse, somewhere_better = np.ones((count, count), np.bool_), np.zeros((count, count), np.bool_)
    for objective in measured(group):
        cost = costs(group, objective)
        nowhere_worse &= cost[:, None] <= cost[None, :]
        somewhere_better |= cost[:, None] < cost[None, :]
    return nowhere_worse & somewhere_better
