"""How two processes take turns: how often, how many invokes each, in which order."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

__all__ = ["TurnPlan", "plan_turns", "turn_orders"]

# What a side works in one turn, the uncounted first invoke left out. Well above the time it takes
# to wake a process up and fill its caches anew, well below the seconds in which a machine's load changes.
_TURN_MS = 10.0
_MOST_INVOKES = 200
# From here on the first invoke of a turn is counted: what caches cost then, some hundred
# microseconds, is below 1 % and the same for both sides.
_SLOW_MS = 20.0
# A slow model takes fewer turns, as many as this allows, but never fewer than the median needs.
_PAIR_MS = 4000.0
_FEWEST_TURNS = 12


@dataclass(frozen=True, slots=True)
class TurnPlan:
    """`turns` turns of `invokes` invokes a side; where they are more than one the first is not counted."""

    turns: int
    invokes: int


def plan_turns(a_ms: float, b_ms: float, *, turns: int) -> TurnPlan:
    """At most `turns` turns for sides of which an invoke takes `a_ms` and `b_ms`.

    Both sides get the same number of invokes: a statistic of unequal counts would favour one.
    """
    fastest = max(min(a_ms, b_ms), 1e-3)
    invokes = 1 if fastest >= _SLOW_MS else min(_MOST_INVOKES, 1 + math.ceil(_TURN_MS / fastest))
    affordable = int(_PAIR_MS / (invokes * (a_ms + b_ms)))
    fewest = min(turns, _FEWEST_TURNS)
    return TurnPlan(max(fewest, min(turns, affordable)) // 2 * 2, invokes)


def turn_orders(turns: int, draw: random.Random) -> list[bool]:
    """Whether A goes first, turn by turn: random, and as often as B within every two turns."""
    orders: list[bool] = []
    while len(orders) < turns:
        first = draw.random() < 0.5
        orders += [first, not first]
    return orders[:turns]
