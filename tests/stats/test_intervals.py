"""Intervals keep their promise: coverage is simulated, not believed."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from harness.stats.intervals import (
    clopper_pearson,
    hettmansperger_sheather,
    median_of_launches,
    median_rank,
    wilson,
)

latencies = st.floats(1e-3, 1e4)


def test_wilson_gives_the_published_figures():
    # Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3.
    assert (wilson(81, 263).low, wilson(81, 263).high) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert (wilson(15, 148).low, wilson(15, 148).high) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert (wilson(0, 20).low, wilson(0, 20).high) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert (wilson(1, 29).low, wilson(1, 29).high) == pytest.approx((0.0061, 0.1718), abs=5e-5)


@given(st.integers(1, 100_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_stays_within_0_and_1_and_contains_the_share(counts: tuple[int, int]):
    correct, total = counts
    interval = wilson(correct, total)
    assert 0 <= interval.low <= correct / total <= interval.high <= 1


@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_mirrors_right_and_wrong(counts: tuple[int, int]):
    correct, total = counts
    there, back = wilson(correct, total), wilson(total - correct, total)
    assert there.low == pytest.approx(1 - back.high, abs=1e-12)


@pytest.mark.parametrize(("correct", "total"), [(0, 0), (-1, 5), (6, 5)])
def test_wilson_refuses_what_is_no_share(correct: int, total: int):
    with pytest.raises(ValueError, match="no share"):
        wilson(correct, total)


def test_one_launch_has_a_median_and_no_interval():
    estimate = median_of_launches([3.5])
    assert estimate.value == 3.5
    assert estimate.interval is None


@pytest.mark.parametrize("medians", [[], [1.0, 0.0], [1.0, -2.0], [1.0, math.nan], [1.0, math.inf]])
def test_latencies_that_cannot_be_are_refused(medians: list[float]):
    with pytest.raises(ValueError, match="positive"):
        median_of_launches(medians)


@pytest.mark.parametrize("launches", [2, 3, 4, 5])
def test_few_launches_are_stretched_until_their_range_covers_a_normal_median(launches: int):
    """The oracle integrates the joint density of the smallest and the largest of `launches` normal values."""
    medians = [3.4 * 1.01**number for number in range(launches)]
    interval = median_of_launches(medians).interval
    assert interval is not None
    stretch = math.log(interval.high / interval.low) / math.log(medians[-1] / medians[0])

    def density(middle: float, half: float) -> float:
        between = stats.norm.cdf(middle + half) - stats.norm.cdf(middle - half)
        ends = stats.norm.pdf(middle - half) * stats.norm.pdf(middle + half)
        return float(2 * launches * (launches - 1) * ends * between ** (launches - 2))

    covered, _ = integrate.dblquad(
        density, 0, 8, lambda half: -min(9, stretch * half), lambda half: min(9, stretch * half)
    )
    assert covered == pytest.approx(0.95, abs=0.001)


def test_two_of_five_disturbed_launches_move_no_end_below_the_fastest_sample():
    interval = median_of_launches([0.232, 0.231, 0.236, 0.45, 0.52], fastest=0.229).interval
    assert interval is not None
    assert interval.low == 0.229
    assert interval.high < 0.55
    quiet = median_of_launches([0.232, 0.231, 0.236, 0.233, 0.234], fastest=0.2).interval
    assert quiet is not None
    assert quiet.low == pytest.approx(0.231, rel=0.002)


@pytest.mark.parametrize("share", [0.2, 0.4])
def test_five_launches_cover_the_median_although_some_take_twice_as_long(share: float):
    """Student's t covers in 88 % of cases where 40 % of launches are disturbed."""
    rng = np.random.default_rng(7)
    scatter, runs = 0.003, 4000
    true = math.exp(scatter * stats.norm.ppf(0.5 / (1 - share)))
    covered = 0
    for _ in range(runs):
        times = np.exp(scatter * rng.standard_normal(5)) * np.where(rng.random(5) < share, 2.0, 1.0)
        interval = median_of_launches(times.tolist()).interval
        assert interval is not None
        covered += interval.low <= true <= interval.high
    assert covered / runs >= 0.945


def test_from_six_launches_on_an_outlier_cannot_widen_the_interval():
    quiet = [1.00, 1.01, 1.02, 1.03, 1.04, 1.05, 1.06, 1.07, 1.08, 1.09]
    disturbed = [*quiet[:-1], 100.0]
    assert median_of_launches(disturbed) == median_of_launches(quiet)


@given(st.lists(latencies, min_size=2, max_size=30))
def test_the_interval_contains_the_estimate(medians: list[float]):
    estimate = median_of_launches(medians)
    assert estimate.interval is not None
    assert estimate.interval.low <= estimate.value <= estimate.interval.high


@given(st.lists(latencies, min_size=2, max_size=20), st.floats(1e-2, 1e2))
def test_another_unit_of_time_scales_the_interval(medians: list[float], factor: float):
    plain = median_of_launches(medians).interval
    scaled = median_of_launches([factor * each for each in medians]).interval
    assert plain is not None
    assert scaled is not None
    # Of an even number of launches the estimate is an arithmetic mean, the interval geometric.
    assert (scaled.low, scaled.high) == pytest.approx((factor * plain.low, factor * plain.high), rel=1e-9)


@given(st.integers(1, 300), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_ranks_enclose_the_median_as_often_as_they_say_and_no_closer_pair_does(count: int, confidence: float):
    rank = median_rank(count, confidence=confidence)

    def coverage(r: int) -> float:
        return 1 - 2 * float(stats.binom.cdf(r - 1, count, 0.5))

    if rank is None:
        assert coverage(1) < confidence
    else:
        assert coverage(rank) >= confidence - 1e-12
        assert rank + 1 > count / 2 or coverage(rank + 1) < confidence


def test_the_approximation_for_many_samples_continues_the_exact_ranks():
    exact, approximate = median_rank(1000), median_rank(1001)
    assert exact is not None
    assert approximate is not None
    assert 0 <= approximate - exact <= 1


def test_five_values_cannot_enclose_a_median_with_95_percent():
    assert hettmansperger_sheather([1.0, 2.0, 3.0, 4.0, 5.0]) is None
    assert hettmansperger_sheather([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]) is not None


# How launches may scatter about 1 with a relative deviation of 2 %, and the true median.
SCATTER = {
    "normal": (lambda rng, n: 1 + 0.02 * rng.standard_normal(n), 1.0),
    "log-normal": (lambda rng, n: np.exp(0.02 * rng.standard_normal(n)), 1.0),
    "10 % outliers": (
        lambda rng, n: (
            np.exp(0.02 * rng.standard_normal(n))
            * np.where(rng.random(n) < 0.1, 1 + rng.exponential(0.2, n), 1.0)
        ),
        1.00258,
    ),
    "two layouts": (
        lambda rng, n: (1 + 0.08 * (rng.random(n) < 0.3)) * np.exp(0.0067 * rng.standard_normal(n)),
        1.00379,
    ),
}


@pytest.mark.parametrize("launches", [3, 5, 10, 20])
@pytest.mark.parametrize("scatter", SCATTER)
def test_95_percent_intervals_cover_the_median(scatter: str, launches: int):
    """The table in docs/statistics.md; 1 000 runs give the coverage to ± 1.4 points (95 %)."""
    draw, true = SCATTER[scatter]
    rng = np.random.default_rng(20240607)
    runs = 1000
    covered = 0
    for _ in range(runs):
        interval = median_of_launches(draw(rng, launches).tolist()).interval
        assert interval is not None
        covered += interval.low <= true <= interval.high
    assert 0.93 <= covered / runs <= 0.985


@pytest.mark.parametrize("scatter", SCATTER)
def test_the_true_medians_of_the_simulation_are_right(scatter: str):
    draw, true = SCATTER[scatter]
    assert np.median(draw(np.random.default_rng(1), 400_000)) == pytest.approx(true, abs=2e-4)


@pytest.mark.parametrize(("correct", "total"), [(0, 100), (1, 300), (95, 100), (100, 100)])
def test_clopper_pearsons_ends_are_where_the_tails_are_a_fortieth(correct: int, total: int):
    interval = clopper_pearson(correct, total)
    above = stats.binom.sf(correct - 1, total, interval.low)
    below = stats.binom.cdf(correct, total, interval.high)
    assert interval.low == 0 if correct == 0 else above == pytest.approx(0.025)
    assert interval.high == 1 if correct == total else below == pytest.approx(0.025)


def test_none_in_three_hundred_is_at_most_a_hundredth():
    assert clopper_pearson(0, 300, confidence=0.90).high == pytest.approx(0.01, abs=0.0001)
