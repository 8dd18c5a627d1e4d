"""A pair made of two whole launches, one after the other: for devices whose tool takes no turns.

A phone's `benchmark_model` cannot be asked for a few invokes at a time, so the
launches themselves take turns: A B, then B A.
"""

from __future__ import annotations

import random
from dataclasses import replace

from harness.latency.launcher import Launcher
from harness.latency.pair import PairOrder, pair_side
from harness.records.gate import LaunchPair, Turn
from harness.records.launch import Launch
from harness.records.vocabulary import Status

__all__ = ["LaunchedPairs"]


class LaunchedPairs:
    """Makes pairs with any launcher."""

    def __init__(self, launcher: Launcher) -> None:
        self._launcher = launcher

    def make(self, order: PairOrder) -> LaunchPair:
        """One launch a side. A pair of which one side was contaminated is spoiled as a pair.

        Never raises for a side that fails. After a spoiled pair the device is
        given time to settle.
        """
        a_first = _a_first(order)
        made: dict[str, Launch] = {}
        for letter in "ab" if a_first else "ba":
            side = order.a if letter == "a" else order.b
            made[letter] = _timed(self._launcher.launch(side.launch))
        a, b = made["a"], made["b"]
        spoiled = a.contaminated or b.contaminated
        if spoiled is not None:
            self._launcher.settle()
        first, last = (a, b) if a_first else (b, a)
        return LaunchPair(
            cell=order.cell,
            stage=order.stage,
            index=order.index,
            started_at=first.started_at,
            a_started_first=a_first,
            a=pair_side(a),
            b=pair_side(b),
            turns=_turns(a, b, a_first=a_first),
            attempt=order.attempt,
            spoiled=spoiled,
            state_before=first.state_before,
            state_after=last.state_after,
            duration_s=(a.duration_s or 0.0) + (b.duration_s or 0.0),
            log=first.log,
        )


def _a_first(order: PairOrder) -> bool:
    """A B B A, or B A A B: drawn for every two pairs, so that a steady drift cancels."""
    draw = random.Random(f"{order.seed}/{order.cell}/{order.stage}/{order.index // 2}")
    return (draw.random() < 0.5) == (order.index % 2 == 0)


def _timed(launch: Launch) -> Launch:
    """The launch; failed where the tool, which counts whole microseconds, saw none pass."""
    told = launch.reported
    if launch.status not in (Status.OK, Status.FALLBACK) or launch.samples_ns:
        return launch
    if told is not None and (told.median_ms or told.mean_ms):
        return launch
    return replace(launch, status=Status.FAILED, reason="the tool told no time of an invoke above 0")


def _turns(a: Launch, b: Launch, *, a_first: bool) -> tuple[Turn, ...]:
    """All samples as one turn; none where the tool printed figures only, or a side did not end."""
    if not a.samples_ns or not b.samples_ns or Status.FAILED in (a.status, b.status):
        return ()
    return (Turn(a_first, a.samples_ns, b.samples_ns, a.cpu_ns, b.cpu_ns),)
