"""Which values a model takes, how that is known, and the names that ranges of values have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.records.vocabulary import ChannelOrder, InputSource

__all__ = [
    "RANGES",
    "RAW",
    "InputConvention",
    "InputTold",
    "Normalization",
    "range_words",
    "same_values",
    "spread",
]

Normalization = tuple[tuple[float, ...], tuple[float, ...]]
"""Mean and std of (pixel - mean) / std, one value or three (R, G, B) of both."""

RANGES: Mapping[str, Normalization] = {
    "0..255": ((0.0,), (1.0,)),
    "0..1": ((0.0,), (255.0,)),
    "-1..1": ((127.5,), (127.5,)),
    "torchvision": ((123.675, 116.28, 103.53), (58.395, 57.12, 57.375)),
    "caffe": ((123.68, 116.779, 103.939), (1.0, 1.0, 1.0)),
}
"""The conventions of the field. torchvision: torchvision/transforms/_presets.py, times 255; caffe: the
mean pixel of ImageNet that Caffe's and Keras' VGG and ResNet are given, in R, G, B."""

RAW = "raw pixels"
"""The range of an integer input whose quantization does not tell what its integers stand for."""

_SAME = 0.03
"""Part of the range by which two normalizations may differ and be one: (127, 128) is (127.5, 127.5)."""


@dataclass(frozen=True, slots=True)
class InputConvention:
    """How a model's pixels are prepared, and how that is known. `source` speaks of range and channels."""

    source: InputSource
    range: str
    """A name of `RANGES`, or the arithmetic."""
    channels: ChannelOrder
    resize: str
    """Crop and filter: a name of `--resize`, or their parts."""
    told_by: str
    """Who declares it, what proves it, or why nothing does."""
    conflict: str | None = None
    """What else the file says, where two sources contradict each other; a sentence."""
    resize_source: InputSource = InputSource.ASSUMED
    """No file shows its crop and filter: they are declared or assumed."""
    form: str | None = None
    """How the tensor differs from TFLite's own [1, height, width, 3]: grey, channels first, an open size."""
    form_assumed: tuple[str, ...] = ()
    """What of its form the file does not tell and is taken to be so; a clause about `its input` each."""

    def __str__(self) -> str:
        form = f"{self.form}, " if self.form else ""
        values = f"{form}{self.values}, {self.source}: {self.told_by}"
        return f"{values}; crop and filter {self.resize}, {self.resize_source}"

    @property
    def values(self) -> str:
        """Range, and order of channels where there are several."""
        return self.range if "grey" in (self.form or "") else f"{self.range} {self.channels}"


@dataclass(frozen=True, slots=True)
class InputTold:
    """What the command line says of the input; None: nothing."""

    range: str | None = None
    """A key of `RANGES`."""
    channels: ChannelOrder | None = None
    resize: str | None = None
    """A name of `harness.zoo.input_convention.RESIZES`."""


def range_words(mean: tuple[float, ...], std: tuple[float, ...]) -> str:
    """The name of a normalization, else its arithmetic."""
    for name, known in RANGES.items():
        if same_values((mean, std), known):
            return name
    return f"(pixel - {_numbers(mean)}) / {_numbers(std)}"


def same_values(one: Normalization, other: Normalization) -> bool:
    """Whether both make about the same values of every pixel."""
    pairs = zip(_ends(one), _ends(other), strict=True)
    return all(
        abs(a - b) <= _SAME * (high - low)
        for (low, high), (other_low, other_high) in pairs
        for a, b in ((low, other_low), (high, other_high))
    )


def spread(values: Normalization) -> Normalization:
    """The same with one value made as many as the other side has."""
    channels = max(len(each) for each in values)
    mean, std = (each * channels if len(each) == 1 else each for each in values)
    return mean, std


def _ends(values: Normalization) -> list[tuple[float, float]]:
    """What pixels of 0 and 255 become, for three channels."""
    mean, std = (each * 3 if len(each) == 1 else each for each in values)
    return [((0 - m) / s, (255 - m) / s) for m, s in zip(mean, std, strict=True)]


def _numbers(values: tuple[float, ...]) -> str:
    if len(set(values)) == 1:
        return f"{values[0]:g}"
    return "(" + ", ".join(f"{value:g}" for value in values) + ")"
