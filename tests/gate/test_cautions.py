"""What makes a verdict doubtful is told, and chance alone seldom is."""

from __future__ import annotations

import numpy as np
import pytest

from harness.gate.cautions import pair_cautions
from tests.gate.pairs import pairs


def correlated_share(correlation: float, count: int, *, runs: int = 300) -> float:
    """How often pairs whose noise has that serial correlation are called correlated."""
    rng, found = np.random.default_rng(51), 0
    for _ in range(runs):
        value, logs = rng.standard_normal(), []
        for shock in np.sqrt(1 - correlation**2) * rng.standard_normal(count):
            value = correlation * value + shock
            logs.append(0.01 * value)
        made = pairs(np.exp(logs).tolist())
        found += any(each.code == "pairs-correlated" for each in pair_cautions(made))
    return found / runs


@pytest.mark.parametrize("count", [10, 22, 85])
def test_independent_pairs_are_seldom_called_correlated(count: int):
    assert correlated_share(0.0, count) <= 0.02


def test_pairs_that_break_the_error_rates_are_called_so():
    assert correlated_share(0.7, 45) >= 0.9
    assert correlated_share(0.5, 85) >= 0.9


def test_pairs_that_are_all_alike_are_no_doubt():
    assert not [each for each in pair_cautions(pairs([1.0] * 12)) if each.code == "pairs-correlated"]
