"""A trend is a steady change, not two odd launches."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.stats.drift import find_trend, mann_kendall


@pytest.mark.parametrize("count", [2, 3, 4, 5, 6])
def test_p_is_the_share_of_orders_with_as_strong_a_trend(count: int):
    orders = list(itertools.permutations(range(count)))

    def score(order: tuple[int, ...]) -> int:
        return abs(sum((b > a) - (b < a) for a, b in itertools.combinations(order, 2)))

    for order in orders[:: max(1, len(orders) // 40)]:
        expected = sum(score(other) >= score(order) for other in orders) / len(orders)
        assert mann_kendall(order) == pytest.approx(min(1.0, expected))


@pytest.mark.parametrize(
    "values", [(1, 1, 2), (1, 2, 2, 3, 4), (1, 1, 1, 2), (2, 1, 1, 3, 3), (1, 1, 2, 2, 3, 3), (3, 2, 2, 2, 1)]
)
def test_with_ties_p_is_the_share_of_all_orders_of_these_values(values: tuple[int, ...]):
    def score(order: tuple[int, ...]) -> int:
        return abs(sum((b > a) - (b < a) for a, b in itertools.combinations(order, 2)))

    orders = list(itertools.permutations(values))
    expected = sum(score(other) >= score(values) for other in orders) / len(orders)
    assert mann_kendall(values) == pytest.approx(expected)


def test_many_ties_agree_with_orders_drawn_at_random():
    rng = np.random.default_rng(4)
    values = np.sort(rng.integers(0, 4, 14)) + rng.integers(0, 3, 14)
    drawn = rng.permuted(np.tile(values, (20_000, 1)), axis=1)
    first, second = np.triu_indices(len(values), 1)

    def scores(rows: np.ndarray) -> np.ndarray:
        return np.abs(np.sign(rows[:, second] - rows[:, first]).sum(axis=1))

    expected = np.mean(scores(drawn) >= scores(values[None, :]))
    assert mann_kendall(values.tolist()) == pytest.approx(expected, abs=0.01)


def test_long_series_with_ties_agree_with_kendalls_tau():
    values = np.random.default_rng(5).integers(0, 5, 60) + np.arange(60) // 20
    expected = stats.kendalltau(range(60), values, method="asymptotic").pvalue
    assert mann_kendall(values.tolist()) == pytest.approx(expected, rel=0.05)


@given(st.lists(st.floats(0.1, 10), min_size=2, max_size=25, unique=True))
def test_p_agrees_with_kendalls_tau(values: list[float]):
    expected = stats.kendalltau(range(len(values)), values, method="exact").pvalue
    assert mann_kendall(values) == pytest.approx(expected, abs=1e-9)


def test_the_approximation_for_long_series_is_close():
    values = np.random.default_rng(3).standard_normal(60) + np.linspace(0, 0.5, 60)
    expected = stats.kendalltau(range(60), values, method="exact").pvalue
    assert mann_kendall(values.tolist()) == pytest.approx(expected, abs=2e-3)


def test_five_values_show_a_trend_only_when_all_rise_or_all_fall():
    assert find_trend([1.0, 1.1, 1.2, 1.3, 1.4]).p == pytest.approx(2 / 120)
    assert find_trend([1.0, 1.2, 1.1, 1.3, 1.4]).p > 0.05


def test_the_change_is_that_from_first_to_last():
    assert find_trend([10.0, 10.1, 10.2, 10.3, 10.4]).change == pytest.approx(0.4 / 10.2)
    assert find_trend([10.4, 10.3, 10.2, 10.1, 10.0]).change == pytest.approx(-0.4 / 10.2)


def test_one_odd_value_makes_no_change():
    assert find_trend([10.0, 10.0, 10.0, 10.0, 99.0]).change == 0.0


@pytest.mark.parametrize("values", [[], [1.0], [2.0, 2.0, 2.0]])
def test_no_trend_without_differences(values: list[float]):
    assert find_trend(values).p == 1.0
    assert find_trend(values).change == 0.0
