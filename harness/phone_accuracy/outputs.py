"""Raw outputs of the tool as scores, and how far those of a delegate lie from the CPU's. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.accuracy.topk import Scores, dequantize
from harness.records.evaluation import OutputDifference
from harness.records.model import TensorFacts
from harness.records.vocabulary import Delegate

__all__ = ["DifferenceSum", "output_bytes", "scores_of"]


def output_bytes(output: TensorFacts, classes: int) -> int:
    """Size in bytes of one raw output [1, classes]."""
    return classes * np.dtype(output.dtype).itemsize


def scores_of(raw: bytes, output: TensorFacts, images: int) -> Scores:
    """Raw outputs of `images` images, one after the other, as [images, classes]. Raises ValueError."""
    values = np.frombuffer(raw, np.dtype(output.dtype).newbyteorder("<"))
    if images < 1 or values.size % images:
        raise ValueError(f"{len(raw)} bytes are not the outputs of {images} images")
    return values.reshape(images, -1)


@dataclass(slots=True)
class DifferenceSum:
    """Collects the differences of one delegate from the reference, batch after batch."""

    reference: Delegate
    images: int = 0
    _largest: float = 0.0
    _sum: float = 0.0
    _values: int = 0
    _same_best: int = 0
    _identical: bool = True

    def add(self, ours: Scores, theirs: Scores, output: TensorFacts) -> None:
        """Compare the outputs [images, classes] of the delegate with the reference's of the same images."""
        self._identical = self._identical and ours.tobytes() == theirs.tobytes()
        left, right = _real(ours, output), _real(theirs, output)
        distance = np.abs(left - right)
        self.images += len(left)
        self._largest = max(self._largest, float(distance.max()))
        self._sum += float(distance.sum())
        self._values += distance.size
        self._same_best += int((left.argmax(axis=1) == right.argmax(axis=1)).sum())

    def result(self) -> OutputDifference | None:
        """The record; None where nothing was compared."""
        if not self.images:
            return None
        return OutputDifference(
            reference=self.reference,
            images=self.images,
            largest=self._largest,
            mean=self._sum / self._values,
            top1_agreement=self._same_best / self.images,
            identical=self._identical,
        )


def _real(scores: Scores, output: TensorFacts) -> npt.NDArray[np.float64]:
    return dequantize(scores, output.scale, output.zero_point).astype(np.float64)
