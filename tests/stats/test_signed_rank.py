"""Estimate and bounds from paired differences, against enumeration of all signs."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.stats.signed_rank import (
    allowed_beyond,
    hodges_lehmann,
    signed_rank_bounds,
    signed_rank_distribution,
    signed_rank_interval,
    walsh_averages,
)

VALUES = st.lists(st.integers(-1000, 1000).map(float), min_size=1, max_size=9)
DISTINCT = st.lists(st.floats(-5, 5, allow_nan=False), min_size=5, max_size=9, unique=True)


def p_below(values: list[float], centre: float) -> float:
    """Chance of a sum of positive ranks as large as this one when the centre is `centre`: all signs tried."""
    shifted = [value - centre for value in values]
    ranks = stats.rankdata(np.abs(shifted))
    seen = sum(rank for rank, value in zip(ranks, shifted, strict=True) if value > 0)
    sums = [
        sum(rank for rank, up in zip(ranks, signs, strict=True) if up)
        for signs in itertools.product((False, True), repeat=len(values))
    ]
    return sum(total >= seen for total in sums) / len(sums)


@given(VALUES)
def test_the_estimate_is_the_median_of_all_pairwise_means(values: list[float]):
    means = [(a + b) / 2 for i, a in enumerate(values) for b in values[i:]]
    assert hodges_lehmann(values) == pytest.approx(np.median(means))
    assert len(walsh_averages(values)) == len(values) * (len(values) + 1) // 2


@given(VALUES, st.floats(-100, 100, allow_nan=False))
def test_estimate_and_bounds_move_with_the_data_and_mirror(values: list[float], shift: float):
    moved = [value + shift for value in values]
    assert hodges_lehmann(moved) == pytest.approx(hodges_lehmann(values) + shift)
    here = signed_rank_bounds(values, below=0.1, above=0.2)
    mirrored = signed_rank_bounds([-value for value in values], below=0.2, above=0.1)
    assert (mirrored.low, mirrored.high) == pytest.approx((-here.high, -here.low))


@given(st.integers(1, 12))
def test_the_distribution_is_that_of_all_subsets_of_ranks(count: int):
    sums = [
        sum(chosen) for k in range(count + 1) for chosen in itertools.combinations(range(1, count + 1), k)
    ]
    counted = np.bincount(sums, minlength=count * (count + 1) // 2 + 1) / 2**count
    np.testing.assert_allclose(signed_rank_distribution(count), counted, rtol=1e-12)


@given(DISTINCT, st.sampled_from([0.04, 0.05, 0.1, 0.25]))
def test_just_under_the_lower_bound_a_centre_is_rejected_and_at_it_not(values: list[float], level: float):
    bound = signed_rank_bounds(values, below=level, above=level).low
    averages = walsh_averages(values)
    if bound == -math.inf or len(set(averages)) < len(averages):
        return
    nearest = float(np.min(np.diff(averages)))
    if nearest < 1e-9:
        return
    assert p_below(values, bound - nearest / 2) <= level
    assert p_below(values, bound + nearest / 2) > level


def test_ten_values_can_reach_a_thousandth_and_nine_cannot():
    assert allowed_beyond(10, 0.001) == 0
    assert allowed_beyond(9, 0.001) is None
    assert signed_rank_bounds([1.0] * 9, below=0.001, above=0.001).low == -math.inf
    assert signed_rank_interval([1.0] * 5) is None


@pytest.mark.parametrize("draw", ["normal", "heavy", "ties"])
def test_the_bound_keeps_its_level(draw: str):
    generator = np.random.default_rng(7)
    repeats, count, level = 4000, 15, 0.05
    values = generator.standard_normal((repeats, count))
    if draw == "heavy":
        values = generator.standard_t(2, (repeats, count))
    if draw == "ties":
        values = np.round(values)
    missed = sum(signed_rank_bounds(row, below=level, above=level).low > 0 for row in values) / repeats
    # The exact level for 15 values is 0.0473; three standard errors are 0.010.
    assert missed <= 0.0473 + 0.010
    assert draw == "ties" or missed >= 0.0473 - 0.010
