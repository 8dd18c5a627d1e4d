"""Input tensors for a handful of images: one crop and resize a geometry, one buffer a kind of input."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from harness.accuracy.decode import ImageArray
from harness.accuracy.preprocess import (
    Geometry,
    InputSpec,
    Tensor,
    crop_box,
    fill_values,
    in_grey,
    to_geometry,
)
from harness.accuracy.reference_kernel import BilinearKernel, open_kernel
from harness.accuracy.resize import FloatImage
from harness.records.vocabulary import Crop, Resize

__all__ = ["InputMaker"]


class InputMaker:
    """Makes every kind of input that some models need. Its buffers are used again and again."""

    def __init__(self, specs: Iterable[InputSpec], *, slots: int) -> None:
        """`slots` images fit at once."""
        self._specs: dict[Geometry, list[InputSpec]] = {}
        self._buffers: dict[InputSpec, Tensor] = {}
        for spec in dict.fromkeys(specs):
            geometry = spec.geometry
            self._specs.setdefault(geometry, []).append(spec)
            self._buffers[spec] = np.empty((slots, *spec.shape), spec.dtype)
        self._kernels = _open_kernels(self._specs)
        by_kernel = {geometry for geometries, _ in self._kernels for geometry in geometries}
        self._by_numpy = [geometry for geometry in self._specs if geometry not in by_kernel]

    def fill(self, slot: int, pixels: ImageArray) -> None:
        """Make the inputs of one image, uint8 [h, w, 3]."""
        for geometry, resized in self._resized(pixels):
            for spec in self._specs[geometry]:
                fill_values(resized, spec, out=self._buffers[spec][slot, 0])

    def tensor(self, spec: InputSpec, slot: int) -> Tensor:
        """The input of the image in a slot, with a batch of 1; it changes with the next `fill`."""
        tensor: Tensor = self._buffers[spec][slot]
        return tensor

    def _resized(self, pixels: ImageArray) -> Iterator[tuple[Geometry, FloatImage]]:
        for geometries, kernel in self._kernels:
            # Geometries that share a kernel crop alike, and are all grey or all in colour.
            box = crop_box(pixels.shape[0], pixels.shape[1], geometries[0])
            image = in_grey(pixels) if geometries[0].grey else pixels
            yield from zip(geometries, kernel.resize(image, box), strict=True)
        for geometry in self._by_numpy:
            yield geometry, to_geometry(pixels, geometry)


def _open_kernels(geometries: Iterable[Geometry]) -> list[tuple[list[Geometry], BilinearKernel]]:
    """A kernel for every crop that bilinear geometries share, where the runtime has one."""
    by_crop: dict[tuple[object, ...], list[Geometry]] = {}
    for geometry in geometries:
        if geometry.resize is Resize.BILINEAR:
            by_crop.setdefault(_crop_key(geometry), []).append(geometry)
    opened = [
        (group, open_kernel([(geometry.height, geometry.width) for geometry in group]))
        for group in by_crop.values()
    ]
    return [(group, kernel) for group, kernel in opened if kernel is not None]


def _crop_key(geometry: Geometry) -> tuple[object, ...]:
    """Equal for geometries whose boxes are equal on every image. EfficientNet's depends on the size."""
    size = (geometry.height, geometry.width) if geometry.crop is Crop.EFFICIENTNET else None
    return (
        geometry.grey,
        geometry.crop,
        geometry.crop_fraction,
        size if geometry.resize_to is None else geometry,
    )
