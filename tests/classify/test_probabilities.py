from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from harness.classify.probabilities import Doubt, ScoreKind, doubt_of, kind_of, probabilities

scores = arrays(np.float32, st.integers(2, 1001), elements=st.floats(-50, 50, width=32))


@given(scores, st.sampled_from(ScoreKind))
def test_they_sum_to_one_and_none_is_negative(values: np.ndarray, kind: ScoreKind):
    shares = probabilities(values, kind)
    assert shares.sum() == pytest.approx(1)
    assert shares.min() >= 0


@given(scores)
def test_softmax_keeps_the_order_of_logits(values: np.ndarray):
    shares = probabilities(values, ScoreKind.LOGITS)
    order = np.argsort(-values, kind="stable")
    assert (np.diff(shares[order]) <= 0).all()


def test_softmax_by_example():
    expected = np.exp([1, 2, 3]) / np.exp([1, 2, 3]).sum()
    np.testing.assert_allclose(probabilities(np.float32([1, 2, 3]), ScoreKind.LOGITS), expected)


@pytest.mark.parametrize(
    ("values", "head", "kind"),
    [
        ([0.2, 0.7], "SOFTMAX", ScoreKind.PROBABILITIES),
        ([0.9, 0.8], "LOGISTIC", ScoreKind.INDEPENDENT),
        ([0.3, 0.7], "DIV", ScoreKind.PROBABILITIES),
        ([0.3, 0.9], "FULLY_CONNECTED", ScoreKind.LOGITS),
        ([-0.3, 1.3], None, ScoreKind.LOGITS),
    ],
)
def test_the_operator_tells_the_kind_and_else_the_values(
    values: list[float], head: str | None, kind: ScoreKind
):
    assert kind_of(np.float32(values), head) is kind


def test_an_8_bit_softmax_that_rounds_to_nothing_is_flat():
    shares = probabilities(np.zeros(1001, np.float32), ScoreKind.PROBABILITIES)
    assert shares.sum() == pytest.approx(1)
    assert doubt_of(np.sort(shares)[::-1][:2], 1001) is Doubt.FLAT


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_refused(bad: float):
    with pytest.raises(ValueError, match="NaN or infinity"):
        probabilities(np.float32([0.5, bad]), ScoreKind.LOGITS)


@pytest.mark.parametrize(
    ("ranked", "classes", "doubt"),
    [
        ([0.9, 0.05], 1001, None),
        ([0.24, 0.01], 1001, Doubt.FLAT),
        ([0.39, 0.2], 5, Doubt.FLAT),
        ([0.6, 0.2], 5, None),
        ([0.5, 0.26], 1001, Doubt.CLOSE),
        ([0.5, 0.25], 1001, None),
        ([0.51, 0.49], 2, Doubt.CLOSE),
    ],
)
def test_an_answer_is_uncertain_by_the_documented_rule(
    ranked: list[float], classes: int, doubt: Doubt | None
):
    assert doubt_of(np.array(ranked), classes) is doubt
