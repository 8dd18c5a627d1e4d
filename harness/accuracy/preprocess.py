"""From a decoded image to the tensor a model is given.

Two halves, because many models of a sweep share the first: the geometry (crop
and resize, float32 pixels from 0 to 255) and the values (normalised, quantized
to the input's type). The arithmetic is that of TFLite's evaluation tool,
tflite/tools/evaluation/stages/image_preprocessing_stage.cc, unless the model's
`Preprocess` says otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.accuracy.decode import ImageArray
from harness.accuracy.resize import Box, FloatImage, resize_antialiased, resize_bicubic, resize_bilinear
from harness.errors import ModelError
from harness.records.model import Preprocess, TensorFacts
from harness.records.vocabulary import ChannelOrder, Crop, Resize
from harness.zoo.image_form import Axes, ImageForm, image_form

__all__ = [
    "Geometry",
    "InputSpec",
    "crop_box",
    "describe_preprocess",
    "fill_values",
    "in_grey",
    "input_spec",
    "preprocess_for",
    "to_geometry",
]

Tensor = npt.NDArray[np.generic]

_EFFICIENTNET_FRACTION = 0.875
"""CROP_FRACTION in tensorflow/tpu models/official/efficientnet/preprocessing.py."""

_TOOL_MEAN = np.float32(127.5)
_TOOL_SCALE = np.float32(1 / 127.5)
"""The tool multiplies by the rounded reciprocal; it does not divide."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """Which pixels a model sees. Models with equal geometry share crop and resize."""

    height: int
    width: int
    crop: Crop = Crop.CENTRAL
    crop_fraction: float = 0.875
    resize: Resize = Resize.BILINEAR
    resize_to: int | None = None
    grey: bool = False


@dataclass(frozen=True, slots=True)
class InputSpec:
    """All that decides a model's input tensor; hashable, so equal inputs are shared.

    `mean` None: the evaluation tool's convention for the type. Scale and zero
    point are those of the input tensor, None where it has none.
    """

    geometry: Geometry
    dtype: str
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    scale: float | None = None
    zero_point: int | None = None
    channels: ChannelOrder = ChannelOrder.RGB
    axes: Axes = Axes.HWC

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the tensor of one image."""
        geometry = self.geometry
        return ImageForm(geometry.height, geometry.width, 1 if geometry.grey else 3, self.axes).shape

    def pixels_of(self, tensor: Tensor) -> Tensor:
        """The tensor of one image, without the batch, as a view [height, width, channels]."""
        if self.axes is Axes.CHW:
            return np.moveaxis(tensor, 0, -1)
        return np.expand_dims(tensor, -1) if self.axes is Axes.HW else tensor


def input_spec(preprocess: Preprocess, tensor: TensorFacts) -> InputSpec:
    """The spec for a model's input tensor.

    Raises ModelError, one sentence, for an input that is no image or whose type
    cannot be filled from pixels.
    """
    form = image_form(tensor, preprocess.size)
    geometry = Geometry(
        height=form.height,
        width=form.width,
        crop=preprocess.crop,
        crop_fraction=preprocess.crop_fraction,
        resize=preprocess.resize,
        resize_to=preprocess.resize_to,
        grey=form.channels == 1,
    )
    spec = InputSpec(
        geometry,
        tensor.dtype,
        preprocess.mean,
        preprocess.std,
        tensor.scale,
        tensor.zero_point,
        preprocess.channels,
        form.axes,
    )
    _check_values(spec)
    return spec


def _check_values(spec: InputSpec) -> None:
    if _needs_scale(spec) and not spec.scale:
        raise ModelError(f"its {spec.dtype} input has no scale, so normalised pixels cannot be quantized")
    for name, values in (("mean", spec.mean), ("std", spec.std)):
        if values is not None and len(values) not in (1, 3):
            raise ModelError(f"its preprocessing has {len(values)} values of {name}; one value or three fit")
        if spec.geometry.grey and values is not None and len(set(values)) > 1:
            raise ModelError(f"its preprocessing has three values of {name}, and its input has one channel")
    if spec.std is not None and 0 in spec.std:
        raise ModelError("its preprocessing divides by a std of 0")


def _needs_scale(spec: InputSpec) -> bool:
    if spec.dtype == "int16":
        return True
    return spec.mean is not None and spec.dtype in ("uint8", "int8")


def preprocess_for(image: ImageArray, preprocess: Preprocess, tensor: TensorFacts) -> Tensor:
    """One image uint8 [h, w, 3] as a model's input tensor, of the tensor's shape and type.

    Raises ModelError as `input_spec` does.
    """
    spec = input_spec(preprocess, tensor)
    filled: Tensor = np.empty(spec.shape, spec.dtype)
    fill_values(to_geometry(image, spec.geometry), spec, out=filled[0])
    return filled


def to_geometry(image: ImageArray, geometry: Geometry) -> FloatImage:
    """Crop and resize: float32 [height, width, 3], values from 0 to 255 (bicubic may overshoot)."""
    image = in_grey(image) if geometry.grey else image
    if geometry.resize_to is not None and geometry.resize.antialiased:
        return _shrunk_then_cut(image, geometry)
    box = crop_box(image.shape[0], image.shape[1], geometry)
    if geometry.resize.antialiased:
        return resize_antialiased(image, box, geometry.height, geometry.width, geometry.resize)
    resize = resize_bilinear if geometry.resize is Resize.BILINEAR else resize_bicubic
    return resize(image, box, geometry.height, geometry.width)


def in_grey(image: ImageArray) -> ImageArray:
    """ITU-R 601 luma in each of the three channels, as Pillow's mode L computes it (L24 of its Convert.c)."""
    red, green, blue = (image[..., channel].astype(np.uint32) for channel in range(3))
    luma = (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16
    return np.repeat(luma.astype(np.uint8)[:, :, np.newaxis], 3, axis=2)


def _shrunk_then_cut(image: ImageArray, geometry: Geometry) -> FloatImage:
    """torchvision's Resize(resize_to) and CenterCrop: the longer side is cut to an integer."""
    assert geometry.resize_to is not None  # the caller's condition
    height, width = image.shape[:2]
    shorter = min(height, width)
    # An input larger than what it is to be cut from would need black borders.
    length = max(geometry.resize_to, geometry.height, geometry.width)
    tall, wide = (int(length * side / shorter) for side in (height, width))
    whole = Box(top=0, left=0, height=height, width=width)
    resized = resize_antialiased(image, whole, tall, wide, geometry.resize)
    # Python's round, as torchvision has it: halves go to the even neighbour.
    top, left = round((tall - geometry.height) / 2), round((wide - geometry.width) / 2)
    return resized[top : top + geometry.height, left : left + geometry.width]


def crop_box(height: int, width: int, geometry: Geometry) -> Box:
    """The part of an image of this size that a model sees, in pixels; never empty."""
    if geometry.crop is Crop.NONE:
        return Box(top=0, left=0, height=height, width=width)
    side = max(1, _crop_side(height, width, geometry))
    return Box(top=_round((height - side) / 2), left=_round((width - side) / 2), height=side, width=side)


def _crop_side(height: int, width: int, geometry: Geometry) -> int:
    shorter = np.float32(min(height, width))
    if geometry.resize_to is not None:
        part = min(1.0, min(geometry.height, geometry.width) / geometry.resize_to)
        return _round(float(np.float32(part) * shorter))
    if geometry.crop is Crop.EFFICIENTNET:
        size = min(geometry.height, geometry.width)
        padding = _round(size * (1 / _EFFICIENTNET_FRACTION - 1))
        return int(np.float32(size / (size + padding)) * shorter)
    return min(_round(float(np.float32(geometry.crop_fraction) * shorter)), height, width)


def _round(value: float) -> int:
    """C's round for values from 0 up: halves away from zero (Python's go to the even neighbour)."""
    return math.floor(value + 0.5)


def fill_values(pixels: FloatImage, spec: InputSpec, *, out: Tensor) -> None:
    """Normalise and quantize float32 [height, width, 3] into `out`, an image's tensor without the batch.

    `pixels` is left as it is; a grey model takes the first of three equal channels.
    """
    out = spec.pixels_of(out)
    if spec.geometry.grey:
        pixels = pixels[:, :, :1]
    if spec.channels is ChannelOrder.BGR:
        # Mean and std are those of red, green and blue wherever the channels go.
        out = out[..., ::-1]
    if spec.mean is None and spec.dtype in _TOOL_VALUES:
        _TOOL_VALUES[spec.dtype](pixels, out, spec)
        return
    values = _normalised(pixels, spec)
    if spec.dtype.startswith("float"):
        np.copyto(out, values, casting="same_kind")
        return
    _quantize(values, spec, out)


def _raw_uint8(pixels: FloatImage, out: Tensor, spec: InputSpec) -> None:
    np.copyto(out, _within(pixels, spec, 0, 255), casting="unsafe")


def _centred_int8(pixels: FloatImage, out: Tensor, spec: InputSpec) -> None:
    # The cast cuts towards zero, as the tool's does: 100.5 becomes -27, not -28.
    np.subtract(_within(pixels, spec, 0, 255), np.float32(128), out=out, casting="unsafe")


def _unit_float(pixels: FloatImage, out: Tensor, spec: InputSpec) -> None:
    centred = np.subtract(pixels, _TOOL_MEAN, out=out if out.dtype == np.float32 else None)
    np.multiply(centred, _TOOL_SCALE, out=out, casting="same_kind")


_TOOL_VALUES: dict[str, Callable[[FloatImage, Tensor, InputSpec], None]] = {
    "uint8": _raw_uint8,
    "int8": _centred_int8,
    "float32": _unit_float,
    "float16": _unit_float,
}


def _within(pixels: FloatImage, spec: InputSpec, low: int, high: int) -> FloatImage:
    """Clipped where the filter can overshoot; bilinear stays between its neighbours."""
    if spec.geometry.resize is Resize.BILINEAR:
        return pixels
    clipped: FloatImage = np.clip(pixels, np.float32(low), np.float32(high))
    return clipped


def _normalised(pixels: FloatImage, spec: InputSpec) -> FloatImage:
    if spec.mean is None:
        centred: FloatImage = (pixels - _TOOL_MEAN) * _TOOL_SCALE
        return centred
    channels = 1 if spec.geometry.grey else None
    values: FloatImage = pixels - np.asarray(spec.mean[:channels], np.float32)
    if spec.std is not None:
        values /= np.asarray(spec.std[:channels], np.float32)
    return values


def _quantize(values: FloatImage, spec: InputSpec, out: Tensor) -> None:
    """round(value / scale) + zero point, halves away from zero, kept within the type (TFLite's Quantize)."""
    limits = np.iinfo(out.dtype.name)
    scaled = values / np.float32(spec.scale or 1.0)
    whole = np.trunc(scaled)
    # The rest is exact; adding 0.5 before cutting would round 0.49999997 up.
    whole += np.copysign(np.abs(scaled - whole) >= np.float32(0.5), scaled)
    whole += np.float32(spec.zero_point or 0)
    np.copyto(out, np.clip(whole, limits.min, limits.max), casting="unsafe")


def describe_preprocess(spec: InputSpec) -> str:
    """The arithmetic in words, for reports: crop, filter, size, values."""
    geometry = spec.geometry
    resize = {
        Resize.BILINEAR: "TF1 bilinear without anti-aliasing",
        Resize.BICUBIC: "TF1 bicubic without anti-aliasing",
        Resize.BILINEAR_ANTIALIAS: "Pillow's bilinear with anti-aliasing",
        Resize.BICUBIC_ANTIALIAS: "Pillow's bicubic with anti-aliasing",
    }[geometry.resize]
    size = f"{geometry.height}x{geometry.width}"
    order = " in the order BGR" if spec.channels is ChannelOrder.BGR and not geometry.grey else ""
    order += ", channels first" if spec.axes is Axes.CHW else ""
    grey = "grey (ITU-R 601 luma, as Pillow's L), " if geometry.grey else ""
    return (
        f"{grey}{_crop_words(geometry)}, {resize} to {size}, {spec.dtype} input{order}: {_value_words(spec)}"
    )


def _crop_words(geometry: Geometry) -> str:
    if geometry.resize_to is not None:
        return f"the middle of the picture with its shorter side at {geometry.resize_to}"
    if geometry.crop is Crop.NONE:
        return "whole image"
    if geometry.crop is Crop.EFFICIENTNET:
        return "EfficientNet's central square"
    return f"central square of {geometry.crop_fraction * 100:g} % of the shorter side"


def _value_words(spec: InputSpec) -> str:
    if spec.mean is None:
        words = {"uint8": "pixel cut to an integer", "int8": "pixel - 128, cut to an integer"}
        return words.get(spec.dtype, "(pixel - 127.5) / 127.5") + _quantized_words(spec)
    mean, std = _numbers(spec.mean), _numbers(spec.std or (1.0,))
    return f"(pixel - {mean}) / {std}" + _quantized_words(spec)


def _quantized_words(spec: InputSpec) -> str:
    if not _needs_scale(spec):
        return ""
    return f", quantized with scale {spec.scale:.6g} and zero point {spec.zero_point or 0}"


def _numbers(values: tuple[float, ...]) -> str:
    if len(set(values)) == 1:
        return f"{values[0]:g}"
    return "(" + ", ".join(f"{value:g}" for value in values) + ")"
