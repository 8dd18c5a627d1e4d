"""Two models on the same images: only the images on which they disagree tell them apart."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["PairedDifference", "bonett_price", "images_needed", "mcnemar_exact", "paired_difference"]

# Quantiles of the normal distribution: one-sided 95 %, and 80 % power.
_ONE_SIDED = 1.645
_POWER = 0.842


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """Accuracy of A minus that of B as a fraction, its interval, and McNemar's exact p."""

    difference: float
    low: float
    high: float
    only_a: int
    only_b: int
    p: float

    @property
    def tells_apart(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low > 0 or self.high < 0


def mcnemar_exact(only_a: int, only_b: int) -> float:
    """Two-sided p that images won by A alone and by B alone are equally likely.

    Exact binomial form of Q. McNemar, Psychometrika 12 (1947) 153-157.
    """
    if min(only_a, only_b) < 0:
        raise ValueError(f"no counts: {only_a}, {only_b}")
    if only_a == only_b:
        return 1.0
    # scipy.special alone loads ten times faster than scipy.stats.
    from scipy.special import bdtr

    return min(1.0, 2 * float(bdtr(min(only_a, only_b), only_a + only_b, 0.5)))


def paired_difference(
    correct_a: Sequence[bool], correct_b: Sequence[bool], *, confidence: float = 0.95
) -> PairedDifference:
    """Difference of two accuracies on the same images, in the same order; interval of `bonett_price`."""
    a, b = np.asarray(correct_a, np.bool_), np.asarray(correct_b, np.bool_)
    if a.shape != b.shape or not a.size:
        raise ValueError(f"not the same images: {a.size} and {b.size}")
    only_a, only_b = int(np.sum(a & ~b)), int(np.sum(b & ~a))
    low, high = bonett_price(np.array(only_a), np.array(only_b), a.size, confidence=confidence)
    return PairedDifference(
        difference=(only_a - only_b) / a.size,
        low=float(low),
        high=float(high),
        only_a=only_a,
        only_b=only_b,
        p=mcnemar_exact(only_a, only_b),
    )


def bonett_price(
    only_a: NDArray[np.integer], only_b: NDArray[np.integer], images: int, *, confidence: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Ends of the interval of A's accuracy minus B's, elementwise over counts of any shape.

    Wald's interval after one image is added to each discordant cell, which
    keeps its coverage where few images are discordant. D. G. Bonett and R. M.
    Price, J. Educational and Behavioral Statistics 37 (2012) 479-488.
    """
    share_a, share_b = (only_a + 1) / (images + 2), (only_b + 1) / (images + 2)
    centre = share_a - share_b
    z = statistics.NormalDist().inv_cdf(0.5 + confidence / 2)
    reach = z * np.sqrt((share_a + share_b - centre**2) / (images + 2))
    return np.maximum(-1.0, centre - reach), np.minimum(1.0, centre + reach)


def images_needed(discordant_share: float, loss: float) -> int:
    """Images that show a `loss` of accuracy with 80 % power at one-sided 95 %.

    n = (1.645 + 0.842)² q / δ² ≈ 6.2 q / δ², where q is the share of images on
    which exactly one of the two models is right. Both as fractions.
    """
    if not 0 < loss < 1 or not 0 <= discordant_share <= 1:
        raise ValueError(f"no shares: {discordant_share}, {loss}")
    return math.ceil((_ONE_SIDED + _POWER) ** 2 * discordant_share / loss**2)
