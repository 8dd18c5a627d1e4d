"""Two figures with intervals of their own are set against each other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.stats.contrast import difference, excludes, ratio
from harness.stats.intervals import Estimate, Interval, wilson

ends = st.tuples(*[st.floats(0.001, 1000) for _ in range(3)]).map(sorted)
estimates = ends.map(lambda three: Estimate(three[1], Interval(three[0], three[2])))


def share(correct: int, images: int) -> Estimate:
    return Estimate(correct / images, wilson(correct, images))


def test_two_wilson_intervals_give_newcombes_tenth_interval():
    # R. G. Newcombe, Statistics in Medicine 17 (1998) 873-890, table II: 56/70 against 48/80.
    found = difference(share(48, 80), share(56, 70))
    assert found.value == pytest.approx(0.2)
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)


@given(estimates, estimates)
def test_the_interval_holds_the_value_and_turns_with_the_order(a: Estimate, b: Estimate):
    there, back = difference(a, b), difference(b, a)
    assert there.interval is not None
    assert back.interval is not None
    assert there.interval.low <= there.value <= there.interval.high
    assert (back.interval.low, back.interval.high) == pytest.approx(
        (-there.interval.high, -there.interval.low)
    )


@given(estimates, estimates, st.floats(0.01, 100))
def test_a_ratio_does_not_depend_on_the_unit(a: Estimate, b: Estimate, unit: float):
    def scaled(estimate: Estimate) -> Estimate:
        assert estimate.interval is not None
        ends = Interval(estimate.interval.low * unit, estimate.interval.high * unit)
        return Estimate(estimate.value * unit, ends)

    one, other = ratio(a, b), ratio(scaled(a), scaled(b))
    assert one.interval is not None
    assert other.interval is not None
    assert (one.value, one.interval.low) == pytest.approx((other.value, other.interval.low), rel=1e-9)


def test_an_exact_figure_against_one_with_an_interval_keeps_that_interval():
    found = ratio(Estimate(2.0, Interval(2.0, 2.0)), Estimate(4.0, Interval(3.0, 5.0)))
    assert found.value == 2.0
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((1.5, 2.5))


def test_without_an_interval_there_is_none_and_nothing_is_excluded():
    alone = Estimate(2.0, None)
    assert difference(alone, share(7, 10)).interval is None
    assert ratio(alone, Estimate(4.0, Interval(3.0, 5.0))) == Estimate(2.0, None)
    assert not excludes(ratio(alone, alone), 1.0)
    assert excludes(Estimate(2.0, Interval(1.5, 2.5)), 1.0)
