"""The evaluation's preprocessing, written out plainly: networks are trained on what they will be shown."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


def central_square(pixels: Pixels, fraction: float = 0.875) -> Pixels:
    """The central square of side round(fraction x the shorter side)."""
    height, width = pixels.shape[:2]
    side = min(round(fraction * height), round(fraction * width))
    top, left = round((height - side) / 2), round((width - side) / 2)
    return pixels[top : top + side, left : left + side]


def shrink(square: Pixels, size: int) -> Pixels:
    """TensorFlow 1's bilinear resize (corners not aligned, no half-pixel centres), cut to uint8."""
    side = square.shape[0]
    position = np.arange(size, dtype=np.float32) * np.float32(side / size)
    low = np.floor(position).astype(np.intp)
    high = np.minimum(low + 1, side - 1)
    share = position - low.astype(np.float32)
    source = square.astype(np.float32)
    rows = source[low] + (source[high] - source[low]) * share[:, None, None]
    both = rows[:, low] + (rows[:, high] - rows[:, low]) * share[None, :, None]
    return both.astype(np.uint8)


def as_float_input(pixels: Pixels) -> NDArray[np.float32]:
    """Pixels 0..255 as the networks take them: -1..1."""
    return (pixels.astype(np.float32) - np.float32(127.5)) / np.float32(127.5)
