"""Resizing is bit for bit that of TensorFlow 1, written out here pixel by pixel in float32."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.accuracy.reference_kernel import open_kernel
from harness.accuracy.resize import Box, resize_bicubic, resize_bilinear

ONE = np.float32(1)


def plain_bilinear(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """TFLite's reference_ops::ResizeBilinear, align_corners and half_pixel_centers false."""
    high, wide = image.shape[:2]
    row_scale, column_scale = np.float32(high) / np.float32(height), np.float32(wide) / np.float32(width)
    result = np.empty((height, width, 3), np.float32)
    for y in range(height):
        row = np.float32(y) * row_scale
        top = math.floor(row)
        bottom = min(math.ceil(row), high - 1)
        dy = row - np.float32(top)
        for x in range(width):
            column = np.float32(x) * column_scale
            left = math.floor(column)
            right = min(math.ceil(column), wide - 1)
            dx = column - np.float32(left)
            for channel in range(3):
                at = image[:, :, channel].astype(np.float32)
                total = at[top, left] * (ONE - dy) * (ONE - dx)
                total += at[bottom, left] * dy * (ONE - dx)
                total += at[top, right] * (ONE - dy) * dx
                total += at[bottom, right] * dy * dx
                result[y, x, channel] = total
    return result


def keys(distance: float) -> float:
    """Keys' cubic with A = -0.75."""
    a, x = -0.75, abs(distance)
    if x <= 1:
        return ((a + 2) * x - (a + 3)) * x * x + 1
    return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a if x < 2 else 0.0


def plain_bicubic(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Keys' cubic in double precision with the fractions rounded to 1/1024: equal but for rounding."""
    high, wide = image.shape[:2]

    def taps(size: int, samples: int, index: int) -> list[tuple[int, float]]:
        position = np.float32(index) * (np.float32(size) / np.float32(samples))
        low = math.floor(position)
        step = round(float(position - np.float32(low)) * 1024) / 1024
        return [(min(max(low + tap, 0), size - 1), keys(step - tap)) for tap in range(-1, 3)]

    result = np.zeros((height, width, 3))
    for y in range(height):
        for x in range(width):
            for row, row_weight in taps(high, height, y):
                for column, column_weight in taps(wide, width, x):
                    result[y, x] += image[row, column] * row_weight * column_weight
    return result


@st.composite
def resizes(draw: st.DrawFn) -> tuple[np.ndarray, Box, int, int]:
    high, wide = draw(st.integers(1, 17)), draw(st.integers(1, 17))
    seed = draw(st.integers(0, 2**32 - 1))
    image = np.random.default_rng(seed).integers(0, 256, (high, wide, 3), np.uint8)
    top, left = draw(st.integers(0, high - 1)), draw(st.integers(0, wide - 1))
    box = Box(top, left, draw(st.integers(1, high - top)), draw(st.integers(1, wide - left)))
    return image, box, draw(st.integers(1, 13)), draw(st.integers(1, 13))


def cut(image: np.ndarray, box: Box) -> np.ndarray:
    return image[box.top : box.top + box.height, box.left : box.left + box.width]


@settings(max_examples=80, deadline=None)
@given(resizes())
def test_bilinear_equals_the_plain_loop_bit_for_bit(case: tuple[np.ndarray, Box, int, int]):
    image, box, height, width = case
    resized = resize_bilinear(image, box, height, width)
    assert resized.dtype == np.float32
    assert np.array_equal(resized, plain_bilinear(cut(image, box), height, width))


@settings(max_examples=40, deadline=None)
@given(resizes())
def test_bicubic_equals_keys_cubic_but_for_float32_rounding(case: tuple[np.ndarray, Box, int, int]):
    image, box, height, width = case
    resized = resize_bicubic(image, box, height, width)
    assert np.allclose(resized, plain_bicubic(cut(image, box), height, width), atol=2e-3)


@settings(max_examples=60, deadline=None)
@given(resizes())
def test_bilinear_never_leaves_the_range_of_the_pixels(case: tuple[np.ndarray, Box, int, int]):
    image, box, height, width = case
    resized = resize_bilinear(image, box, height, width)
    # Weights are rounded, so that their sum may be one and a few units in the last place.
    assert resized.max() <= cut(image, box).max() * (1 + 1e-6)
    assert resized.min() >= cut(image, box).min() * (1 - 1e-6)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), min_size=1, max_size=3), st.integers(0, 99)
)
def test_the_runtimes_own_kernel_gives_the_same_bits(sizes: list[tuple[int, int]], seed: int):
    kernel = open_kernel(sizes)
    assert kernel is not None, "this runtime's reference kernel no longer agrees with numpy"
    image = np.random.default_rng(seed).integers(0, 256, (31, 47, 3), np.uint8)
    for box in (Box(0, 0, 31, 47), Box(2, 5, 27, 27)):
        for size, resized in zip(sizes, kernel.resize(image, box), strict=True):
            assert np.array_equal(resized, resize_bilinear(image, box, *size))
            del resized


@pytest.mark.parametrize("resize", [resize_bilinear, resize_bicubic])
def test_the_same_size_changes_nothing(resize):
    image = np.random.default_rng(1).integers(0, 256, (9, 7, 3), np.uint8)
    assert np.array_equal(resize(image, Box(0, 0, 9, 7), 9, 7), image)


def test_samples_lie_at_the_corner_of_a_pixel_not_at_its_centre():
    """Half of a row of two pixels: TensorFlow 1 takes the first; with pixel centres it would be the mean."""
    image = np.array([[[0, 0, 0], [200, 200, 200]]], np.uint8)
    assert resize_bilinear(image, Box(0, 0, 1, 2), 1, 1).tolist() == [[[0, 0, 0]]]


def test_shrinking_does_not_smooth():
    image = np.zeros((8, 8, 3), np.uint8)
    image[::2, ::2] = 255
    assert resize_bilinear(image, Box(0, 0, 8, 8), 4, 4).tolist() == [[[255, 255, 255]] * 4] * 4


def test_bicubic_overshoots_at_an_edge():
    image = np.zeros((1, 8, 3), np.uint8)
    image[:, 4:] = 255
    resized = resize_bicubic(image, Box(0, 0, 1, 8), 1, 32)
    assert resized.min() < 0
    assert resized.max() > 255


def test_a_large_picture_is_worked_on_in_blocks_without_a_seam():
    image = np.random.default_rng(2).integers(0, 256, (700, 900, 3), np.uint8)
    box = Box(11, 13, 600, 600)
    whole = resize_bilinear(image, box, 299, 299)
    rows = np.float32(600) / np.float32(299) * np.arange(299, dtype=np.float32)
    for y in (0, 1, 97, 98, 298):
        top = math.floor(rows[y])
        part = Box(box.top + top, box.left, min(2, 600 - top), 600)
        at_the_top = plain_rows(image, part, rows[y] - np.float32(top), 299)
        assert np.array_equal(whole[y], at_the_top)


def plain_rows(image: np.ndarray, box: Box, dy: np.float32, width: int) -> np.ndarray:
    """One output row between the two rows of a box."""
    part = cut(image, box).astype(np.float32)
    upper, lower = part[0], part[-1]
    columns = np.float32(box.width) / np.float32(width) * np.arange(width, dtype=np.float32)
    left = np.floor(columns).astype(int)
    right = np.minimum(np.ceil(columns).astype(int), box.width - 1)
    dx = (columns - left.astype(np.float32))[:, np.newaxis]
    total = upper[left] * (ONE - dy) * (ONE - dx)
    total += lower[left] * dy * (ONE - dx)
    total += upper[right] * (ONE - dy) * dx
    total += lower[right] * dy * dx
    return total
