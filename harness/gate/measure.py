"""Make the pairs that a plan still lacks, cell after cell in rounds, each recorded as it ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from harness.gate.progress import Progress, Step, progresses_of
from harness.gate.spoil import spoiled_by
from harness.records.gate import GatePlan, LaunchPair, PlannedCell

__all__ = ["Make", "measure"]

Make = Callable[[PlannedCell, Step], LaunchPair]
"""Makes one pair; a side that fails is the pair's status, not an error."""


def measure(
    plan: GatePlan,
    done: Sequence[LaunchPair],
    *,
    make: Make,
    on_pair: Callable[[LaunchPair], None],
    on_progress: Callable[[Sequence[Progress]], None] = lambda progresses: None,
) -> tuple[LaunchPair, ...]:
    """All pairs that decide every cell, those already `done` first.

    `on_pair` must have stored the pair when it returns. The cells take turns, so
    that a bad minute of the machine does not meet one of them alone. Ends at
    once when a side fails: what is broken has no verdict.
    """
    pairs = list(done)
    while True:
        progresses = progresses_of(plan, pairs)
        on_progress(progresses)
        waiting = [each for each in progresses if each.step is not None]
        if not waiting or any(each.failure is not None for each in progresses):
            return tuple(pairs)
        for progress in waiting:
            assert progress.step is not None
            pair = _judged(make(progress.planned, progress.step))
            on_pair(pair)
            pairs.append(pair)


def _judged(pair: LaunchPair) -> LaunchPair:
    """The pair marked as spoiled where it is and may be made again, or must."""
    if pair.spoiled is not None:
        return pair
    return replace(pair, spoiled=spoiled_by(pair))
