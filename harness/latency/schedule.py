"""The order of launches: rounds over all trials, shuffled, so that drift of the machine hits all alike.

Pure: the same seed gives the same order, so a run that is resumed goes on in
the order it would have had.
"""

from __future__ import annotations

import math
import random
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.records.trial import Trial

__all__ = ["Turn", "again", "batches", "interleave"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One launch to make. `attempt` is above 0 where it replaces one that did not count."""

    trial: Trial
    index: int
    round: int
    attempt: int = 0


def interleave(
    trials: Sequence[Trial],
    *,
    launches: int,
    seed: int,
    done: Mapping[str, Collection[int]] | None = None,
    first: int = 0,
) -> Iterator[Turn]:
    """Every trial once a round, the rounds from `first` to `launches`, each in a random order of its own.

    `done` maps the key of a trial to the indexes of launches that exist already;
    they are left out without changing the order of the rest.
    """
    finished = done or {}
    for number in range(first, launches):
        order = list(trials)
        random.Random(f"{seed}/{number}").shuffle(order)
        for trial in order:
            if number not in finished.get(trial.key, ()):
                yield Turn(trial, number, number)


def again(turns: Iterable[Turn], *, seed: int) -> tuple[Turn, ...]:
    """Launches that did not count, once more, each try in a random order of its own."""
    ordered = sorted(turns, key=lambda each: (each.attempt, each.trial.key, each.index))
    attempt = max((each.attempt for each in ordered), default=0)
    random.Random(f"{seed}/again/{attempt}").shuffle(ordered)
    return tuple(ordered)


def batches(launches: int, most: int) -> Iterator[int]:
    """How many launches a trial has after each batch: 5, 9 and 15 for 5 at first and at `most` 15."""
    yield launches
    while launches < most:
        launches = min(most, math.ceil(launches * 5 / 3))
        yield launches
