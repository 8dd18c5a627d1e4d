"""Score one model on a phone with several delegates, image by image, and compare each with the CPU.

Every batch of images is brought once and run with all delegates, so that their
raw outputs can be compared while they are at hand.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from harness.accuracy.dataset import Dataset
from harness.accuracy.ledger import Ledger
from harness.accuracy.preprocess import InputSpec, describe_preprocess, input_spec
from harness.accuracy.topk import Scores, dequantize, scores_facts, top_k, two_classes
from harness.adb.errors import CommandTimeout, TransferFailed
from harness.latency.benchmark_model.flags import InputFile, UnknownFlagError, command_line
from harness.latency.benchmark_model.parse import parse_log
from harness.latency.phone.command import tool_run
from harness.latency.phone.launcher import PhoneLauncher
from harness.latency.phone.numbered_logs import split_logs
from harness.latency.phone.room import Room
from harness.latency.phone.tool import ToolFailure
from harness.phone_accuracy.batches import Batch, batches
from harness.phone_accuracy.outputs import DifferenceSum, output_bytes, scores_of
from harness.phone_accuracy.script import (
    ANSWERS,
    INPUT,
    LOGS,
    OUTPUT,
    OUTPUTS,
    ImageEnd,
    batch_script,
    read_answers,
)
from harness.records.evaluation import Evaluation, Prediction
from harness.records.model import Model, TensorFacts
from harness.records.run import EvaluationTask
from harness.records.vocabulary import Delegate, Status
from harness.zoo.score_form import ScoreForm, score_form

__all__ = ["evaluate_on_phone"]

_IMAGE_S = 30.0
"""The longest one image may take: a GPU compiles its kernels anew for each."""

_POLL_S = 0.5
_CPU = (Delegate.CPU, Delegate.CPU_BUILTIN)


class _Unscored(Exception):
    """A delegate that cannot be scored, with the status that gives it."""

    def __init__(self, status: Status, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(slots=True)
class _Runner:
    """One delegate of one model."""

    task: EvaluationTask
    ledger: Ledger
    threads: int
    log: Path
    difference: DifferenceSum | None
    seconds: float = 0.0


@dataclass(slots=True)
class _Phone:
    """Where the batches of a model run."""

    launcher: PhoneLauncher
    model: Model
    dataset: Dataset
    excluded: dict[int, str] = field(default_factory=dict)

    @property
    def input(self) -> TensorFacts:
        assert self.model.facts is not None
        return self.model.facts.inputs[0]

    @property
    def spec(self) -> InputSpec:
        return input_spec(self.model.preprocess, self.input)

    @property
    def output(self) -> TensorFacts:
        assert self.model.facts is not None
        return self.model.facts.outputs[self.form.index]

    @property
    def form(self) -> ScoreForm:
        assert self.model.facts is not None
        return score_form(self.model.facts)

    @property
    def values(self) -> int:
        """How many numbers the raw output holds."""
        return 1 if self.form.one_value is not None else self.form.classes


def evaluate_on_phone(
    tasks: Sequence[EvaluationTask],
    dataset: Dataset,
    model: Model,
    launcher: PhoneLauncher,
    *,
    threads: int,
    log_path: Callable[[str], Path],
    on_images: Callable[[int], None] = lambda count: None,
) -> Iterator[tuple[Evaluation, tuple[Prediction, ...]]]:
    """Evaluate `model` with the delegate of every task; the CPU's outputs are the reference where it is one.

    `on_images` is told how many more pairs of image and delegate are decided. A
    delegate that fails, or does not run, has that status; it does not disturb the
    others. Raises PhoneNotReady where the phone is gone for good.
    """
    ordered = sorted(tasks, key=lambda task: task.delegate not in _CPU)
    reference = next((task.delegate for task in ordered if task.delegate in _CPU), None)
    runners = [
        _Runner(
            task,
            Ledger(task, model, dataset),
            threads,
            log_path(f"{model.name}.{task.device}.{task.delegate}.accuracy.log"),
            DifferenceSum(reference) if reference is not None and task.delegate is not reference else None,
        )
        for task in ordered
    ]
    phone = _Phone(launcher, model, dataset)
    for batch in batches(dataset, model, phone.excluded):
        launcher.patiently(lambda batch=batch: _run_batch(phone, runners, batch))  # type: ignore[misc]
        on_images(len(batch.positions) * len(runners))
    for runner in runners:
        yield _result(phone, runner)


def _result(phone: _Phone, runner: _Runner) -> tuple[Evaluation, tuple[Prediction, ...]]:
    tool = phone.launcher.installed
    evaluation, predictions = runner.ledger.result(
        excluded=phone.excluded,
        runtime_version=tool.version if tool else None,
        duration_s=runner.seconds,
    )
    difference = runner.difference.result() if runner.difference and predictions else None
    return replace(evaluation, device=runner.task.device, difference=difference), predictions


def _run_batch(phone: _Phone, runners: Sequence[_Runner], batch: Batch) -> None:
    """One batch with all delegates. Safe to be begun anew: predictions are replaced by equal ones."""
    reference: Scores | None = None
    with Room(phone.launcher.phone.connection, phone.launcher.phone.folder.path) as room:
        remote = room.bring(batch.content, "batch.raw")
        for runner in runners:
            if runner.ledger.settled:
                continue
            clock = time.monotonic()
            try:
                scores = _scores(phone, runner, batch, room, remote)
            except _Unscored as error:
                runner.ledger.settle(error.status, str(error))
                continue
            finally:
                runner.seconds += time.monotonic() - clock
            if runner.difference is None:
                reference = scores
            elif reference is not None:
                runner.difference.add(scores, reference, phone.output)


def _scores(phone: _Phone, runner: _Runner, batch: Batch, room: Room, remote: str) -> Scores:
    """Raw outputs [images, classes] of a batch, noted in the ledger. Raises _Unscored."""
    images = len(batch.positions)
    assert phone.model.facts is not None
    if len(phone.model.facts.outputs) > 1:
        raise _Unscored(
            Status.UNSUPPORTED, "it has several outputs, which the tool writes without telling them apart"
        )
    try:
        script = batch_script(
            _command(phone, runner, room),
            folder=room.path,
            batch=remote,
            images=images,
            input_bytes=batch.input_bytes,
        )
        room.run(script, timeout_s=_IMAGE_S * images, poll_s=_POLL_S)
    except UnknownFlagError as error:
        raise _Unscored(Status.UNSUPPORTED, error.message) from error
    except CommandTimeout as error:
        raise _Unscored(Status.TIMED_OUT, error.message) from error
    except (ToolFailure, TransferFailed) as error:
        raise _Unscored(Status.FAILED, error.message) from error
    logs = split_logs(room.text(LOGS))
    runner.log.write_text(logs.get(min(logs, default=0), ""), encoding="utf-8", errors="replace")
    ends = read_answers(room.text(ANSWERS))
    _judge(phone, runner, ends, logs, images)
    try:
        scores = scores_of(room.content(OUTPUTS), phone.output, images)
        _note(runner, batch, scores, phone)
    except ValueError as error:
        raise _Unscored(Status.FAILED, str(error)) from error
    return scores


def _command(phone: _Phone, runner: _Runner, room: Room) -> tuple[str, ...]:
    """One invoke without warm-up, fed from and written to files."""
    launcher, tensor = phone.launcher, phone.input
    tool = launcher.tool()
    graph = launcher.bring(Path(phone.model.path), digest=phone.model.sha256)
    run = replace(
        tool_run(
            runner.task.delegate,
            runner.threads,
            launcher.options,
            graph=graph,
            cpus=launcher.held_to(runner.threads),
        ),
        runs=1,
        min_s=0.0,
        warmup_runs=0,
        warmup_min_s=0.0,
        input_files=(InputFile(tensor.name, phone.spec.shape, f"{room.path}/{INPUT}"),),
        output_file=f"{room.path}/{OUTPUT}",
    )
    return command_line(tool.path, run, tool.help).arguments


def _judge(
    phone: _Phone, runner: _Runner, ends: Sequence[ImageEnd], logs: dict[int, str], images: int
) -> None:
    """What every image's own log proves. Raises _Unscored for one that failed."""
    shortfall: str | None = None
    actual: Delegate | None = None
    wanted = output_bytes(phone.output, phone.values)
    for end in ends:
        judged = parse_log(logs.get(end.position, ""), exit_status=end.exit_code).judgement
        if judged.status not in (Status.OK, Status.FALLBACK):
            raise _Unscored(judged.status, f"image {end.position + 1} of a batch: {judged.reason}")
        if end.output_bytes != wanted:
            raise _Unscored(
                Status.FAILED,
                f"the tool wrote an output of {end.output_bytes} bytes, the model has {wanted}",
            )
        shortfall = shortfall or (judged.reason if judged.status is Status.FALLBACK else None)
        actual = judged.actual if shortfall is None or actual is None else actual
    if len(ends) != images:
        raise _Unscored(Status.FAILED, f"only {len(ends)} of {images} images of a batch were run")
    ledger = runner.ledger
    ledger.load(
        outputs=phone.form.classes,
        delegate=actual,
        shortfall=shortfall or ledger.reason,
        preprocess=describe_preprocess(phone.spec),
    )
    if ledger.settled:
        raise _Unscored(ledger.status or Status.UNSUPPORTED, ledger.reason or "it does not fit the data set")


def _note(runner: _Runner, batch: Batch, scores: Scores, phone: _Phone) -> None:
    output, kind = phone.output, phone.form.one_value
    if kind is not None:
        scores, output = two_classes(scores[:, 0], output, kind), scores_facts(output, kind)
    best = top_k(scores)
    real = dequantize(np.take_along_axis(scores, best, axis=1), output.scale, output.zero_point)
    runner.ledger.add(batch.positions, best.astype(np.int32), real)
