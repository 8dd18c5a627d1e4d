"""The decision as a specification: looks, bounds, mirror, and what is said when it cannot be made."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.gate.decide import decide, pairs_wanted, shares_of_looks
from harness.records.gate import DEFAULT_LOOKS, Rule
from harness.records.vocabulary import Verdict

RULE = Rule(tolerance=0.02, target=0.05)
SERIES = st.lists(st.floats(-0.2, 0.2), min_size=0, max_size=90)


def around(change: float, *, count: int = 85, scatter: float = 0.005) -> list[float]:
    drawn = np.random.default_rng(5).standard_normal(count) * scatter + math.log1p(change)
    return [float(each) for each in drawn]


def test_too_few_pairs_decide_nothing_and_say_how_many_are_wanted():
    decision = decide(around(0.1)[:9], RULE)
    assert decision.verdict is None
    assert decision.look == 0
    assert pairs_wanted(decision, RULE) == 10


def test_a_clear_slowdown_is_a_regression_at_the_first_look():
    decision = decide(around(0.06), RULE)
    assert decision.verdict is Verdict.REGRESSION
    assert (decision.look, decision.pairs_used) == (1, 10)
    assert decision.ci_low is not None
    assert decision.ratio is not None
    assert decision.ci_high is not None
    assert 1.05 < decision.ci_low < decision.ratio < decision.ci_high < 1.07
    assert pairs_wanted(decision, RULE) == 0


def test_no_change_passes():
    assert decide(around(0.0), RULE).verdict is Verdict.PASS


def test_faster_is_what_would_be_a_regression_with_the_sides_swapped():
    assert decide(around(-0.06), RULE).faster
    assert decide([-each for each in around(-0.06)], RULE).verdict is Verdict.REGRESSION
    assert not decide(around(-0.01), RULE).faster
    assert not decide(around(0.06), RULE).faster


def test_a_change_between_the_margins_takes_more_pairs():
    decision = decide(around(0.035, scatter=0.04)[:15], RULE)
    assert decision.verdict is None
    assert decision.look == 2
    assert pairs_wanted(decision, RULE) == 22


def test_after_the_last_look_it_is_inconclusive_with_the_smallest_slowdown_it_could_have_shown():
    halves = np.abs(np.random.default_rng(5).standard_normal(43)) * 0.2
    noisy = [math.log1p(0.035) + sign * float(each) for each in halves for sign in (1, -1)]
    decision = decide(noisy, RULE)
    assert decision.verdict is Verdict.INCONCLUSIVE
    assert decision.pairs_used == 85
    assert decision.smallest_detectable is not None
    # 2 % + (2.6 + 1.64) standard errors of 0.2 * 1.02 / sqrt(85)
    assert decision.smallest_detectable == pytest.approx(
        math.expm1(math.log1p(0.02) + 4.25 * 0.0222), rel=0.2
    )


def test_pairs_beyond_the_deciding_look_change_nothing():
    series = around(0.06)
    assert decide(series, RULE) == decide(series[:10], RULE)


@given(SERIES)
def test_swapped_sides_mirror_the_figures_and_never_both_regress(series: list[float]):
    here, there = decide(series, RULE), decide([-each for each in series], RULE)
    assert not (here.verdict is there.verdict is Verdict.REGRESSION)
    if here.faster:
        assert there.verdict is Verdict.REGRESSION
    if here.pairs_used != there.pairs_used or here.ratio is None or there.ratio is None:
        return
    assert here.ratio * there.ratio == pytest.approx(1)
    if here.ci_low is not None and there.ci_high is not None:
        assert here.ci_low * there.ci_high == pytest.approx(1)


@given(SERIES)
def test_the_same_pairs_decide_the_same(series: list[float]):
    assert decide(series, RULE) == decide(list(series), RULE)


def test_the_error_is_divided_over_the_looks_without_a_rest():
    shares = shares_of_looks(RULE)
    assert len(shares) == len(DEFAULT_LOOKS)
    assert sum(each.alpha for each in shares) == pytest.approx(RULE.alpha)
    assert sum(each.beta for each in shares) == pytest.approx(RULE.beta)
    # Ten pairs that all lie on one side have a chance of 2^-10.
    assert shares[0].alpha >= 2**-10


def test_a_single_look_has_all_of_it():
    single = replace(RULE, looks=(20,), alpha=0.05)
    assert shares_of_looks(single)[0].alpha == 0.05


def test_after_looks_the_interval_covers_what_the_docs_say():
    """Between the margins a run ends when something is proven: a REGRESSION then reads too large."""
    rng, truth, rule = np.random.default_rng(61), math.log(1.035), Rule()
    covered, of_regressions = [], []
    for _ in range(300):
        decision = decide((truth + 0.03 * rng.standard_normal(85)).tolist(), rule)
        assert decision.ci_low is not None and decision.ci_high is not None and decision.ratio is not None
        covered.append(decision.ci_low <= math.exp(truth) <= decision.ci_high)
        if decision.verdict is Verdict.REGRESSION:
            of_regressions.append(decision.ratio / math.exp(truth) - 1)
    assert 0.88 <= np.mean(covered) <= 0.96
    assert 0.0005 < np.mean(of_regressions) < 0.011
