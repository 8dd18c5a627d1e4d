"""A trial's latency comes from the launches that count, and from all of them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.records.launch import ReportedLatency
from harness.records.vocabulary import Status
from harness.stats.summary import counts, quantile, robust_spread, summarise, summarise_reported
from tests.stats.launches import launch

samples = st.lists(st.floats(0.01, 1000), min_size=1, max_size=9)


def test_the_median_is_that_of_the_launches_not_of_the_samples():
    summary = summarise([launch([1.0] * 100), launch([3.0]), launch([5.0])])
    assert summary is not None
    assert summary.median == 3.0
    assert summary.mean == 3.0
    assert summary.min == 1.0


def test_percentiles_are_samples_that_were_seen():
    ordered = np.arange(1.0, 101.0)
    assert [quantile(ordered, share) for share in (0.0, 0.5, 0.9, 0.99, 1.0)] == [1, 50, 90, 99, 100]
    assert quantile(np.array([7.0]), 0.99) == 7.0


def test_a_single_launch_has_no_interval_and_no_spread_between():
    summary = summarise([launch([1.0, 1.1, 1.2])])
    assert summary is not None
    assert (summary.ci_low, summary.ci_high, summary.spread_between) == (None, None, None)
    assert summary.spread_within is not None


def test_no_launch_that_counts_gives_no_figures_at_all():
    assert summarise([]) is None
    assert summarise([launch(status=Status.FAILED)]) is None


@pytest.mark.parametrize(
    "spoiled",
    [
        launch([99.0], status=Status.FAILED),
        launch([99.0], status=Status.TIMED_OUT),
        launch([99.0], status=Status.UNSTABLE),
        launch([99.0], contaminated="the clock was capped"),
        launch([]),
    ],
    ids=["failed", "timed out", "unstable", "contaminated", "without samples"],
)
def test_what_a_spoiled_launch_measured_does_not_count(spoiled):
    assert not counts(spoiled)
    good = [launch([2.0, 2.1, 2.2]), launch([2.1, 2.2, 2.3])]
    assert summarise([*good, spoiled]) == summarise(good)


def test_a_fallback_is_summarised():
    assert summarise([launch([2.0], status=Status.FALLBACK)]) is not None


def test_spreads_are_relative_standard_deviations_that_an_outlier_does_not_move():
    rng = np.random.default_rng(5)
    values = 10 * (1 + 0.03 * rng.standard_normal(20_000))
    assert robust_spread(values) == pytest.approx(0.03, rel=0.03)
    values[:200] = 1e6
    assert robust_spread(values) == pytest.approx(0.03, rel=0.05)


def test_spread_between_launches_is_kept_apart_from_spread_within():
    rng = np.random.default_rng(6)
    launches = [launch(level * (1 + 0.005 * rng.standard_normal(400))) for level in np.linspace(9, 11, 15)]
    summary = summarise(launches)
    assert summary is not None
    assert summary.spread_within == pytest.approx(0.005, rel=0.15)
    assert summary.spread_between is not None
    assert summary.spread_between > 0.04


@given(st.lists(samples, min_size=1, max_size=7))
def test_figures_are_in_order(all_samples: list[list[float]]):
    summary = summarise([launch(each) for each in all_samples])
    assert summary is not None
    assert summary.min <= summary.median
    assert summary.min <= summary.p90 <= summary.p99
    assert summary.min <= summary.mean * (1 + 1e-12)
    if summary.ci_low is not None:
        assert summary.ci_low <= summary.median <= summary.ci_high
    figures = (summary.median, summary.p90, summary.p99, summary.mean, summary.spread_within)
    assert all(math.isfinite(each) for each in figures)


@given(st.lists(samples, min_size=1, max_size=7), st.randoms(use_true_random=False))
def test_the_order_of_launches_does_not_matter(all_samples: list[list[float]], random):
    launches = [launch(each) for each in all_samples]
    shuffled = random.sample(launches, len(launches))
    there, back = summarise(launches), summarise(shuffled)
    assert there is not None
    assert back is not None
    assert there.median == back.median
    assert there.mean == pytest.approx(back.mean)
    assert there.p99 == back.p99


def test_launches_that_agree_to_the_microsecond_are_not_known_better_than_that():
    figures = [launch((), index=i, reported=ReportedLatency(runs=50, median_ms=0.004)) for i in range(5)]
    summary = summarise_reported(figures)
    assert summary is not None
    assert (summary.ci_low, summary.ci_high) == pytest.approx((0.0035, 0.0045))
