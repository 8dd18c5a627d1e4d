"""From a model's scores to probabilities that sum to 1, and whether they name a class at all. Pure."""

from __future__ import annotations

from enum import Enum

import numpy as np
from numpy.typing import NDArray

__all__ = ["CLOSE", "FLAT", "Doubt", "ScoreKind", "doubt_of", "kind_of", "probabilities"]

_SUM_TOLERANCE = 0.02
"""How far a computed softmax may be off 1: float16 arithmetic and 8-bit outputs round every class."""

FLAT = 0.25
"""A best class below this is no answer, whatever the others are."""

CLOSE = 0.5
"""A second class of more than this part of the first might as well be the first."""


class ScoreKind(str, Enum):
    """What a model's output is."""

    PROBABILITIES = "probabilities"
    LOGITS = "logits"
    INDEPENDENT = "independent probabilities"
    """One logistic function a class."""

    def __str__(self) -> str:
        return str(self.value)


class Doubt(str, Enum):
    """Why an answer is uncertain."""

    FLAT = "flat"
    """No class stands out."""
    CLOSE = "close"
    """The second class is nearly as probable as the first."""

    def __str__(self) -> str:
        return str(self.value)


def kind_of(scores: NDArray[np.float32], head: str | None) -> ScoreKind:
    """By the operator that computes the output; where it does not tell, by the values.

    A SOFTMAX gives probabilities and a LOGISTIC independent ones. Anything else gives
    probabilities where no score is negative and they sum to 1, and logits where not.
    """
    if head == "SOFTMAX":
        return ScoreKind.PROBABILITIES
    if head == "LOGISTIC":
        return ScoreKind.INDEPENDENT
    total = float(scores.sum(dtype=np.float64))
    if float(scores.min()) >= 0 and abs(total - 1) <= _SUM_TOLERANCE:
        return ScoreKind.PROBABILITIES
    return ScoreKind.LOGITS


def probabilities(scores: NDArray[np.float32], kind: ScoreKind) -> NDArray[np.float64]:
    """Probabilities [classes] that sum to 1, of finite scores [classes].

    Logits go through softmax. The others are divided by their sum, which takes out what
    an 8-bit output rounds. Raises ValueError for scores that are not finite.
    """
    values = scores.astype(np.float64)
    if not np.isfinite(values).all():
        raise ValueError("its output holds NaN or infinity")
    if kind is ScoreKind.LOGITS:
        values = np.exp(values - values.max())
    values = np.maximum(values, 0.0)
    total = values.sum()
    # All of an 8-bit softmax may round to 0 where hundreds of classes are alike.
    return np.full(values.shape, 1 / values.size) if total == 0 else values / total


def doubt_of(ranked: NDArray[np.float64], classes: int) -> Doubt | None:
    """Whether probabilities, in descending order, leave the answer open; None where they do not.

    Flat: the best is below `FLAT`, or less than twice what chance gives. Close: the second is
    more than `CLOSE` times the best.
    """
    if ranked[0] < max(FLAT, min(2 / classes, 0.5)):
        return Doubt.FLAT
    if len(ranked) > 1 and ranked[1] > CLOSE * ranked[0]:
        return Doubt.CLOSE
    return None
