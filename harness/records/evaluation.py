"""An evaluation: accuracy of one model, on one runtime and delegate, on one data set."""

from __future__ import annotations

from dataclasses import dataclass

from harness.records.input_convention import InputConvention
from harness.records.vocabulary import ChannelOrder, ClassOrder, Delegate, Runtime, Status

__all__ = ["DatasetFacts", "Evaluation", "OtherInput", "OutputDifference", "Prediction"]


@dataclass(frozen=True, slots=True)
class DatasetFacts:
    """Which images were used. `fingerprint` is the sha256 over names, labels and file digests or sizes."""

    name: str
    root: str
    images: int
    classes: int
    fingerprint: str
    subset: int | None = None
    seed: int | None = None
    caveat: str | None = None
    """What the set is good for and whether it is easier or harder than the full one."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """The five best classes of one image, best first; ties go to the lower index.

    `indices` are those of the model's output; `label` is the expected output
    index; scores are dequantized.
    """

    image: str
    label: int
    indices: tuple[int, ...]
    scores: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class OutputDifference:
    """How far the outputs of a delegate lie from those of the CPU on the same device and images.

    Differences are absolute, of dequantized scores, over all classes. A tool that
    keeps no outputs tells only whether both were right equally often.
    """

    reference: Delegate
    images: int
    largest: float | None
    mean: float | None
    top1_agreement: float | None
    """Share of images with the same best class."""
    identical: bool
    """Equal to the last bit: then nothing proves that the delegate ran."""


@dataclass(frozen=True, slots=True)
class OtherInput:
    """A way of feeding the model that was certainly better than the one in use, on a few of the images."""

    range: str
    channels: ChannelOrder
    images: int
    top1: float
    """Share right when it is fed so."""
    top1_in_use: float
    low: float
    """Ends of the interval of the difference, paired, with the error shared among all ways tried."""
    high: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Counts over all images that could be decoded; rates are derived, never stored."""

    model: str
    sha256: str
    runtime: Runtime
    runtime_version: str | None
    delegate: Delegate
    delegate_actual: Delegate | None
    dataset: str
    dataset_fingerprint: str
    status: Status
    reason: str | None
    images: int
    top1_correct: int
    top5_correct: int
    preprocess: str
    """The arithmetic in words, with the input's dtype and size."""
    label_offset: int | None = None
    """Output index of class 0 where the outputs follow the classes from there."""
    class_order: ClassOrder | None = None
    """None in records of before this was kept, and where the model was never mapped."""
    class_words: str | None = None
    """The class order in one phrase: which classes stand for which outputs, and why."""
    excluded: tuple[tuple[str, str], ...] = ()
    """Images left out and why."""
    duration_s: float | None = None
    device: str | None = None
    """The phone it ran on; None: this computer."""
    difference: OutputDifference | None = None
    """From the CPU's outputs; None for the CPU itself, and where they are not comparable."""
    input_convention: InputConvention | None = None
    """How it is known that `preprocess` is right; None in runs of before this was kept."""
    other_input: OtherInput | None = None
    """Looked for where the input is assumed or contradicted; the figures stay those of the one in use."""
    outputs: int | None = None
    """How many classes the model tells apart: with five or fewer, Top-5 says nothing."""
    schema: int = 1
