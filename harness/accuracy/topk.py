"""The best classes of a model's output."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from harness.records.model import TensorFacts

__all__ = ["TOP", "Scores", "dequantize", "output_problem", "top_k"]

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


def output_problem(output: TensorFacts) -> str | None:
    """Why an output is not that of a classifier: one score a class, [1, classes]."""
    shape = output.shape
    if len(shape) != 2 or shape[0] not in (1, -1) or shape[1] in (0, 1):
        sizes = "x".join("?" if size < 0 else str(size) for size in shape) or "(scalar)"
        return f"its output {sizes} is not [1, classes]"
    return None
