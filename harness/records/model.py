"""A model as the rest of harness sees it: one `.tflite` file and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.records.input_convention import InputConvention
from harness.records.vocabulary import ChannelOrder, Crop, Quantization, Resize

__all__ = [
    "InputProof",
    "Model",
    "ModelFacts",
    "Preprocess",
    "PublishedAccuracy",
    "PublishedLatency",
    "TensorFacts",
]


@dataclass(frozen=True, slots=True)
class TensorFacts:
    """An input or output tensor. `shape` has -1 where a size is open; scale and zero point are per tensor."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    scale: float | None = None
    zero_point: int | None = None


@dataclass(frozen=True, slots=True)
class InputProof:
    """Which values a graph takes, as the file itself shows: (pixel - mean) / std."""

    mean: tuple[float, ...]
    std: tuple[float, ...]
    evidence: str
    """The operators or the quantization that show it, after "its graph begins with" or the like."""
    channels: ChannelOrder | None = None
    """Known where the graph treats each channel in a way of its own."""
    raw: bool = False
    """The integers of the input are the pixels themselves (less 128 for int8)."""


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What a `.tflite` file says of itself, read without running it.

    `macs` counts multiply-accumulates of convolutions and fully connected
    layers for one inference; None where a shape is not known. `parameters`
    counts the elements of constant weight tensors.
    """

    sha256: str
    size_bytes: int
    inputs: tuple[TensorFacts, ...]
    outputs: tuple[TensorFacts, ...]
    quantization: Quantization
    operators: tuple[tuple[str, int], ...]
    """Name and count of every operator type, most frequent first."""
    custom_operators: tuple[str, ...]
    macs: int | None
    parameters: int
    description: str | None = None
    metadata_name: str | None = None
    normalization: tuple[tuple[float, ...], tuple[float, ...]] | None = None
    """Mean and std from the embedded TFLite metadata, on the scale 0..255."""
    labels: tuple[str, ...] | None = None
    """Class names embedded in the file, in the order of the output."""
    head: str | None = None
    """The operator the scores come from; reshapes and changes of type left out."""
    scores_output: int = 0
    """Which output holds the class scores, if any does."""
    input_size: tuple[int, int] | None = None
    """Height and width that the file proposes for an input whose signature leaves them open."""
    notes: tuple[str, ...] = ()
    """What is odd about the file without keeping it from running, one sentence each."""
    input_proof: InputProof | None = None
    exporter_range: tuple[str, str] | None = None
    """A named range, and whose export always takes it."""


@dataclass(frozen=True, slots=True)
class Preprocess:
    """How an image becomes an input tensor.

    With `mean` None the convention of TFLite's evaluation tool holds: uint8
    takes raw pixels, int8 takes pixel - 128, float takes (pixel - 127.5) / 127.5.
    Otherwise (pixel - mean) / std, quantized with the input's own scale and zero
    point where the input is an integer. One value or three (R, G, B, whatever `channels` is).

    With `resize_to` the shorter side is brought to this length, and the middle of
    the input's size is cut out of that; `crop_fraction` then means nothing.
    """

    crop: Crop = Crop.CENTRAL
    crop_fraction: float = 0.875
    resize: Resize = Resize.BILINEAR
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    channels: ChannelOrder = ChannelOrder.RGB
    resize_to: int | None = None
    size: tuple[int, int] | None = None
    """Height and width that an input of open size is given; None: they are assumed."""


@dataclass(frozen=True, slots=True)
class PublishedAccuracy:
    """Accuracy the publisher states, in per cent."""

    top1_percent: float | None
    top5_percent: float | None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class PublishedLatency:
    """A latency the publisher states."""

    device: str
    delegate: str
    threads: int | None
    latency_ms: float
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """One model of a run, resolved to a file.

    `problem` says in one sentence why the file cannot be run at all;
    `no_classifier` why it can be timed but not scored. `label_offset` is the
    output index of class 0 of the data set; None: derived from the output's size.
    """

    name: str
    path: str
    sha256: str
    size_bytes: int
    family: str | None = None
    task: str = "image-classification"
    quantization: Quantization | None = None
    facts: ModelFacts | None = None
    preprocess: Preprocess = field(default_factory=Preprocess)
    labels: tuple[str, ...] | None = None
    label_offset: int | None = None
    dataset: str | None = None
    """Name of the bundled data set this model is scored on by default."""
    published_accuracy: PublishedAccuracy | None = None
    published_latency: tuple[PublishedLatency, ...] = ()
    license: str | None = None
    source: str | None = None
    groups: tuple[str, ...] = ()
    parent: str | None = None
    """Name of the model this one was made from."""
    parent_sha256: str | None = None
    input_convention: InputConvention | None = None
    """How it is known that `preprocess` is right; None in runs of before this was kept."""
    same_file: tuple[str, ...] = ()
    """Other names that were asked for and stand for the same file: measured once, under `name`."""
    problem: str | None = None
    next_step: str | None = None
    """What mends the problem, where that is known."""
    unreachable: bool = False
    """The problem is that no program can fetch the file: its trials are skipped, not failed."""
    no_classifier: str | None = None
