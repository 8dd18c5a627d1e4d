"""Images of a data set as batches of raw input tensors, as one model takes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from harness.accuracy.dataset import Dataset
from harness.accuracy.decode import decode_image
from harness.accuracy.preprocess import fill_values, input_spec, to_geometry
from harness.errors import ImageError
from harness.records.model import Model

__all__ = ["Batch", "batches"]

_MOST_IMAGES = 64
_MOST_BYTES = 24 * 2**20
"""A batch is pushed whole and lies on the phone for as long as all delegates need it."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some images of the data set."""

    positions: tuple[int, ...]
    """Which images, in the data set's order."""
    content: bytes
    """Their input tensors, one after the other."""

    @property
    def input_bytes(self) -> int:
        """Size of one image's tensor."""
        return len(self.content) // len(self.positions)


def batches(dataset: Dataset, model: Model, excluded: dict[int, str]) -> Iterator[Batch]:
    """All images that can be decoded; the others are noted in `excluded` with the reason.

    Raises ModelError for a model that takes no images.
    """
    if model.facts is None:
        raise ValueError(f"{model.name} has no facts, so its input is not known")
    spec = input_spec(model.preprocess, model.facts.inputs[0])
    tensor = np.empty(spec.shape[1:], spec.dtype)
    size = max(1, min(_MOST_IMAGES, _MOST_BYTES // tensor.nbytes))
    for chunk in _chunks(range(len(dataset.items)), size):
        kept: list[int] = []
        content = bytearray()
        for position in chunk:
            try:
                pixels = decode_image(dataset.image_root / dataset.items[position].file, dataset.exif)
            except ImageError as error:
                excluded[position] = error.message
                continue
            fill_values(to_geometry(pixels, spec.geometry), spec, out=tensor)
            kept.append(position)
            content += tensor.tobytes()
        if kept:
            yield Batch(tuple(kept), bytes(content))


def _chunks(positions: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(positions), size):
        yield positions[start : start + size]
