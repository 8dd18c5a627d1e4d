"""The order of launches: rounds over all trials, shuffled, so that drift of the machine hits all alike.

Pure: the same seed gives the same order, so a run that is resumed goes on in
the order it would have had.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.records.trial import Trial

__all__ = ["Turn", "interleave"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One launch to make."""

    trial: Trial
    index: int
    round: int


def interleave(
    trials: Sequence[Trial], *, launches: int, seed: int, done: Mapping[str, Collection[int]] | None = None
) -> Iterator[Turn]:
    """Every trial once a round, `launches` rounds, each round in a random order of its own.

    `done` maps the key of a trial to the indexes of launches that exist already;
    they are left out without changing the order of the rest.
    """
    finished = done or {}
    for number in range(launches):
        order = list(trials)
        random.Random(f"{seed}/{number}").shuffle(order)
        for trial in order:
            if number not in finished.get(trial.key, ()):
                yield Turn(trial, number, number)
