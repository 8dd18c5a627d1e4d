"""How a model takes one picture: size, channels and order of axes, from its input's shape. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from harness.errors import ModelError
from harness.records.model import ModelFacts, Preprocess, TensorFacts

__all__ = [
    "DEFAULT_SIDE",
    "Axes",
    "ImageForm",
    "fed_shape",
    "form_words",
    "image_form",
    "proposed_size",
    "shape_words",
]

DEFAULT_SIDE = 224
"""Height and width for an input that leaves them open where nothing else is known."""

_TYPES = ("float32", "float16", "uint8", "int8", "int16")
_CHANNELS = (1, 3)


class Axes(str, Enum):
    """The order of an image's axes in a tensor, the batch left out."""

    HWC = "height, width, channels"
    CHW = "channels, height, width"
    HW = "height, width"
    """A grey picture without an axis for its channel."""

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True, slots=True)
class ImageForm:
    """One picture as a model takes it. `channels` is 1 (grey) or 3."""

    height: int
    width: int
    channels: int = 3
    axes: Axes = Axes.HWC
    assumed: tuple[str, ...] = ()
    """What the file does not tell and is taken to be so; a clause about `its input` each."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the tensor that one picture fills."""
        if self.axes is Axes.HW:
            return (1, self.height, self.width)
        if self.axes is Axes.CHW:
            return (1, self.channels, self.height, self.width)
        return (1, self.height, self.width, self.channels)


def image_form(tensor: TensorFacts, size: tuple[int, int] | None = None) -> ImageForm:
    """How the input takes a picture; `size` is the height and width where it leaves them open.

    [1, height, width, 3] is TFLite's own form; one channel, channels first, and no axis of
    channels are taken too. Raises ModelError, a clause about `its input`, for anything else.
    """
    shape = tensor.shape
    if len(shape) not in (3, 4):
        raise ModelError(f"its input {shape_words(shape)} is no image [1, height, width, 3]")
    if shape[0] not in (1, -1):
        raise ModelError(
            f"its input {shape_words(shape)} takes {shape[0]} images at once, and images are given one by one"
        )
    if tensor.dtype not in _TYPES:
        raise ModelError(f"its input is of type {tensor.dtype}, and pixels fill {', '.join(_TYPES)}")
    axes, channels, ambiguous = _axes(shape)
    sides = _sides(shape, axes)
    if 0 in sides:
        raise ModelError(f"its input {shape_words(shape)} holds no pixel")
    assumed = [ambiguous] if ambiguous else []
    if min(sides) < 0 and size is None:
        assumed.append(
            f"its input {shape_words(shape)} leaves the picture's size open:"
            f" {DEFAULT_SIDE}x{DEFAULT_SIDE} is assumed"
        )
    height, width = (
        side if side > 0 else other
        for side, other in zip(sides, size or (DEFAULT_SIDE, DEFAULT_SIDE), strict=True)
    )
    return ImageForm(height, width, channels, axes, tuple(assumed))


def _axes(shape: tuple[int, ...]) -> tuple[Axes, int, str | None]:
    """Order of axes, number of channels, and what is to be said where the shape allows two readings."""
    if len(shape) == 3:
        return Axes.HW, 1, None
    first, last = shape[1], shape[3]
    if last in _CHANNELS and first in _CHANNELS:
        return (
            Axes.HWC,
            last,
            f"its input {shape_words(shape)} may have its channels first or last: last is assumed",
        )
    if last in _CHANNELS:
        return Axes.HWC, last, None
    if first in _CHANNELS:
        return Axes.CHW, first, None
    raise ModelError(
        f"its input {shape_words(shape)} has neither one channel (grey) nor three (colour), last or first"
    )


def _sides(shape: tuple[int, ...], axes: Axes) -> tuple[int, int]:
    start = 2 if axes is Axes.CHW else 1
    return shape[start], shape[start + 1]


def proposed_size(tensor: TensorFacts, laid_out: tuple[int, ...]) -> tuple[int, int] | None:
    """Height and width of the shape a file is laid out for, where its signature leaves them open."""
    try:
        open_form = image_form(tensor)
        sides = _sides(laid_out, open_form.axes)
    except (ModelError, IndexError):
        return None
    return sides if min(_sides(tensor.shape, open_form.axes)) < 0 and min(sides) > 1 else None


def fed_shape(facts: ModelFacts, preprocess: Preprocess) -> tuple[int, ...] | None:
    """The shape that an image input of open size must be given before it runs; None where none is needed."""
    if len(facts.inputs) != 1 or min(facts.inputs[0].shape[1:], default=1) > 0:
        return None
    try:
        return image_form(facts.inputs[0], preprocess.size).shape
    except ModelError:
        return None


def form_words(form: ImageForm) -> str:
    """`28x28 grey`, `224x224, channels first`."""
    grey = " grey" if form.channels == 1 else ""
    first = ", channels first" if form.axes is Axes.CHW else ""
    return f"{form.height}x{form.width}{grey}{first}"


def shape_words(shape: tuple[int, ...]) -> str:
    """`[?, 224, 224, 3]`."""
    return "[" + ", ".join("?" if size < 0 else str(size) for size in shape) + "]"
