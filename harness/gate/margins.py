"""Tolerance and target: chosen for a machine by how much its launch pairs scatter."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import replace

from harness.gate.decide import HL_ERROR, shares_of_looks
from harness.records.gate import Rule

__all__ = ["LADDER", "choose_margins", "expected_pairs", "power_at_last_look", "scatter_of_identical"]

LADDER = ((0.005, 0.02), (0.01, 0.03), (0.015, 0.04), (0.02, 0.05))
"""Tolerance and target, from the finest. Coarser ones would let a slowdown of 5 % pass."""

# A finer step is taken while a slowdown of its target is expected to be shown by so many pairs.
_PAIRS_AFFORDED = 22
_NORMAL = statistics.NormalDist()


def scatter_of_identical(log_ratios: Sequence[float]) -> float:
    """Standard deviation of pairs of a side against itself. Their mean is known: it is 0."""
    return math.sqrt(statistics.fmean(each**2 for each in log_ratios))


def choose_margins(scatter: float, rule: Rule) -> Rule:
    """The rule with the finest margins that pairs of this `scatter` can tell apart in good time."""
    for tolerance, target in LADDER:
        tried = replace(rule, tolerance=tolerance, target=target)
        if expected_pairs(scatter, tried) <= _PAIRS_AFFORDED:
            return tried
    return tried


def expected_pairs(scatter: float, rule: Rule) -> int:
    """Pairs after which a slowdown of exactly the target is shown more often than not."""
    for pairs, shares in zip(rule.looks, shares_of_looks(rule), strict=True):
        if _power(scatter, rule, pairs, shares.alpha) >= 0.5:
            return pairs
    return rule.looks[-1]


def power_at_last_look(scatter: float, rule: Rule) -> float:
    """Chance to show a slowdown of exactly the target with all pairs there may be."""
    return _power(scatter, rule, rule.looks[-1], shares_of_looks(rule)[-1].alpha)


def _power(scatter: float, rule: Rule, pairs: int, alpha: float) -> float:
    if scatter <= 0:
        return 1.0
    error = HL_ERROR * scatter / math.sqrt(pairs)
    distance = math.log1p(rule.target) - math.log1p(rule.tolerance)
    return _NORMAL.cdf(distance / error - _NORMAL.inv_cdf(1 - alpha))
