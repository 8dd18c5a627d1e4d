"""Whether B's loss of accuracy against A exceeds a margin, from the same images.

The question is not whether the two differ (McNemar's) but whether B loses more
than `margin`. Of n images, b are won by A alone and c by B alone; the loss is
d = P(A alone) - P(B alone), estimated by (b - c) / n. The data are ordered by
Tango's score statistic (T. Tango, Statistics in Medicine 17 (1998) 891-908),

    T = (b - c - n m) / sqrt(n (2 p + m (1 - m))),

with p the likeliest P(B alone) where the loss is exactly m. For m = 0 it is
McNemar's (b - c) / sqrt(b + c). Its tails are exact: sums over the trinomial
distribution of (b, c), not a normal approximation, which few discordant images
do not have (H. Hsueh, J. Liu, J. J. Chen, Biometrics 57 (2001) 478-483). What
is left unknown is q = P(A alone) + P(B alone): the p is the largest over all q
that the number of discordant images allows with an error of 1e-4, which is
added (R. L. Berger, D. D. Boos, JASA 89 (1994) 1012-1016).
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.records.vocabulary import Verdict

__all__ = ["LossTest", "images_that_would_do", "judge_loss", "loss_exceeds", "loss_within"]

_NUISANCE_ERROR = 1e-4
# Finer grids change p in the fourth digit (tests against a grid of 2000).
_GRID = 129
# Beyond so many standard deviations a binomial has nothing that shows in p.
_REACH = 8.0
_POWER = 0.80
# More than any public set of images that a classifier is scored on.
_MOST_IMAGES = 50_000

Counts = NDArray[np.int64]
Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LossTest:
    """`verdict` and the evidence: p that so much (or so little) is seen where the loss is just the margin."""

    verdict: Verdict
    loss: float
    """(only A - only B) / images."""
    p_exceeds: float
    """Small: the loss is greater than the margin."""
    p_within: float
    """Small: the loss is smaller than the margin."""


def judge_loss(
    only_a: int, only_b: int, images: int, *, margin: float, alpha: float = 0.01, beta: float = 0.05
) -> LossTest:
    """REGRESSION where a loss beyond `margin` is proven with error `alpha`, PASS where less with `beta`.

    `margin` is a fraction: 0.01 is one point. Where neither is proven the
    images are too few: INCONCLUSIVE.
    """
    exceeds = loss_exceeds(only_a, only_b, images, margin=margin)
    within = loss_within(only_a, only_b, images, margin=margin)
    verdict = Verdict.INCONCLUSIVE
    if exceeds <= alpha:
        verdict = Verdict.REGRESSION
    elif within <= beta:
        verdict = Verdict.PASS
    return LossTest(verdict, (only_a - only_b) / images, exceeds, within)


def loss_exceeds(only_a: int, only_b: int, images: int, *, margin: float) -> float:
    """Exact one-sided p of at least this evidence where the loss is `margin` or less."""
    _check(only_a, only_b, images, margin)
    low, high = _shares_allowed(only_a + only_b, images)
    return _largest(only_a, only_b, images, margin, low, high, upper=True)


def loss_within(only_a: int, only_b: int, images: int, *, margin: float) -> float:
    """Exact one-sided p of no more than this where the loss is `margin` or more."""
    _check(only_a, only_b, images, margin)
    low, high = _shares_allowed(only_a + only_b, images)
    if high < margin:  # the models differ on fewer images than such a loss takes
        return _NUISANCE_ERROR
    return _largest(only_a, only_b, images, margin, max(low, margin), high, upper=False)


def images_that_would_do(
    only_a: int, only_b: int, images: int, *, margin: float, alpha: float = 0.01, beta: float = 0.05
) -> int | None:
    """About how many images give a verdict with 80 % power; None: more than 50,000, or none can be named.

    For a loss seen beyond the margin: if it is the true one. Else if B loses
    nothing, or, where as many images were used already, what it seems to lose.
    (z + z_power)² q / gap², and at least so many that a loss of the margin shows at all.
    """
    _check(only_a, only_b, images, margin)
    normal = statistics.NormalDist()
    share, loss = (only_a + only_b + 1) / (images + 2), (only_a - only_b) / images
    fewest = math.ceil(math.log(beta) / math.log1p(-margin))

    def needed(gap: float, error: float) -> float:
        reach = normal.inv_cdf(1 - error) + normal.inv_cdf(_POWER)
        return max(fewest, reach**2 * share / gap**2) if gap > 0 else math.inf

    if loss >= margin:
        wanted = needed(loss - margin, alpha)
    else:
        wanted = needed(margin, beta)
        if wanted <= images:
            wanted = needed(margin - max(0.0, loss), beta)
    return math.ceil(wanted) if images < wanted <= _MOST_IMAGES else None


def _check(only_a: int, only_b: int, images: int, margin: float) -> None:
    if images < 1 or min(only_a, only_b) < 0 or only_a + only_b > images:
        raise ValueError(f"no counts: {only_a}, {only_b} of {images}")
    if not 0 < margin < 1:
        raise ValueError(f"no margin: {margin}")


def _shares_allowed(discordant: int, images: int) -> tuple[float, float]:
    """Clopper and Pearson's interval of q at the nuisance error."""
    from scipy.special import betaincinv

    tail = _NUISANCE_ERROR / 2
    low = float(betaincinv(discordant, images - discordant + 1, tail)) if discordant else 0.0
    high = float(betaincinv(discordant + 1, images - discordant, 1 - tail)) if discordant < images else 1.0
    return low, high


def _largest(
    only_a: int, only_b: int, images: int, margin: float, low: float, high: float, *, upper: bool
) -> float:
    """The largest tail over the grid of q, and the error of its range."""
    observed = float(_score(np.array([only_a]), np.array([only_b]), images, margin)[0])
    tails = _tails(observed, images, margin, np.linspace(max(low, 1e-12), high, _GRID), upper=upper)
    return min(1.0, max(tails) + _NUISANCE_ERROR)


def _tails(observed: float, images: int, margin: float, shares: Reals, *, upper: bool) -> Iterator[float]:
    """P(T beyond `observed`) for every q, the loss being the margin (or all of q where that is less)."""
    from scipy.special import bdtr, bdtrc

    for share in shares:
        discordant = _probable(images, float(share))
        chances = _binomial(discordant, images, float(share))
        won_by_a = min(1.0, 0.5 + margin / (2 * share))
        if upper:
            first = _first_at_least(observed, discordant, images, margin)
            # Of no discordant image, none at least is certain.
            tail = np.where(first <= 0, 1.0, bdtrc(first - 1.0, discordant, won_by_a))
            tail = np.where(first > discordant, 0.0, tail)
        else:
            last = _first_at_least(observed, discordant, images, margin, beyond=True) - 1
            tail = np.where(last < 0, 0.0, bdtr(np.minimum(last, discordant) * 1.0, discordant, won_by_a))
        yield float(np.sum(chances * tail))


def _probable(images: int, share: float) -> Counts:
    """The numbers of discordant images worth counting."""
    reach = _REACH * math.sqrt(images * share * (1 - share)) + _REACH**2
    return np.arange(
        max(0, math.floor(images * share - reach)), min(images, math.ceil(images * share + reach)) + 1
    )


def _binomial(counts: Counts, total: int, share: float) -> Reals:
    from scipy.special import gammaln, xlog1py, xlogy

    ways = gammaln(total + 1) - gammaln(counts + 1) - gammaln(total - counts + 1)
    chances: Reals = np.exp(ways + xlogy(counts, share) + xlog1py(total - counts, -share))
    return chances


def _first_at_least(
    observed: float, discordant: Counts, images: int, margin: float, *, beyond: bool = False
) -> Counts:
    """For each number of discordant images the fewest won by A with T >= `observed` (`beyond`: T > it).

    T rises with the images won by A; where none is enough: one more than there are.
    """
    # Equal statistics of different counts may differ in the last digits.
    bar = observed + 1e-9 if beyond else observed - 1e-9
    low, high = np.zeros_like(discordant), discordant + 1
    while np.any(low < high):
        middle = (low + high) // 2
        won = np.minimum(middle, discordant)
        enough = (_score(won, discordant - won, images, margin) >= bar) | (middle > discordant)
        low, high = np.where(enough, low, middle + 1), np.where(enough, middle, high)
        low = np.minimum(low, high)
    return low


def _score(only_a: Counts, only_b: Counts, images: int, margin: float) -> Reals:
    """Tango's T, elementwise."""
    first = 2.0 * images
    second = margin * (2.0 * images - only_a + only_b) - only_a - only_b
    third = -only_b * margin * (1 - margin)
    likeliest = (np.sqrt(second**2 - 4 * first * third) - second) / (2 * first)
    spread = np.sqrt(images * (2 * np.maximum(likeliest, 0.0) + margin * (1 - margin)))
    score: Reals = (only_a - only_b - images * margin) / spread
    return score
