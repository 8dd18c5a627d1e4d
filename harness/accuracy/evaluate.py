"""Top-1 and Top-5 of many models on one data set, in child processes that may crash.

All models of one runtime share a child: an image is decoded once and resized
once a geometry. When a child dies or falls silent, what it has sent is kept; the
models (and images) it was busy with run again in a child of their own, so that
the guilty one is known, and the others go on together.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata

import numpy as np
import psutil

from harness.accuracy.checkpoint import Checkpoints, NoCheckpoints
from harness.accuracy.child import Child, ChildDied, ChildSilent
from harness.accuracy.dataset import Dataset
from harness.accuracy.job import Activity, Job, Message, ModelJob, unpack_array
from harness.accuracy.ledger import Ledger
from harness.devices.kernel_file import ask_system
from harness.errors import MissingExtraError, ModelError
from harness.records.evaluation import Evaluation, Prediction
from harness.records.model import Model
from harness.records.run import EvaluationTask
from harness.records.vocabulary import Delegate, Runtime, Status
from harness.zoo.score_form import ScoreForm, score_form

__all__ = ["EvaluationResult", "evaluate"]

EvaluationResult = tuple[Evaluation, tuple[Prediction, ...]]

SILENCE_S = 300.0
"""A child that sends nothing for so long hangs: a chunk of images takes the slowest models seconds."""

CHECKPOINT_EVERY_S = 5.0
"""What an interruption costs at most. Saving 50,000 images of twelve models took 0.1 s here."""

_PACKAGES = {Runtime.LITERT: "ai-edge-litert", Runtime.TFLITE_RUNTIME: "tflite-runtime"}

_MEMORY_SHARE = 0.5
"""Part of the available memory that interpreters may take."""

_LITTLE_BYTES = 2_000_000_000
"""What is taken to be available where the system does not tell."""

_INTERPRETER_BYTES = 24 << 20
"""Arena and code of one interpreter, above its weights. MobileNets at 224 take 5 to 15 MiB."""

_WEIGHT_COPIES = 3
"""The file, XNNPACK's packed copy of it, and room for dequantized weights."""


def evaluate(
    tasks: Sequence[EvaluationTask],
    dataset: Dataset,
    models: Mapping[str, Model],
    *,
    cores: int = 1,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
    timeout_s: float = SILENCE_S,
    checkpoints: Checkpoints | None = None,
    checkpoint_every_s: float = CHECKPOINT_EVERY_S,
) -> Iterator[EvaluationResult]:
    """Evaluate every task on the data set; yields one result a task, in the order given within a runtime.

    `models` holds the model of every task by name, `cores` is the number of
    threads that decode and infer. `on_progress` is told how many images all
    tasks have done, and how many there are. `timeout_s` is the longest silence.
    What `checkpoints` kept of an interrupted call is not run again.

    A model that cannot be scored, fails, crashes or hangs yields a result with
    that status and a reason; it does not disturb the others. Images that cannot
    be decoded are left out for all models and listed in `excluded`. Raises
    MissingExtraError for a runtime that is not installed.
    """
    _check_installed(tasks)
    total = len(dataset.items)
    run = _Run(
        dataset,
        cores,
        timeout_s,
        on_progress,
        open_pairs=len(tasks) * total,
        tasks=len(tasks),
        checkpoints=checkpoints or NoCheckpoints(),
        checkpoint_every_s=checkpoint_every_s,
    )
    for batch in _batches(tasks, models, cores):
        ledgers = [Ledger(task, models[task.model], dataset) for task in batch]
        run.restore(ledgers)
        started = time.monotonic()
        run.settle(ledgers)
        duration_s = time.monotonic() - started
        for ledger in ledgers:
            yield ledger.result(
                excluded=run.excluded,
                runtime_version=_version(ledger.task.runtime),
                duration_s=duration_s,
            )


def _check_installed(tasks: Sequence[EvaluationTask]) -> None:
    asked = any(task.runtime is Runtime.TFLITE_RUNTIME for task in tasks)
    if asked and importlib.util.find_spec("tflite_runtime") is None:
        raise MissingExtraError("the runtime tflite-runtime", extra="tflite-runtime")


def _version(runtime: Runtime) -> str | None:
    try:
        return metadata.version(_PACKAGES[runtime]) if runtime in _PACKAGES else None
    except metadata.PackageNotFoundError:
        return None


def _batches(
    tasks: Sequence[EvaluationTask], models: Mapping[str, Model], cores: int
) -> Iterator[list[EvaluationTask]]:
    """Tasks that share a child: one runtime, GPU apart, and together within the memory."""
    kinds: dict[tuple[Runtime, bool], list[EvaluationTask]] = {}
    for task in tasks:
        kinds.setdefault((task.runtime, task.delegate is Delegate.GPU), []).append(task)
    for (_, gpu), same_kind in kinds.items():
        yield from _within_memory(same_kind, models, threads=1 if gpu else cores)


def _within_memory(
    tasks: Sequence[EvaluationTask], models: Mapping[str, Model], *, threads: int
) -> Iterator[list[EvaluationTask]]:
    memory = ask_system(psutil.virtual_memory)
    budget_bytes = _MEMORY_SHARE * (memory.available if memory else _LITTLE_BYTES)
    batch: list[EvaluationTask] = []
    used_bytes = 0
    for task in tasks:
        # A file that is fed in several ways is loaded once.
        paths = {(models[each.model].path, each.delegate) for each in batch}
        again = (models[task.model].path, task.delegate) in paths
        each_bytes = _INTERPRETER_BYTES + _WEIGHT_COPIES * models[task.model].size_bytes
        need_bytes = 0 if again else threads * each_bytes
        if batch and used_bytes + need_bytes > budget_bytes:
            yield batch
            batch, used_bytes = [], 0
        batch.append(task)
        used_bytes += need_bytes
    if batch:
        yield batch


@dataclass(frozen=True)
class _PassEnd:
    """How a child ended, and what its threads were busy with."""

    status: Status | None = None
    """None: it did all of its job."""
    cause: str = ""
    models_at: Sequence[int] = ()
    images_at: Sequence[int] = ()


def _numbers(busy: Sequence[tuple[Activity, int]], *activities: Activity) -> list[int]:
    return sorted({number for activity, number in busy if activity in activities})


def _scores(model: Model) -> ScoreForm | None:
    """None where only the runtime can tell."""
    try:
        return score_form(model.facts) if model.facts is not None else None
    except ModelError:
        return None


def _checkpoint_key(ledger: Ledger) -> str:
    return f"{ledger.key}\0{_version(ledger.task.runtime)}"


@dataclass
class _Run:
    """The state of one call of `evaluate`."""

    dataset: Dataset
    cores: int
    silence_s: float
    on_progress: Callable[[int, int], None]
    open_pairs: int
    """Pairs of task and image that are not decided yet."""
    tasks: int
    checkpoints: Checkpoints
    checkpoint_every_s: float
    excluded: dict[int, str] = field(default_factory=dict)
    saved_at: float = field(default_factory=time.monotonic)

    def restore(self, ledgers: Sequence[Ledger]) -> None:
        """Take over what an interrupted call had learnt."""
        for ledger in ledgers:
            snapshot = self.checkpoints.load(_checkpoint_key(ledger))
            if snapshot is not None:
                ledger.restore(snapshot)
        self._advance(sum(each.seen_count for each in ledgers))

    def _save(self, ledgers: Sequence[Ledger]) -> None:
        if time.monotonic() - self.saved_at < self.checkpoint_every_s:
            return
        for ledger in ledgers:
            if not ledger.settled:
                self.checkpoints.save(_checkpoint_key(ledger), ledger.snapshot())
        self.saved_at = time.monotonic()

    def settle(self, ledgers: Sequence[Ledger]) -> None:
        """Run models until each is complete or has failed by itself."""
        while pending := [each for each in ledgers if not each.settled and self._missing([each])]:
            end = self._pass(pending, self._missing(pending))
            if end.status is None:
                return
            if self._exclude_guilty(end.images_at):
                continue
            if len(pending) == 1:
                self._close(pending[0], end.status, end.cause)
                return
            suspects = [pending[number] for number in end.models_at] or pending
            for suspect in suspects:
                self.settle([suspect])

    def _missing(self, ledgers: Sequence[Ledger]) -> list[int]:
        """Positions of the images that one of the models has not seen."""
        missing = np.logical_or.reduce([each.unseen for each in ledgers])
        missing[list(self.excluded)] = False
        positions: list[int] = np.flatnonzero(missing).tolist()
        return positions

    def _pass(self, ledgers: Sequence[Ledger], positions: Sequence[int]) -> _PassEnd:
        """One child: these models on the images at these positions."""
        with Child(self._job(ledgers, positions), silence_s=self.silence_s) as child:
            try:
                for message in child.messages():
                    self._take(message, ledgers, positions)
            except (ChildDied, ChildSilent) as error:
                busy = child.busy()
                return _PassEnd(
                    status=Status.TIMED_OUT if isinstance(error, ChildSilent) else Status.FAILED,
                    cause=str(error),
                    models_at=_numbers(busy, Activity.LOADING, Activity.RUNNING),
                    images_at=[positions[n] for n in _numbers(busy, Activity.DECODING)],
                )
        return _PassEnd()

    def _take(self, message: Message, ledgers: Sequence[Ledger], positions: Sequence[int]) -> None:
        """Note one message of a child."""
        if "scored" in message:
            self._add(message, ledgers, positions)
            self._save(ledgers)
        elif "excluded" in message:
            self._exclude(positions[message["excluded"]], message["reason"])
        elif "refused" in message:
            self._close(ledgers[message["refused"]], Status(message["status"]), message["reason"])
        else:
            ledgers[message["loaded"]].load(
                outputs=message["outputs"],
                delegate=Delegate(message["delegate"]) if message["delegate"] else None,
                shortfall=message["shortfall"],
                preprocess=message["preprocess"],
            )

    def _add(self, message: Message, ledgers: Sequence[Ledger], positions: Sequence[int]) -> None:
        models, images = message["scored"], [positions[image] for image in message["images"]]
        shape = (len(models), len(images), -1)
        indices = unpack_array(message["indices"], np.int32, shape=shape)
        scores = unpack_array(message["scores"], np.float32, shape=shape)
        self._advance(
            sum(ledgers[n].add(images, *pair) for n, *pair in zip(models, indices, scores, strict=True))
        )

    def _job(self, ledgers: Sequence[Ledger], positions: Sequence[int]) -> Job:
        gpu = any(each.task.delegate is Delegate.GPU for each in ledgers)
        return Job(
            runtime=ledgers[0].task.runtime if ledgers else Runtime.LITERT,
            # A GPU is one device: more instances on it would only wait for one another.
            threads=1 if gpu else max(1, min(self.cores, len(positions))),
            image_root=str(self.dataset.image_root),
            images=tuple(self.dataset.items[position].file for position in positions),
            models=tuple(self._model_job(each) for each in ledgers),
            state_path="",
            exif=self.dataset.exif,
        )

    def _model_job(self, ledger: Ledger) -> ModelJob:
        return ModelJob(
            path=ledger.model.path,
            delegate=ledger.task.delegate,
            preprocess=ledger.model.preprocess,
            scores=_scores(ledger.model),
        )

    def _exclude_guilty(self, images: Sequence[int]) -> bool:
        """Leave out the images whose mere decoding ends a child; tells whether there is one."""
        guilty = False
        for image in images:
            end = self._pass([], [image])
            if end.status is not None:
                self._exclude(image, f"{self.dataset.items[image].file} ends the decoder: {end.cause}")
                guilty = True
        return guilty

    def _exclude(self, image: int, reason: str) -> None:
        if image not in self.excluded:
            self.excluded[image] = reason
            self._advance(self.tasks)

    def _close(self, ledger: Ledger, status: Status, reason: str) -> None:
        if not ledger.settled:
            self._advance(len(self.dataset.items) - ledger.seen_count - len(self.excluded))
            ledger.settle(status, reason)

    def _advance(self, pairs: int) -> None:
        self.open_pairs = max(0, self.open_pairs - pairs)
        total = len(self.dataset.items)
        self.on_progress(total - -(-self.open_pairs // max(1, self.tasks)), total)
