"""Resizing with TensorFlow 1's arithmetic, bit for bit, in numpy; and with Pillow's filters.

Both filters of TensorFlow sample the source at `output index x input size / output size`
(align_corners=false, half_pixel_centers=false) and do not smooth when they
shrink. Every product and sum is a float32, in the order of the original, so
that truncation to integers afterwards gives the same bytes:

* bilinear: `ResizeBilinear` in tensorflow/lite/kernels/internal/reference/resize_bilinear.h
* bicubic: `ResizeBicubicOp` in tensorflow/core/kernels/image/resize_bicubic_op.cc,
  Keys' cubic with A = -0.75 from a table of 1024 steps.

The work is done on blocks of rows that fit the processor's second-level cache,
and on pixels of four bytes, because numpy gathers those in one move.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image

from harness.accuracy.decode import ImageArray
from harness.records.vocabulary import Resize

__all__ = ["Box", "FloatImage", "resize_antialiased", "resize_bicubic", "resize_bilinear"]

FloatImage = npt.NDArray[np.float32]
_Index = npt.NDArray[np.intp]

_BLOCK_BYTES = 96 * 1024
"""Size of one float block; about five are live at once, and second-level caches start at 512 KiB."""

_CUBIC_STEPS = 1024
_CUBIC_A = -0.75


@dataclass(frozen=True)
class Box:
    """A part of an image, in pixels."""

    top: int
    left: int
    height: int
    width: int


@dataclass(frozen=True)
class _Linear:
    """Along one axis: both neighbours of every sample, and their weights."""

    low: _Index
    high: _Index
    low_weight: FloatImage
    high_weight: FloatImage


def resize_bilinear(image: ImageArray, box: Box, height: int, width: int) -> FloatImage:
    """The box of a uint8 image [h, w, 3] as float32 [height, width, 3], values from 0 to 255."""
    pixels = _padded(image, box)
    rows = _linear(box.height, height)
    columns = _linear(box.width, width)
    blocks = _blocks(height, width)
    low_weight = _tiled(columns.low_weight, blocks[0])
    high_weight = _tiled(columns.high_weight, blocks[0])
    result = np.empty((height, width, 3), np.float32)
    for block in blocks:
        upper, lower = pixels[rows.low[block]], pixels[rows.high[block]]
        upper_weight, lower_weight = rows.low_weight[block, np.newaxis], rows.high_weight[block, np.newaxis]
        total = _product(upper, columns.low, upper_weight, low_weight)
        total += _product(lower, columns.low, lower_weight, low_weight)
        total += _product(upper, columns.high, upper_weight, high_weight)
        total += _product(lower, columns.high, lower_weight, high_weight)
        _without_fourth(total, out=result[block])
    return result


def _product(
    rows: npt.NDArray[np.uint32], columns: _Index, row_weight: FloatImage, column_weight: FloatImage
) -> FloatImage:
    """pixel x row weight x column weight, rounded after each product: float32 [rows, 4 * columns]."""
    gathered = np.take(rows, columns, axis=1, mode="clip").view(np.uint8)
    product = np.multiply(gathered, row_weight, dtype=np.float32)
    product *= column_weight[: len(product)]
    return product


def _tiled(weights: FloatImage, block: slice) -> FloatImage:
    """The weights of one row's bytes for all rows of a block: numpy multiplies whole blocks faster."""
    tiled: FloatImage = np.tile(np.repeat(weights, 4), (block.stop - block.start, 1))
    return tiled


def resize_bicubic(image: ImageArray, box: Box, height: int, width: int) -> FloatImage:
    """As `resize_bilinear`, with the cubic filter; values may leave 0..255 a little."""
    pixels = _padded(image, box)
    row_taps, row_weights = _cubic(box.height, height)
    column_taps, column_weights = _cubic(box.width, width)
    result = np.empty((height, width, 3), np.float32)
    for block in _blocks(height, max(width, box.width)):
        blended: FloatImage | None = None
        for tap in range(4):
            source = pixels[row_taps[tap, block]].view(np.uint8)
            weighted = np.multiply(source, row_weights[tap, block, np.newaxis], dtype=np.float32)
            blended = weighted if blended is None else np.add(blended, weighted, out=blended)
        assert blended is not None
        _without_fourth(_blend_columns(blended, column_taps, column_weights), out=result[block])
    return result


def resize_antialiased(image: ImageArray, box: Box, height: int, width: int, resize: Resize) -> FloatImage:
    """The box with Pillow's filter, whose width grows with the reduction; whole numbers from 0 to 255."""
    kind = Image.Resampling.BILINEAR if resize is Resize.BILINEAR_ANTIALIAS else Image.Resampling.BICUBIC
    ends = (box.left, box.top, box.left + box.width, box.top + box.height)
    resized = Image.fromarray(image).resize((width, height), kind, box=ends)
    return np.asarray(resized, np.float32)


def _blend_columns(blended: FloatImage, taps: _Index, weights: FloatImage) -> FloatImage:
    """float32 [rows, 4 * source columns] to [rows, 4 * output columns]."""
    pixels = blended.reshape(blended.shape[0], -1, 4)
    total = np.take(pixels, taps[0], axis=1, mode="clip") * weights[0][:, np.newaxis]
    for tap in range(1, 4):
        total += np.take(pixels, taps[tap], axis=1, mode="clip") * weights[tap][:, np.newaxis]
    flat: FloatImage = total.reshape(blended.shape[0], -1)
    return flat


def _padded(image: ImageArray, box: Box) -> npt.NDArray[np.uint32]:
    """The box with four bytes a pixel, uint32 [height, width]. The fourth byte means nothing."""
    part = image[box.top : box.top + box.height, box.left : box.left + box.width]
    # Four bytes are read at every third one; one more at the end lets the last read be whole.
    bytes_and_one = np.zeros(part.size + 1, np.uint8)
    bytes_and_one[:-1].reshape(part.shape)[...] = part
    overlapping = np.ndarray(part.shape[:2], np.uint32, bytes_and_one, strides=(3 * box.width, 3))
    padded: npt.NDArray[np.uint32] = overlapping.copy()
    return padded


def _without_fourth(flat: FloatImage, *, out: FloatImage) -> None:
    """Copy float32 [rows, 4 * columns] to [rows, columns, 3]."""
    rows, columns, _ = out.shape
    np.take(flat, _three_of_four(columns), axis=1, out=out.reshape(rows, -1), mode="clip")


def _blocks(height: int, width: int) -> list[slice]:
    rows = max(1, _BLOCK_BYTES // (width * 16))
    return [slice(start, min(start + rows, height)) for start in range(0, height, rows)]


@lru_cache(maxsize=64)
def _three_of_four(columns: int) -> _Index:
    return np.arange(4 * columns, dtype=np.intp).reshape(columns, 4)[:, :3].ravel()


@lru_cache(maxsize=256)
def _linear(size: int, samples: int) -> _Linear:
    position = _positions(size, samples)
    low = np.floor(position).astype(np.intp)
    fraction = position - low.astype(np.float32)
    high = np.minimum(np.ceil(position).astype(np.intp), size - 1)
    return _Linear(low, high, np.float32(1) - fraction, fraction)


@lru_cache(maxsize=256)
def _cubic(size: int, samples: int) -> tuple[_Index, FloatImage]:
    """Indices and weights, both [4 taps, samples]."""
    position = _positions(size, samples)
    low = np.floor(position).astype(np.intp)
    step = np.rint((position - low.astype(np.float32)) * np.float32(_CUBIC_STEPS)).astype(np.intp)
    near, far = _cubic_table()
    weights = np.stack([far[step], near[step], near[_CUBIC_STEPS - step], far[_CUBIC_STEPS - step]])
    taps = np.clip(low + np.arange(-1, 3)[:, np.newaxis], 0, size - 1)
    return taps, weights


@lru_cache(maxsize=1)
def _cubic_table() -> tuple[FloatImage, FloatImage]:
    """Weights of the nearer and the farther neighbour at every step between two pixels."""
    a = _CUBIC_A
    x = np.arange(_CUBIC_STEPS + 1, dtype=np.float64) / _CUBIC_STEPS
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    x = x + 1
    far = ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
    return near.astype(np.float32), far.astype(np.float32)


def _positions(size: int, samples: int) -> FloatImage:
    scale = np.float32(size) / np.float32(samples)
    positions: FloatImage = np.arange(samples, dtype=np.float32) * scale
    return positions
