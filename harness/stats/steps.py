"""Where a series of latencies may have moved to another level: suspicion, never proof.

The statistic is that of a single step: for every split, the difference of the
means on either side, weighted with sqrt(left x right / all); its maximum is the
evidence. Its significance is asked of the series itself: the step is taken out,
the rest is cut into blocks that are put together again in random order, and the
same maximum is looked for. Blocks, because neighbouring runs resemble each
other (a noisy day, a warm room), and single values in random order do not. The
way of E-divisive at MongoDB (Daly et al., ICPE 2020), with what follows added,
because a plain permutation either finds nothing in 30 runs or cries wolf.

Of two kinds of host in turn at random the first question makes a step: the
values of the rarer kind are drawn in to the other's. So a second one is asked,
which takes runs for independent and assumes nothing of their shape: of all
orders of the very values, how many show as much? For independent runs of any
kind, with odd ones or on two hosts, it is exact. Both must say so.

A lone odd run is no step: values further than three robust deviations from
their level are drawn in first. Taking the best step out makes the rest too
quiet, and short blocks keep only a part of a series' memory, so the rest is
made louder by `_ALLOWANCE`. Series with several steps are split where the most
evident one is, and each part is looked at alone.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["FEWEST_VALUES", "Step", "find_steps"]

FEWEST_VALUES = 16
"""Below this no split leaves enough on either side to be told from chance."""

_FEWEST_A_SIDE = 5
# The smallest change worth a person's morning; most series of a shared machine wander by as much.
_FLOOR = 0.03
_P = 0.01
_PERMUTATIONS = 999
# The second question's share of the chance to be wrong: all parts of a series together stay below the whole.
_SHARE_OF_ORDERS = 0.5
# A first look that saves the others where chance alone does as well.
_FIRST_LOOK, _CHANCE_ENOUGH = 49, 6
# Values beyond this many robust deviations count as if they lay there.
_ODD = 3.0
_MAD_TO_SD = 1.4826
# The rest of n values is multiplied with 1 + 8.5 / sqrt(n). From simulation: autoregressive noise
# (.5) then alarms in at most 1 % of series at every length from 16 to 200 (tests/stats/test_steps.py).
_ALLOWANCE = 8.5

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Step:
    """A suspected change of level. `index` is that of the first value after it."""

    index: int
    before: float
    """Median of the values between the step before and this one."""
    after: float
    p: float
    """How often chance shows as much: the larger of the two ways to ask."""

    @property
    def change(self) -> float:
        """Relative: 0.05 is 5 % more."""
        return self.after / self.before - 1


def find_steps(values: Sequence[float], *, seed: int = 0) -> tuple[Step, ...]:
    """Suspected changes of level of at least 3 %, in order; the same `seed` gives the same answer.

    `values` are positive and in order of time. Fewer than `FEWEST_VALUES` have no steps.
    """
    if not all(0 < each < math.inf for each in values):
        raise ValueError("latencies must be positive")
    if len(values) < FEWEST_VALUES:
        return ()
    found = sorted(_split(np.log(np.asarray(values, np.float64)), 0, np.random.default_rng(seed)))
    edges = [0, *(index for index, _ in found), len(values)]
    levels = [float(np.median(values[start:end])) for start, end in itertools.pairwise(edges)]
    steps = [
        Step(index, before, after, p)
        for (index, p), before, after in zip(found, levels, levels[1:], strict=False)
    ]
    return tuple(step for step in steps if abs(step.change) >= _FLOOR)


def _split(
    logs: Values, start: int, rng: np.random.Generator, *, most_p: float = _P
) -> Iterator[tuple[int, float]]:
    """Index and p of every step, those of the parts included.

    Where the whole shows none its halves are asked, each with a quarter of
    the chance to be wrong: a step and its return hide each other in the whole.
    """
    if len(logs) < FEWEST_VALUES or most_p * (1 + _PERMUTATIONS) < 1:
        return
    at, p = _most_evident(logs, rng)
    by_order = 1.0
    if p <= most_p and abs(np.median(logs[at:]) - np.median(logs[:at])) >= math.log1p(_FLOOR):
        by_order = _p_of_orders(logs, rng)
    if by_order <= _SHARE_OF_ORDERS * most_p:
        yield start + at, max(p, by_order)
    else:
        at, most_p = len(logs) // 2, most_p / 4
    yield from _split(logs[:at], start, rng, most_p=most_p)
    yield from _split(logs[at:], start + at, rng, most_p=most_p)


def _most_evident(logs: Values, rng: np.random.Generator) -> tuple[int, float]:
    """Where the best single step is, and its p."""
    count = len(logs)
    tamed = _tamed(logs, _best_split(logs))
    at = _best_split(tamed)
    rest = tamed - _levels(tamed, at, np.mean)
    rest *= 1 + _ALLOWANCE / math.sqrt(count)
    # Equal sums in another order differ in the last digits.
    evidence = float(_evidence(tamed).max()) * (1 - 1e-9)
    by_chance = _as_evident(rest, evidence, _FIRST_LOOK, rng)
    if by_chance >= _CHANCE_ENOUGH:
        return at, (1 + by_chance) / (1 + _FIRST_LOOK)
    by_chance += _as_evident(rest, evidence, _PERMUTATIONS - _FIRST_LOOK, rng)
    return at, (1 + by_chance) / (1 + _PERMUTATIONS)


def _p_of_orders(logs: Values, rng: np.random.Generator) -> float:
    """Share of the orders of these values that show as evident a step anywhere."""
    ends = np.sort(logs)
    # Odd values count as the last that a level of the fewest values could be made of.
    values = np.clip(logs, ends[_FEWEST_A_SIDE - 1], ends[-_FEWEST_A_SIDE])
    evidence = float(_evidence(values).max()) * (1 - 1e-9)
    orders = rng.random((_PERMUTATIONS, len(values))).argsort(axis=1)
    by_chance = int(np.sum(_evidence(values[orders]).max(axis=-1) >= evidence))
    return (1 + by_chance) / (1 + _PERMUTATIONS)


def _as_evident(rest: Values, evidence: float, times: int, rng: np.random.Generator) -> int:
    """How many of so many random orders show a step at least as evident."""
    orders = _block_orders(len(rest), times, rng)
    return int(np.sum(_evidence(rest[orders]).max(axis=-1) >= evidence))


def _evidence(values: Values) -> Values:
    """Weighted difference of means for every split; `values` [..., n] gives [..., splits]."""
    count = values.shape[-1]
    left = np.arange(_FEWEST_A_SIDE, count - _FEWEST_A_SIDE + 1)
    sums = np.cumsum(values - values.mean(axis=-1, keepdims=True), axis=-1)[..., left - 1]
    evidence: Values = np.abs(sums) * np.sqrt(count / (left * (count - left)))
    return evidence


def _best_split(values: Values) -> int:
    return _FEWEST_A_SIDE + int(_evidence(values).argmax())


def _levels(values: Values, at: int, centre: Callable[[Values], np.floating]) -> Values:
    """The series with either side of the split replaced by its centre."""
    return np.where(np.arange(len(values)) < at, centre(values[:at]), centre(values[at:]))


def _tamed(values: Values, at: int) -> Values:
    """Odd values drawn in to three robust deviations from the level of their side."""
    levels = _levels(values, at, np.median)
    reach = _ODD * _MAD_TO_SD * np.median(np.abs(values - levels))
    tamed: Values = levels + np.clip(values - levels, -reach, reach)
    return tamed


def _block_orders(count: int, times: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Random orders of blocks [times, count]; the blocks, of n^(1/3) values, begin anywhere on a circle."""
    length = round(count ** (1 / 3))
    blocks = math.ceil(count / length)
    order = rng.random((times, blocks)).argsort(axis=1)
    places = (order[:, :, None] * length + np.arange(length)).reshape(times, -1)
    within = places[places < count].reshape(times, count)
    shifted: NDArray[np.int64] = (within + rng.integers(0, count, (times, 1))) % count
    return shifted
