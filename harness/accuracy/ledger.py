"""What is known so far of one evaluation: predictions as compact arrays, status, reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from harness.accuracy.checkpoint import Snapshot
from harness.accuracy.class_order import ClassMatch
from harness.accuracy.dataset import Dataset
from harness.accuracy.labels import match_classes
from harness.accuracy.topk import TOP
from harness.errors import ModelError
from harness.records.evaluation import Evaluation, Prediction
from harness.records.model import Model
from harness.records.printable_names import escape_name
from harness.records.run import EvaluationTask
from harness.records.vocabulary import Delegate, Status

__all__ = ["Ledger"]


class Ledger:
    """Collects the answers for one task. Forty bytes an image, whatever the number of models."""

    def __init__(self, task: EvaluationTask, model: Model, dataset: Dataset) -> None:
        self.task = task
        self.model = model
        self.status: Status | None = None
        self.reason: str | None = None
        self.preprocess = ""
        self._dataset = dataset
        self._delegate_actual: Delegate | None = None
        self._outputs = 0
        self._match: ClassMatch | None = None
        self._seen = np.zeros(len(dataset.items), bool)
        self._indices = np.full((len(dataset.items), TOP), -1, np.int32)
        self._scores = np.zeros((len(dataset.items), TOP), np.float32)

    @property
    def settled(self) -> bool:
        """Whether nothing more is to be learnt by running the model."""
        return self.status is not None

    @property
    def seen_count(self) -> int:
        """How many images have a prediction."""
        return int(self._seen.sum())

    @property
    def unseen(self) -> npt.NDArray[np.bool_]:
        """For every image of the data set, whether there is no prediction yet."""
        return ~self._seen

    def load(
        self, *, outputs: int, delegate: Delegate | None, shortfall: str | None, preprocess: str
    ) -> None:
        """Note what the runtime made of the model; settles it where it does not fit the data set."""
        self._outputs = outputs
        self._delegate_actual = delegate
        self.reason = shortfall
        self.preprocess = preprocess
        try:
            self._match = match_classes(self.model, outputs, self._dataset)
        except ModelError as error:
            self.settle(Status.UNSUPPORTED, error.message)

    def add(
        self, images: Sequence[int], indices: npt.NDArray[np.int32], scores: npt.NDArray[np.float32]
    ) -> int:
        """Note predictions, both [images, best classes]; returns how many images are new."""
        positions = np.asarray(images)
        new = int((~self._seen[positions]).sum())
        self._indices[positions, : indices.shape[1]] = indices
        self._scores[positions, : scores.shape[1]] = scores
        self._seen[positions] = True
        return new

    @property
    def key(self) -> str:
        """Names everything the answers depend on, but for the runtime's version."""
        task = self.task
        settings = (task.sha256, task.runtime, task.delegate, self.model.preprocess)
        return "\0".join(map(str, (*settings, self._dataset.fingerprint)))

    def snapshot(self) -> Snapshot:
        """The answers so far."""
        return Snapshot(self._seen.copy(), self._indices.copy(), self._scores.copy())

    def restore(self, snapshot: Snapshot) -> None:
        """Take over answers of a run that was interrupted; those of another number of images are not its own.

        One image is left to be run in any case: only a model that is loaded tells how it
        is fed and where it really runs.
        """
        if snapshot.indices.shape != self._indices.shape:
            return
        self._seen, self._indices, self._scores = snapshot.seen, snapshot.indices, snapshot.scores
        if self._seen.all():
            self._seen[-1] = False

    def settle(self, status: Status, reason: str) -> None:
        """End the evaluation without a result."""
        self.status = status
        self.reason = reason

    def result(
        self, *, excluded: Mapping[int, str], runtime_version: str | None, duration_s: float
    ) -> tuple[Evaluation, tuple[Prediction, ...]]:
        """The records, with the images left out for all models alike."""
        complete = self.status is None
        predictions = self._predictions(excluded) if complete else ()
        status, reason = self._verdict(len(predictions))
        task, dataset = self.task, self._dataset
        evaluation = Evaluation(
            model=task.model,
            sha256=task.sha256,
            runtime=task.runtime,
            runtime_version=runtime_version,
            delegate=task.delegate,
            delegate_actual=self._delegate_actual if complete else None,
            dataset=dataset.name,
            dataset_fingerprint=dataset.fingerprint,
            status=status,
            reason=reason,
            images=len(predictions),
            top1_correct=sum(each.label == each.indices[0] for each in predictions),
            top5_correct=sum(each.label in each.indices for each in predictions),
            preprocess=self.preprocess,
            label_offset=self._match.offset if self._match else None,
            class_order=self._match.order if self._match else None,
            class_words=self._match.words if self._match else None,
            excluded=tuple(
                (escape_name(file), escape_name(reason))
                for file, reason in (*dataset.left_out, *self._excluded_files(excluded))
            ),
            duration_s=duration_s,
            input_convention=self.model.input_convention,
            outputs=self._outputs or None,
        )
        return evaluation, predictions

    def _verdict(self, images: int) -> tuple[Status, str | None]:
        if self.status is not None:
            return self.status, f"{self.model.name}: {self.reason}"
        if images == 0:
            return Status.FAILED, f"{self.model.name}: no image of {self._dataset.name} could be decoded"
        if self.reason is not None:
            return Status.FALLBACK, f"{self.model.name}: {self.reason}"
        return Status.OK, None

    def _excluded_files(self, excluded: Mapping[int, str]) -> list[tuple[str, str]]:
        return [(self._dataset.items[image].file, excluded[image]) for image in sorted(excluded)]

    def _predictions(self, excluded: Mapping[int, str]) -> tuple[Prediction, ...]:
        if self._match is None:
            return ()
        width, outputs = min(TOP, self._outputs), self._match.outputs
        return tuple(
            Prediction(
                image=item.file,
                label=outputs[item.label],
                indices=tuple(self._indices[number, :width].tolist()),
                scores=tuple(self._scores[number, :width].tolist()),
            )
            for number, item in enumerate(self._dataset.items)
            if self._seen[number] and number not in excluded
        )
