"""How a model takes one picture, read from its input's shape; what the shape leaves open is said."""

from __future__ import annotations

import pytest

from harness.records.model import TensorFacts
from harness.zoo.image_form import Axes, ImageForm, image_form


def form(*shape: int, size: tuple[int, int] | None = None) -> ImageForm:
    return image_form(TensorFacts("x", shape, "float32"), size)


@pytest.mark.parametrize(
    ("shape", "height", "width", "channels", "axes"),
    [
        ((1, 20, 30, 3), 20, 30, 3, Axes.HWC),
        ((-1, 20, 30, 1), 20, 30, 1, Axes.HWC),
        ((1, 3, 20, 30), 20, 30, 3, Axes.CHW),
        ((-1, 1, 20, 30), 20, 30, 1, Axes.CHW),
        ((1, 20, 30), 20, 30, 1, Axes.HW),
    ],
)
def test_size_channels_and_axes_are_those_of_the_shape(
    shape: tuple[int, ...], height: int, width: int, channels: int, axes: Axes
):
    found = form(*shape)
    assert found == ImageForm(height, width, channels, axes)
    assert found.shape == (1, *shape[1:])


@pytest.mark.parametrize("shape", [(1, 3, 20, 3), (1, 1, 28, 1), (1, 3, 32, 1), (1, 1, 32, 3)])
def test_a_shape_that_can_be_read_in_two_ways_is_taken_as_tflites_own_and_said(shape: tuple[int, ...]):
    found = form(*shape)
    assert found.axes is Axes.HWC
    assert "last is assumed" in found.assumed[0]


def test_an_open_size_is_the_one_told_else_assumed_and_said():
    told = form(1, -1, -1, 3, size=(96, 64))
    assert (told.shape, told.assumed) == ((1, 96, 64, 3), ())
    assumed = form(-1, 3, -1, -1)
    assert assumed.shape == (1, 3, 224, 224)
    assert "224x224 is assumed" in assumed.assumed[0]


def test_a_size_that_is_told_changes_no_size_that_is_fixed():
    assert form(1, 32, -1, 3, size=(96, 64)).shape == (1, 32, 64, 3)
    assert form(1, 32, 32, 3, size=(96, 64)).shape == (1, 32, 32, 3)
