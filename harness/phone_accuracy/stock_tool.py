"""TensorFlow's own image classification evaluation on a phone, where a binary of it is given.

It takes the JPEG files themselves and preprocesses them on the phone, so it also
covers what the phone does before the model. It keeps no predictions, and some
builds accept `--delegate=gpu` and run on the CPU without a word: what it says of
a delegate is only believed where its figures differ from the CPU's.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from harness.accuracy.class_order import ClassMatch
from harness.accuracy.dataset import Dataset, Item
from harness.accuracy.labels import match_classes
from harness.adb.errors import CommandTimeout, TransferFailed
from harness.adb.quoting import remote_command
from harness.errors import ModelError
from harness.latency.phone.launcher import PhoneLauncher
from harness.latency.phone.room import Room
from harness.latency.phone.tool import refusal
from harness.records.evaluation import Evaluation, OutputDifference
from harness.records.model import Model, ModelFacts
from harness.records.run import EvaluationTask
from harness.records.vocabulary import ChannelOrder, Delegate, Status
from harness.zoo.fetch.cache import digest_of

__all__ = ["StockFigures", "evaluate_with_stock_tool", "read_evaluation_log", "stock_command"]

_IMAGE_S = 10.0
_POLL_S = 1.0
_SUFFIXES = (".jpg", ".jpeg")
_DELEGATES = {Delegate.CPU: "xnnpack", Delegate.CPU_BUILTIN: "", Delegate.GPU: "gpu", Delegate.NNAPI: "nnapi"}
_OF_TOOL = "the evaluation tool's own: central crop of 87.5 %, bilinear, on the phone"

_TOP = re.compile(r"Top-(1|5) Accuracy: ([01](?:\.\d{1,9})?|\d(?:\.\d+)?e-\d+)\s*$", re.MULTILINE)
_RUNS = re.compile(r"Num evaluation runs: (\d{1,9})\s*$", re.MULTILINE)
_ERROR = re.compile(r"^(?:ERROR: |[EF]\d{4} .*\] )(.{1,200})", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class StockFigures:
    """What the tool printed: shares of images, and how many there were."""

    images: int
    top1: float
    top5: float


def read_evaluation_log(text: str) -> StockFigures | str:
    """The figures, or in one sentence why there are none. Pure; never raises."""
    shares = {place: float(value) for place, value in _TOP.findall(text)}
    runs = _RUNS.search(text)
    if runs is not None and {"1", "5"} <= shares.keys() and max(shares.values()) <= 1 and int(runs[1]) > 0:
        return StockFigures(int(runs[1]), shares["1"], shares["5"])
    error = _ERROR.search(text)
    return f"the evaluation tool did not finish: {error[1] if error else 'it printed no Top-1 Accuracy'}"


def stock_command(
    binary: str, task: EvaluationTask, *, model: str, folder: str, threads: int
) -> tuple[str, ...]:
    """The command for one delegate. Pure."""
    delegate = _DELEGATES[task.delegate]
    return (
        binary,
        f"--model_file={model}",
        f"--ground_truth_images_path={folder}/images",
        f"--ground_truth_labels={folder}/truth.txt",
        f"--model_output_labels={folder}/labels.txt",
        f"--num_interpreter_threads={threads}",
        *((f"--delegate={delegate}",) if delegate else ()),
    )


def evaluate_with_stock_tool(
    tasks: Sequence[EvaluationTask],
    dataset: Dataset,
    model: Model,
    launcher: PhoneLauncher,
    binary: Path,
    *,
    threads: int,
) -> Iterator[Evaluation]:
    """One evaluation a task, without predictions. Raises PhoneNotReady where the phone is gone for good."""
    images = [item for item in dataset.items if PurePosixPath(item.file).suffix.lower() in _SUFFIXES]
    ordered = sorted(tasks, key=lambda task: task.delegate is not Delegate.CPU)
    reference: Evaluation | None = None
    for task in ordered:
        clock = time.monotonic()
        figures = launcher.patiently(
            lambda task=task: _figures(task, images, dataset, model, launcher, binary, threads)  # type: ignore[misc]
        )
        found = _evaluation(task, figures, dataset, len(images), digest_of(binary), time.monotonic() - clock)
        found = replace(found, input_convention=model.input_convention)
        if task.delegate is Delegate.CPU and found.status is Status.OK:
            reference = found
        elif reference is not None and found.status is Status.OK:
            found = replace(found, difference=_against(reference, found))
        yield found


def _figures(
    task: EvaluationTask,
    images: Sequence[Item],
    dataset: Dataset,
    model: Model,
    launcher: PhoneLauncher,
    binary: Path,
    threads: int,
) -> StockFigures | str:
    """Bring the images and labels, run the tool, read its log."""
    if (model.preprocess.mean, model.preprocess.channels) != (None, ChannelOrder.RGB):
        return f"the evaluation tool cannot feed {model.input_convention}: leave out --evaluation-binary"
    if model.facts is not None and not _is_tools_own(model.facts):
        return "the evaluation tool takes models of one input [1, height, width, 3] and one output [1, N]"
    if dataset.turned:
        return "the evaluation tool turns no image upright: score with --exif ignore"
    if not images:
        return f"the evaluation tool reads JPEG files only, and {dataset.name} has none"
    outputs = model.facts.outputs[0].shape[-1] if model.facts is not None else 0
    try:
        match = match_classes(model, outputs, dataset)
        tool = launcher.bring(binary, mode=0o755)
        graph = launcher.bring(Path(model.path), digest=model.sha256)
        with Room(launcher.phone.connection, launcher.phone.folder.path) as room:
            _bring_images(room, images, match, outputs, dataset)
            command = stock_command(tool, task, model=graph, folder=room.path, threads=threads)
            script = f"{remote_command(*command)} >{room.path}/log 2>&1"
            code = room.run(script, timeout_s=60 + _IMAGE_S * len(images), poll_s=_POLL_S)
            text = room.text("log")
    except ModelError as error:
        return error.message
    except CommandTimeout as error:
        return error.message
    except TransferFailed as error:
        return error.message
    refused = refusal(binary.name, text, code)
    return refused.message if refused is not None else read_evaluation_log(text)


def _is_tools_own(facts: ModelFacts) -> bool:
    (image, *more), outputs = facts.inputs, facts.outputs
    return (
        not more
        and len(outputs) == 1
        and len(image.shape) == 4
        and image.shape[3] == 3
        and min(image.shape[1:]) > 0
        and len(outputs[0].shape) == 2
        and outputs[0].shape[1] > 1
    )


def _bring_images(
    room: Room, images: Sequence[Item], match: ClassMatch, outputs: int, dataset: Dataset
) -> None:
    """Images named by their place, so that their bytewise order is that of the truth's lines.

    The tool matches labels as text and merges those that are equal, so each class is named by its index.
    """
    room.bring("".join(f"{number}\n" for number in range(outputs)).encode(), "labels.txt")
    room.bring("".join(f"{match.outputs[item.label]}\n" for item in images).encode(), "truth.txt")
    for number, item in enumerate(images):
        room.bring((dataset.image_root / item.file).read_bytes(), f"images/{number:06}.jpg")


def _evaluation(
    task: EvaluationTask,
    figures: StockFigures | str,
    dataset: Dataset,
    images: int,
    digest: str,
    duration_s: float,
) -> Evaluation:
    failed = figures if isinstance(figures, str) else None
    if not isinstance(figures, str) and figures.images != images:
        failed = f"the evaluation tool ran {figures.images} of {images} images"
    told = figures if isinstance(figures, StockFigures) and failed is None else StockFigures(0, 0.0, 0.0)
    return Evaluation(
        model=task.model,
        sha256=task.sha256,
        runtime=task.runtime,
        runtime_version=f"evaluation tool {digest[:12]}",
        delegate=task.delegate,
        # The tool does not say what ran; only the CPU is what it is where nothing else was asked for.
        delegate_actual=task.delegate if task.delegate is Delegate.CPU and failed is None else None,
        dataset=dataset.name,
        dataset_fingerprint=dataset.fingerprint,
        status=Status.OK if failed is None else Status.FAILED,
        reason=f"{task.model}: {failed}" if failed is not None else None,
        images=told.images,
        top1_correct=round(told.top1 * told.images),
        top5_correct=round(told.top5 * told.images),
        preprocess=_OF_TOOL,
        duration_s=duration_s,
        device=task.device,
    )


def _against(reference: Evaluation, found: Evaluation) -> OutputDifference:
    same = (reference.top1_correct, reference.top5_correct) == (found.top1_correct, found.top5_correct)
    return OutputDifference(reference.delegate, found.images, None, None, None, identical=same)
