"""Accuracies on the same images are compared image by image."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.stats.paired import bonett_price, images_needed, mcnemar_exact, paired_difference


@st.composite
def _two_vectors(draw: st.DrawFn) -> tuple[list[bool], list[bool]]:
    images = draw(st.integers(1, 200))
    a, b = draw(st.integers(0, 2**images - 1)), draw(st.integers(0, 2**images - 1))
    return [bool(a >> i & 1) for i in range(images)], [bool(b >> i & 1) for i in range(images)]


vectors = _two_vectors()


@given(st.integers(0, 400), st.integers(0, 400))
def test_mcnemar_is_the_exact_binomial_test(only_a: int, only_b: int):
    if only_a + only_b:
        expected = stats.binomtest(only_a, only_a + only_b).pvalue
        assert mcnemar_exact(only_a, only_b) == pytest.approx(expected, rel=1e-9)
    assert mcnemar_exact(only_a, only_b) == mcnemar_exact(only_b, only_a)


def test_mcnemar_of_no_disagreement_says_nothing():
    assert mcnemar_exact(0, 0) == 1.0


def test_mcnemar_stands_fifty_thousand_images():
    assert mcnemar_exact(5000, 5100) == pytest.approx(0.3245, abs=1e-3)
    assert mcnemar_exact(100, 9000) == 0.0


def test_mcnemar_refuses_negative_counts():
    with pytest.raises(ValueError, match="no counts"):
        mcnemar_exact(-1, 3)


def test_bonett_price_is_walds_interval_with_an_image_added_to_each_discordant_cell():
    low, high = bonett_price(np.array(20), np.array(8), 100)
    share_a, share_b = 21 / 102, 9 / 102
    reach = 1.959964 * np.sqrt((share_a + share_b - (share_a - share_b) ** 2) / 102)
    assert (low, high) == pytest.approx((share_a - share_b - reach, share_a - share_b + reach), rel=1e-6)


@given(vectors)
def test_swapping_the_models_turns_the_sign(pair: tuple[list[bool], list[bool]]):
    a, b = pair
    there, back = paired_difference(a, b), paired_difference(b, a)
    assert there.difference == -back.difference
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))
    assert there.p == back.p
    assert there.tells_apart == back.tells_apart


@given(vectors)
def test_the_interval_agrees_with_the_estimate(pair: tuple[list[bool], list[bool]]):
    found = paired_difference(*pair)
    assert -1 <= found.low <= found.high <= 1
    assert found.difference == pytest.approx(np.mean(pair[0]) - np.mean(pair[1]))
    if found.tells_apart:
        assert found.low * found.difference > 0


def test_equal_results_cannot_be_told_apart():
    same = paired_difference([True, False] * 300, [True, False] * 300)
    assert same.difference == 0
    assert not same.tells_apart


def test_pairing_sees_what_two_separate_intervals_cannot():
    a = [True] * 700 + [False] * 300
    b = [True] * 670 + [False] * 330
    found = paired_difference(a, b)
    assert found.tells_apart
    assert found.p < 1e-6


@pytest.mark.parametrize(("a", "b"), [([], []), ([True], [True, False])])
def test_different_images_are_refused(a: list[bool], b: list[bool]):
    with pytest.raises(ValueError, match="not the same images"):
        paired_difference(a, b)


@pytest.mark.parametrize("images", [100, 650])
@pytest.mark.parametrize(("only_a", "only_b"), [(0.01, 0.01), (0.05, 0.02), (0.15, 0.10), (0.001, 0.02)])
def test_the_interval_covers_the_difference(only_a: float, only_b: float, images: int):
    """Of 4 000 simulated data sets; more often than promised where hardly an image is discordant."""
    rng = np.random.default_rng(11)
    counts = rng.multinomial(images, [only_a, only_b, 1 - only_a - only_b], size=4000)
    low, high = bonett_price(counts[:, 0], counts[:, 1], images)
    covered = np.mean((low <= only_a - only_b) & (only_a - only_b <= high))
    assert covered >= 0.94


@pytest.mark.parametrize(
    ("discordant", "loss", "images"), [(0.03, 0.01, 1856), (0.08, 0.01, 4949), (0.08, 0.03, 550)]
)
def test_images_needed(discordant: float, loss: float, images: int):
    assert images_needed(discordant, loss) == pytest.approx(images, abs=1)


def test_the_images_needed_have_the_power_they_promise():
    rng = np.random.default_rng(12)
    images = images_needed(0.08, 0.02)
    counts = rng.multinomial(images, [0.03, 0.05, 0.92], size=4000)
    # A one-sided test of 95 % is whether the two-sided interval of 90 % leaves out 0.
    _, high = bonett_price(counts[:, 0], counts[:, 1], images, confidence=0.90)
    assert np.mean(high < 0) == pytest.approx(0.80, abs=0.03)


@pytest.mark.parametrize(("discordant", "loss"), [(0.1, 0.0), (0.1, 1.0), (-0.1, 0.01), (1.1, 0.01)])
def test_images_needed_refuses_what_is_no_share(discordant: float, loss: float):
    with pytest.raises(ValueError, match="no shares"):
        images_needed(discordant, loss)
