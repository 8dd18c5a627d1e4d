"""Margins follow the scatter of the machine."""

from __future__ import annotations

import pytest

from harness.gate.margins import choose_margins, expected_pairs, power_at_last_look, scatter_of_identical
from harness.records.gate import Rule

RULE = Rule()


@pytest.mark.parametrize(
    ("scatter", "margins"),
    [
        (0.0, (0.005, 0.02)),
        (0.005, (0.005, 0.02)),
        (0.01, (0.005, 0.02)),
        (0.02, (0.01, 0.03)),
        (0.3, (0.02, 0.05)),
    ],
)
def test_the_finest_margins_that_cost_few_pairs(scatter: float, margins: tuple[float, float]):
    rule = choose_margins(scatter, RULE)
    assert (rule.tolerance, rule.target) == margins


def test_more_scatter_needs_more_pairs_and_has_less_power():
    pairs = [expected_pairs(scatter, RULE) for scatter in (0.005, 0.02, 0.04, 0.08)]
    power = [power_at_last_look(scatter, RULE) for scatter in (0.005, 0.02, 0.04, 0.08, 0.2)]
    assert pairs == sorted(pairs)
    assert pairs[0] == 10
    assert power == sorted(power, reverse=True)
    assert power[0] > 0.999
    assert power[-1] < 0.5


def test_the_mean_of_identical_sides_is_known_to_be_zero():
    assert scatter_of_identical([0.01, 0.01, 0.01]) == pytest.approx(0.01)
