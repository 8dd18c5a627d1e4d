"""How often the decision errs, by simulation with fixed seeds. Every figure is of complete sequential runs.

A pair's noise is drawn in several shapes; the same log-ratios then serve every
true change, so that rates are comparable. Bounds leave three standard errors.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from harness.gate.decide import decide
from harness.records.gate import Rule
from harness.records.vocabulary import Verdict

RULE = Rule(tolerance=0.02, target=0.05)
FINE = Rule(tolerance=0.005, target=0.02)
MOST = RULE.looks[-1]
RUNS = 3000

Noise = Callable[[np.random.Generator], NDArray[np.float64]]


def normal(sd: float) -> Noise:
    return lambda generator: sd * generator.standard_normal((RUNS, MOST))


def wild(sd: float) -> Noise:
    """A fifth of the pairs scatter four times as much."""
    return lambda generator: (
        sd * generator.standard_normal((RUNS, MOST)) * np.where(generator.random((RUNS, MOST)) < 0.2, 4, 1)
    )


def student(sd: float) -> Noise:
    return lambda generator: sd * generator.standard_t(3, (RUNS, MOST))


def autocorrelated(sd: float, memory: float) -> Noise:
    """A pair resembles the one before it: no longer the independence that the bounds assume."""

    def draw(generator: np.random.Generator) -> NDArray[np.float64]:
        fresh = generator.standard_normal((RUNS, MOST))
        series = fresh.copy()
        for step in range(1, MOST):
            series[:, step] = memory * series[:, step - 1] + math.sqrt(1 - memory**2) * fresh[:, step]
        return sd * series

    return draw


def bursts(quiet: float, loud: float) -> Noise:
    """Load that comes and goes for four pairs at a time, at a random phase."""

    def draw(generator: np.random.Generator) -> NDArray[np.float64]:
        phase = generator.integers(0, 8, (RUNS, 1))
        busy = (np.arange(MOST) + phase) % 8 < 4
        return np.where(busy, loud, quiet) * generator.standard_normal((RUNS, MOST))

    return draw


def shares(noise: Noise, change: float, rule: Rule = RULE) -> dict[Verdict, float]:
    drawn = noise(np.random.default_rng(20261123)) + math.log1p(change)
    found = Counter(decide(row.tolist(), rule).verdict for row in drawn)
    return {verdict: found[verdict] / RUNS for verdict in Verdict}


SHAPES = {
    "quiet": normal(0.005),
    "shared": normal(0.02),
    "noisy": normal(0.04),
    "wild": wild(0.03),
    "student": student(0.02),
    "bursts": bursts(0.005, 0.05),
    "autocorrelated": autocorrelated(0.02, 0.3),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_without_a_change_there_is_no_alarm(shape: str):
    found = shares(SHAPES[shape], 0.0)
    assert found[Verdict.REGRESSION] <= 0.001
    assert found[Verdict.PASS] >= 0.98


@pytest.mark.parametrize("shape", ["quiet", "noisy", "wild", "student", "bursts"])
def test_a_change_of_exactly_the_tolerance_alarms_in_one_of_a_hundred_at_most(shape: str):
    assert shares(SHAPES[shape], RULE.tolerance)[Verdict.REGRESSION] <= 0.01 + 3 * math.sqrt(0.01 / RUNS)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_slowdown_of_five_per_cent_is_found(shape: str):
    assert shares(SHAPES[shape], 0.05)[Verdict.REGRESSION] >= 0.95


@pytest.mark.parametrize("shape", SHAPES)
def test_a_slowdown_of_exactly_the_target_passes_in_one_of_twenty_at_most(shape: str):
    assert shares(SHAPES[shape], RULE.target)[Verdict.PASS] <= 0.05 + 3 * math.sqrt(0.05 / RUNS)


def test_where_a_fifth_of_the_pairs_is_wild_at_four_per_cent_five_per_cent_is_still_found():
    assert shares(wild(0.04), 0.05)[Verdict.REGRESSION] >= 0.95


@pytest.mark.parametrize("scatter", [0.0035, 0.007, 0.01])
def test_a_quiet_machine_finds_two_per_cent_and_alarms_at_none(scatter: float):
    assert shares(normal(scatter), 0.02, FINE)[Verdict.REGRESSION] >= 0.97
    assert shares(normal(scatter), 0.0, FINE)[Verdict.REGRESSION] <= 0.001
    assert shares(wild(scatter / 2), 0.02, FINE)[Verdict.REGRESSION] >= 0.97


@pytest.mark.parametrize("change", [-0.05, 0.10])
def test_large_changes_take_ten_pairs_and_have_the_right_sign(change: float):
    drawn = normal(0.005)(np.random.default_rng(3))[:200] + math.log1p(change)
    decisions = [decide(row.tolist(), RULE) for row in drawn]
    assert {each.pairs_used for each in decisions} == {10}
    assert {each.verdict for each in decisions} == {Verdict.REGRESSION if change > 0 else Verdict.PASS}
