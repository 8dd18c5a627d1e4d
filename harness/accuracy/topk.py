"""The best classes of a model's output."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from harness.records.model import TensorFacts
from harness.zoo.image_form import shape_words
from harness.zoo.score_form import OneValue

__all__ = ["TOP", "Scores", "dequantize", "output_problem", "scores_facts", "top_k", "two_classes"]

TOP = 5
"""How many classes a prediction keeps."""

Scores = npt.NDArray[np.generic]

_EXACT_IN_FLOAT32 = ("uint8", "int8", "int16", "float16", "float32")


def top_k(scores: Scores, k: int = TOP) -> npt.NDArray[np.intp]:
    """Indices of the k largest scores of each row, best first; equal scores in index order.

    `scores` is [rows, classes] of any real type; the answer is [rows, min(k, classes)].
    Raises ValueError where a score is NaN: such a row has no best class.
    """
    # Comparing must not change the order, so wide types are not narrowed.
    left = scores.astype(np.float32 if scores.dtype.name in _EXACT_IN_FLOAT32 else np.float64)
    if np.isnan(left).any():
        raise ValueError("its output holds NaN")
    if np.isneginf(left).any():
        return np.argsort(-left, axis=1, kind="stable")[:, :k]
    rows = np.arange(len(left))
    best = np.empty((len(left), min(k, left.shape[1])), np.intp)
    for place in range(best.shape[1]):
        # argmax answers the first of equal values, which is the lower index.
        best[:, place] = left.argmax(axis=1)
        left[rows, best[:, place]] = -np.inf
    return best


def dequantize(values: Scores, scale: float | None, zero_point: int | None) -> npt.NDArray[np.float32]:
    """Raw outputs as real scores; floats, and integers without a scale, keep their values."""
    if not scale or values.dtype.kind == "f":
        return values.astype(np.float32)
    centred = values.astype(np.float32) - np.float32(zero_point or 0)
    real: npt.NDArray[np.float32] = centred * np.float32(scale)
    return real


def two_classes(values: Scores, output: TensorFacts, kind: OneValue) -> npt.NDArray[np.float32]:
    """One value a picture, [pictures], as scores [pictures, 2] of classes 0 and 1; a tie goes to class 0."""
    real = dequantize(values, output.scale, output.zero_point)
    # Half the logit each way: softmax of the two is the logistic function of the one.
    low, high = (1 - real, real) if kind is OneValue.PROBABILITY else (-real / 2, real / 2)
    return np.stack([low, high], axis=-1).astype(np.float32)


def scores_facts(output: TensorFacts, kind: OneValue | None) -> TensorFacts:
    """The row of scores [1, classes] that a model's output is read as; another output is left as it is."""
    if kind is not None:
        return TensorFacts(output.name, (1, 2), "float32")
    if output_problem(output) is not None:
        return output
    return replace(output, shape=(1, math.prod(size for size in output.shape if size > 0)))


def output_problem(output: TensorFacts) -> str | None:
    """Why an output is no row of scores, one a class."""
    sizes = [size for size in output.shape if size not in (1, -1)]
    if len(sizes) != 1 or sizes[0] < 2:
        return f"its output {shape_words(output.shape)} is not one row of class scores"
    return None
