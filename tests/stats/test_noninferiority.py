"""Whether a loss exceeds a margin: exact tails, held against every table that could be."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.stats import multinomial

from harness.records.vocabulary import Verdict
from harness.stats.noninferiority import images_that_would_do, judge_loss, loss_exceeds, loss_within
from harness.stats.paired import mcnemar_exact


def tables(images: int) -> list[tuple[int, int]]:
    return [(b, c) for b in range(images + 1) for c in range(images + 1 - b)]


def chances(images: int, only_a: float, only_b: float) -> NDArray[np.float64]:
    """Probability of every table."""
    rows = [(b, c, images - b - c) for b, c in tables(images)]
    return multinomial.pmf(rows, images, [only_a, only_b, 1 - only_a - only_b])


@pytest.mark.parametrize(("images", "margin"), [(12, 0.2), (18, 0.08)])
def test_no_loss_at_the_margin_is_judged_wrongly_more_often_than_allowed(images: int, margin: float):
    """Every table of so many images, over all shares of discordant images and losses up to and beyond it."""
    exceeds = np.array([loss_exceeds(b, c, images, margin=margin) for b, c in tables(images)])
    within = np.array([loss_within(b, c, images, margin=margin) for b, c in tables(images)])
    for level in (0.01, 0.05):
        worst_exceeds = worst_within = 0.0
        for share in np.linspace(0.005, 0.995, 100):
            for loss in (loss for loss in (0.0, margin / 2, margin, 1.5 * margin) if loss <= share):
                chance = chances(images, (share + loss) / 2, (share - loss) / 2)
                if loss <= margin:
                    worst_exceeds = max(worst_exceeds, chance[exceeds <= level].sum())
                if loss >= margin:
                    worst_within = max(worst_within, chance[within <= level].sum())
        assert worst_exceeds <= level + 1e-9
        assert worst_within <= level + 1e-9
    # And not by being deaf: this is the last level, 5 %.
    assert worst_within > 0.02


def test_the_tail_is_the_sum_over_the_tables_ordered_by_the_likelihood_score():
    """Against the definition, with the likeliest share found by an optimiser in place of the formula."""
    images, margin, seen = 15, 0.1, (4, 1)

    def score(b: int, c: int) -> float:
        def unlikely(p: float) -> float:
            terms = ((b, p + margin), (c, p), (images - b - c, 1 - 2 * p - margin))
            return -sum(count * math.log(max(share, 1e-300)) for count, share in terms if count)

        p = minimize_scalar(
            unlikely, bounds=(0, (1 - margin) / 2), method="bounded", options={"xatol": 1e-12}
        ).x
        p = 0.0 if unlikely(0.0) <= unlikely(p) else p
        return (b - c - images * margin) / math.sqrt(images * (2 * p + margin * (1 - margin)))

    scores = np.array([score(b, c) for b, c in tables(images)])
    beyond = scores >= score(*seen) - 1e-6
    below = scores <= score(*seen) + 1e-6
    shares = np.linspace(margin, 0.999, 2000)
    at_margin = [chances(images, (q + margin) / 2, (q - margin) / 2) for q in shares]
    # The whole range of shares is the bound; the allowed part of it can only be smaller, plus its error.
    assert loss_exceeds(*seen, images, margin=margin) <= max(p[beyond].sum() for p in at_margin) + 2e-4
    assert loss_within(*seen, images, margin=margin) <= max(p[below].sum() for p in at_margin) + 2e-4
    assert loss_exceeds(*seen, images, margin=margin) == pytest.approx(
        max(p[beyond].sum() for p in at_margin), abs=0.01
    )


def test_a_tiny_margin_is_mcnemars_question():
    for only_a, only_b in ((30, 12), (18, 3), (40, 38)):
        ours = loss_exceeds(only_a, only_b, 400, margin=1e-9)
        assert ours <= mcnemar_exact(only_a, only_b) / 2 + 1e-4, "unconditional is no less powerful"
        assert ours == pytest.approx(mcnemar_exact(only_a, only_b) / 2, rel=0.5, abs=2e-3)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_more_images_lost_are_more_evidence_of_loss(data: st.DataObject):
    images = data.draw(st.integers(20, 3000))
    only_a = data.draw(st.integers(0, images // 2))
    only_b = data.draw(st.integers(0, images // 2 - 1))
    margin = data.draw(st.sampled_from([0.005, 0.01, 0.05]))
    worse = (only_a + 1, only_b)
    if sum(worse) > images:
        return
    before = judge_loss(only_a, only_b, images, margin=margin)
    after = judge_loss(*worse, images, margin=margin)
    # Another count of discordant images allows another range of shares: the order holds up to its error.
    assert after.p_exceeds <= before.p_exceeds + 5e-3
    assert after.p_within >= before.p_within - 5e-3
    assert not (before.p_exceeds <= 0.01 and before.p_within <= 0.05)


@pytest.mark.parametrize(
    ("only_a", "only_b", "images", "verdict"),
    [
        (0, 0, 500, Verdict.PASS),
        (0, 0, 100, Verdict.INCONCLUSIVE),
        (25, 25, 1000, Verdict.INCONCLUSIVE),
        (60, 60, 5000, Verdict.PASS),
        (100, 50, 1000, Verdict.REGRESSION),
        (150, 50, 20_000, Verdict.PASS),
        (50, 100, 1000, Verdict.PASS),
        (20, 5, 500, Verdict.INCONCLUSIVE),
    ],
)
def test_the_question_is_whether_the_loss_is_beyond_one_point(
    only_a: int, only_b: int, images: int, verdict: Verdict
):
    assert judge_loss(only_a, only_b, images, margin=0.01).verdict is verdict


def test_equal_models_pass_from_three_hundred_images_on():
    passing = [n for n in range(280, 320) if judge_loss(0, 0, n, margin=0.01).verdict is Verdict.PASS]
    assert passing[0] in (298, 299, 300)


def test_so_many_images_do_in_four_of_five_cases():
    """The number named after an inconclusive answer, tried out with the shares that were seen."""
    needed = images_that_would_do(25, 25, 1000, margin=0.01)
    assert needed is not None and 2500 < needed < 4500
    rng = np.random.default_rng(4)
    drawn = rng.multinomial(needed, [0.0255, 0.0255, 0.949], size=100)
    passed = sum(loss_within(int(b), int(c), needed, margin=0.01) <= 0.05 for b, c, _ in drawn)
    assert 0.7 <= passed / 100 <= 0.9


def test_a_loss_that_seems_real_asks_for_what_proves_it():
    needed = images_that_would_do(20, 5, 500, margin=0.01)
    assert needed is not None and needed > 500


def test_a_loss_of_just_the_margin_is_never_told():
    assert images_that_would_do(15, 5, 1000, margin=0.01) is None


@pytest.mark.parametrize(
    ("only_a", "only_b", "images", "margin"),
    [(-1, 0, 10, 0.01), (6, 5, 10, 0.01), (0, 0, 0, 0.01), (0, 0, 10, 0.0), (0, 0, 10, 1.0)],
)
def test_impossible_counts_are_refused(only_a: int, only_b: int, images: int, margin: float):
    with pytest.raises(ValueError, match="no "):
        judge_loss(only_a, only_b, images, margin=margin)
    with pytest.raises(ValueError, match="no "):
        images_that_would_do(only_a, only_b, images, margin=margin)
