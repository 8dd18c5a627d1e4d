"""Two models on the same images: only the images on which they disagree tell them apart."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["PairedDifference", "images_needed", "mcnemar_exact", "paired_difference"]


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """Accuracy of A minus that of B as a fraction, its 95 % interval, and McNemar's exact p."""

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
    discordant = only_a + only_b
    if discordant == 0:
        return 1.0
    fewer = min(only_a, only_b)
    tail = sum(math.comb(discordant, k) for k in range(fewer + 1)) / 2**discordant
    return min(1.0, 2 * tail)


def paired_difference(
    correct_a: Sequence[bool], correct_b: Sequence[bool], *, confidence: float = 0.95
) -> PairedDifference:
    """Difference of two accuracies on the same images, in the same order.

    Interval of D. Bonett and R. Price, J. Educational and Behavioral Statistics
    37 (2012) 479-488: Wald's after one image is added to each discordant cell,
    which keeps its coverage for few discordant images.
    """
    if len(correct_a) != len(correct_b) or not correct_a:
        raise ValueError(f"not the same images: {len(correct_a)} and {len(correct_b)}")
    count = len(correct_a)
    only_a = sum(a and not b for a, b in zip(correct_a, correct_b, strict=True))
    only_b = sum(b and not a for a, b in zip(correct_a, correct_b, strict=True))
    share_a, share_b = (only_a + 1) / (count + 2), (only_b + 1) / (count + 2)
    z = statistics.NormalDist().inv_cdf(0.5 + confidence / 2)
    reach = z * math.sqrt((share_a + share_b - (share_a - share_b) ** 2) / (count + 2))
    centre = share_a - share_b
    return PairedDifference(
        difference=(only_a - only_b) / count,
        low=max(-1.0, centre - reach),
        high=min(1.0, centre + reach),
        only_a=only_a,
        only_b=only_b,
        p=mcnemar_exact(only_a, only_b),
    )


def images_needed(discordant_share: float, loss: float) -> int:
    """Images for 80 % power against a loss of accuracy, one-sided 95 %: n = (1.645 + 0.842)² q / δ²."""
    if not 0 < loss < 1 or not 0 <= discordant_share <= 1:
        raise ValueError(f"no shares: {discordant_share}, {loss}")
    return math.ceil((1.645 + 0.842) ** 2 * discordant_share / loss**2)
