"""The ledger: counts come from predictions, exclusions are listed, a failure has no accuracy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.accuracy.dataset import Dataset, Item
from harness.accuracy.ledger import Ledger
from harness.records.evaluation import Evaluation, Prediction
from harness.records.model import Model
from harness.records.run import EvaluationTask
from harness.records.vocabulary import Delegate, Runtime, Status

NAMES = tuple(f"class {number}" for number in range(7))


def ledger(
    *labels: int, left_out: tuple[tuple[str, str], ...] = (), names: tuple[str, ...] = NAMES
) -> Ledger:
    items = tuple(Item(f"{number}.jpg", label, 1) for number, label in enumerate(labels))
    dataset = Dataset("set", Path(), Path(), items, len(NAMES), NAMES, left_out=left_out)
    task = EvaluationTask("m", "0" * 64, "local", Runtime.LITERT, Delegate.CPU, "set")
    return Ledger(task, Model("m", "m.tflite", "0" * 64, 1, labels=names), dataset)


def load(entry: Ledger, *, outputs: int = 7, shortfall: str | None = None) -> None:
    entry.load(outputs=outputs, delegate=Delegate.CPU, shortfall=shortfall, preprocess="words")


def add(entry: Ledger, images: list[int], best: list[list[int]]) -> int:
    indices = np.array(best, np.int32)
    return entry.add(
        images, indices, np.linspace(1, 0, indices.size, dtype=np.float32).reshape(indices.shape)
    )


def result(
    entry: Ledger, excluded: dict[int, str] | None = None
) -> tuple[Evaluation, tuple[Prediction, ...]]:
    return entry.result(excluded=excluded or {}, runtime_version="1", duration_s=2.0)


def test_top1_and_top5_are_counted_from_the_predictions():
    entry = ledger(3, 3, 3)
    load(entry)
    add(entry, [0, 2], [[3, 0, 1, 2, 4], [0, 1, 2, 3, 4]])
    add(entry, [1], [[0, 1, 2, 4, 5]])
    evaluation, predictions = result(entry)
    assert (evaluation.images, evaluation.top1_correct, evaluation.top5_correct) == (3, 1, 2)
    assert evaluation.status is Status.OK
    assert evaluation.label_offset == 0
    assert [each.image for each in predictions] == ["0.jpg", "1.jpg", "2.jpg"]
    assert predictions[1].indices == (0, 1, 2, 4, 5)


def test_a_background_shifts_the_expected_output():
    entry = ledger(3, names=("background", *NAMES))
    load(entry, outputs=8)
    add(entry, [0], [[4, 3, 2, 1, 0]])
    evaluation, predictions = result(entry)
    assert (evaluation.top1_correct, evaluation.label_offset, predictions[0].label) == (1, 1, 4)


def test_an_image_told_twice_counts_once():
    """A model that runs again after a crash may see an image again."""
    entry = ledger(0, 0)
    load(entry)
    assert add(entry, [0], [[0, 1, 2, 3, 4]]) == 1
    assert add(entry, [0, 1], [[0, 1, 2, 3, 4]] * 2) == 1
    assert entry.seen_count == 2
    assert result(entry)[0].images == 2


def test_excluded_images_are_listed_and_not_counted():
    entry = ledger(0, 1, left_out=(("x.jpg", "twice named"),))
    load(entry)
    add(entry, [0, 1], [[0, 1, 2, 3, 4]] * 2)
    evaluation, predictions = result(entry, {1: "1.jpg is empty"})
    assert evaluation.excluded == (("x.jpg", "twice named"), ("1.jpg", "1.jpg is empty"))
    assert evaluation.images == len(predictions) == 1
    assert evaluation.top1_correct == 1


def test_nothing_decoded_is_a_failure_and_no_accuracy_of_zero():
    entry = ledger(0)
    load(entry)
    evaluation, _ = result(entry, {0: "0.jpg is empty"})
    assert evaluation.status is Status.FAILED
    assert evaluation.reason == "m: no image of set could be decoded"


def test_a_failed_model_keeps_no_predictions():
    entry = ledger(0, 1)
    load(entry)
    add(entry, [0], [[0, 1, 2, 3, 4]])
    entry.settle(Status.TIMED_OUT, "it did not answer for 5 s")
    evaluation, predictions = result(entry)
    assert evaluation.status is Status.TIMED_OUT
    assert evaluation.reason == "m: it did not answer for 5 s"
    assert predictions == ()
    assert evaluation.images == evaluation.top1_correct == 0
    assert evaluation.delegate_actual is None


def test_a_shortfall_is_a_fallback_with_its_predictions():
    entry = ledger(0)
    load(entry, shortfall="XNNPACK took no part of the graph")
    add(entry, [0], [[0, 1, 2, 3, 4]])
    evaluation, _ = result(entry)
    assert (evaluation.status, evaluation.images) == (Status.FALLBACK, 1)
    assert "XNNPACK took no part" in (evaluation.reason or "")


@pytest.mark.parametrize("outputs", [6, 9, 1001])
def test_an_output_that_does_not_fit_settles_the_task(outputs: int):
    entry = ledger(0)
    load(entry, outputs=outputs)
    assert entry.settled
    assert result(entry)[0].status is Status.UNSUPPORTED


def test_fewer_classes_than_five_have_no_padding_in_their_predictions():
    entry = ledger(1, names=NAMES[:3])
    load(entry, outputs=3)
    add(entry, [0], [[2, 0, 1]])
    evaluation, predictions = result(entry)
    assert predictions[0].indices == (2, 0, 1)
    assert (evaluation.top1_correct, evaluation.top5_correct) == (0, 1)
