"""What is said of an accuracy whose class order nothing tells."""

from __future__ import annotations

import pytest

from harness.records.evaluation import Evaluation
from harness.records.vocabulary import ClassOrder, Delegate, Runtime, Status
from harness.stats.accuracy_cautions import cautions_for_classes


def scored(order: ClassOrder | None) -> Evaluation:
    return Evaluation(
        model="m",
        sha256="0" * 64,
        runtime=Runtime.LITERT,
        runtime_version="1",
        delegate=Delegate.CPU,
        delegate_actual=Delegate.CPU,
        dataset="set",
        dataset_fingerprint="f",
        status=Status.OK,
        reason=None,
        images=2,
        top1_correct=1,
        top5_correct=1,
        preprocess="",
        class_order=order,
        class_words="cat → 0, dog → 1",
    )


def test_an_assumed_order_is_spelled_out_with_what_to_do():
    (caution,) = cautions_for_classes(scored(ClassOrder.ASSUMED), model_file="a b.tflite")
    assert caution.code == "class-order-assumed"
    assert caution.message == "class order assumed: cat → 0, dog → 1"
    assert caution.next_step == "name its classes: harness zoo add 'a b.tflite' --labels FILE"


@pytest.mark.parametrize("order", [ClassOrder.NAMES, ClassOrder.INDEX, None])
def test_a_known_order_and_an_old_record_raise_no_caution(order: ClassOrder | None):
    assert cautions_for_classes(scored(order), model_file="m") == ()
