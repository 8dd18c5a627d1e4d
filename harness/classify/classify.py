"""Label pictures with one model: the same decoding, preprocessing and runtime as when it is scored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.accuracy import imagenet
from harness.accuracy.decode import decode_image, orientation_of
from harness.accuracy.preprocess import preprocess_for
from harness.accuracy.runtimes import Session, open_session
from harness.accuracy.topk import dequantize, top_k
from harness.classify.probabilities import Doubt, ScoreKind, doubt_of, kind_of, probabilities
from harness.errors import ImageError, ModelError
from harness.latency.probe import probe_models
from harness.records.model import Model
from harness.records.vocabulary import Delegate, Exif, Runtime
from harness.zoo.label_text import read_labels
from harness.zoo.resolve import problem_error
from harness.zoo.score_form import OneValue, score_form, score_sentences

__all__ = ["Answer", "Classifier", "Guess", "Unreadable", "open_classifier", "turned_sentence"]


_IMAGENET = "ImageNet's class names"


@dataclass(frozen=True, slots=True)
class Guess:
    """One class and its probability; without names the label is `class N`."""

    index: int
    label: str
    probability: float


@dataclass(frozen=True, slots=True)
class Answer:
    """The best classes of one picture, best first. `sum` is over all classes."""

    image: str
    guesses: tuple[Guess, ...]
    doubt: Doubt | None
    sum: float


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A picture that cannot be labelled, and why."""

    image: str
    reason: str


@dataclass(frozen=True, slots=True)
class Classifier:
    """A loaded model. `label_source` says where the class names come from."""

    model: Model
    session: Session
    labels: tuple[str, ...] | None
    label_source: str
    exif: Exif = Exif.APPLY

    def answers(self, images: Sequence[Path], *, top: int) -> Iterator[Answer | Unreadable]:
        """One answer a picture, in order; a picture that cannot be read does not stop the others."""
        for image in images:
            try:
                yield self._answer(image, top)
            except ImageError as error:
                yield Unreadable(str(image), error.message)

    def kind(self, image: Path) -> ScoreKind:
        """What the model's output is, judged with one picture. Raises ImageError."""
        return kind_of(self._scores(image), self._head)

    @property
    def notes(self) -> tuple[str, ...]:
        """How its output is read as scores, where that is not plain."""
        return tuple(score_sentences(self.model.facts)) if self.model.facts else ()

    @property
    def labels_assumed(self) -> bool:
        """Whether nothing says that the names are the model's but their number."""
        return self.label_source.startswith(_IMAGENET)

    @property
    def _head(self) -> str | None:
        if self._one_value is OneValue.PROBABILITY:
            return "SOFTMAX"  # both shares of one probability: they sum to 1 as they are
        return self.model.facts.head if self.model.facts else None

    @property
    def _one_value(self) -> OneValue | None:
        return score_form(self.model.facts).one_value if self.model.facts else None

    def _scores(self, image: Path) -> NDArray[np.float32]:
        tensor = preprocess_for(decode_image(image, self.exif), self.model.preprocess, self.session.input)
        raw = self.session.run(tensor)
        return dequantize(raw, self.session.output.scale, self.session.output.zero_point)

    def _answer(self, image: Path, top: int) -> Answer:
        scores = self._scores(image)
        try:
            shares = probabilities(scores, kind_of(scores, self._head))
        except ValueError as error:
            raise ModelError(f"{self.model.name} on {image}: {error}") from error
        best = top_k(shares[None, :], max(top, 2))[0]
        return Answer(
            image=str(image),
            guesses=tuple(Guess(int(n), self._label(int(n)), float(shares[n])) for n in best[:top]),
            doubt=doubt_of(shares[best], len(shares)),
            sum=float(shares.sum()),
        )

    def _label(self, index: int) -> str:
        return self.labels[index] if self.labels else f"class {index}"


def turned_sentence(images: Sequence[str], exif: Exif) -> list[str]:
    """How many pictures have an orientation in their EXIF data, and what became of it."""
    turned = sum(orientation_of(image) != 1 for image in images)
    if not turned:
        return []
    done = "ignored (--exif ignore)" if exif is Exif.IGNORE else "applied: they were turned upright"
    return [f"{turned} of {len(images)} pictures have an EXIF orientation, which was {done}"]


def open_classifier(model: Model, labels: Path | None = None, exif: Exif = Exif.APPLY) -> Classifier:
    """Load a model to label pictures with.

    Raises ModelError for a file that is broken, no image classifier, or fails when it is
    invoked (which is tried in a process of its own), and for labels that do not fit.
    """
    if model.problem is not None:
        raise problem_error(model)
    if model.no_classifier is not None:
        raise ModelError(f"{model.name} is no image classifier: {model.no_classifier}")
    probe = probe_models([model], runtime=Runtime.LITERT.value, on_model=lambda name: None)[model.name]
    if probe.problem is not None:
        raise ModelError(probe.problem)
    form = score_form(model.facts) if model.facts is not None else None
    session = open_session(model.path, Runtime.LITERT, Delegate.CPU, scores=form, size=model.preprocess.size)
    names, source = _labels(model, labels, session.output.shape[-1])
    return Classifier(model, session, names, source, exif)


def _labels(model: Model, file: Path | None, outputs: int) -> tuple[tuple[str, ...] | None, str]:
    """Those given, else the model's own, else ImageNet's where the number of outputs is its."""
    if file is not None:
        names = read_labels(file)
        if len(names) != outputs:
            raise ModelError(f"{file} names {len(names)} classes, and {model.name} has {outputs} outputs")
        return names, str(file)
    if model.labels is not None and len(model.labels) == outputs:
        return model.labels, "the model's own class names"
    if outputs == imagenet.CLASSES:
        return imagenet.class_names(), f"{_IMAGENET}, because it has 1000 outputs"
    if outputs == imagenet.CLASSES + 1:
        return ("background", *imagenet.class_names()), f"{_IMAGENET}, because it has 1001 outputs"
    return None, "no class names are known; give them with --labels FILE"
