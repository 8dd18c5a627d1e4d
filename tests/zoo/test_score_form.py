"""Which output holds the class scores, and what a single value means."""

from __future__ import annotations

import pytest

from harness.errors import ModelError
from harness.records.model import TensorFacts
from harness.zoo.score_form import OneValue, choose_output, score_form, score_sentences
from tests.zoo.test_classifier import facts

DETECTION = "CUSTOM:TFLite_Detection_PostProcess"


def chosen(*outputs: tuple[tuple[int, ...], str | None]) -> int | None:
    tensors = [TensorFacts("y", shape, "float32") for shape, _ in outputs]
    return choose_output(tensors, [head for _, head in outputs])


def test_the_only_row_of_scores_among_several_outputs_is_taken():
    assert chosen(((1, 7, 7, 320), "CONV_2D"), ((1, 10), "FULLY_CONNECTED")) == 1
    assert chosen(((1, 10), "SOFTMAX"), ((1, 1280), "MEAN")) == 0
    assert chosen(((1, 10), "FULLY_CONNECTED"), ((1, 1), "FULLY_CONNECTED")) == 0


def test_the_one_that_ends_in_a_softmax_is_taken_before_its_logits():
    assert chosen(((1, 10), "FULLY_CONNECTED"), ((1, 10), "SOFTMAX")) == 1


@pytest.mark.parametrize(
    "outputs",
    [
        [((1, 10), "SOFTMAX"), ((1, 2), "SOFTMAX")],
        [((1, 10), "FULLY_CONNECTED"), ((1, 128), "FULLY_CONNECTED")],
        [
            ((1, 10, 4), "CUSTOM:TFLite_Detection_PostProcess"),
            ((1, 10), "CUSTOM:TFLite_Detection_PostProcess"),
        ],
        [((1, 7, 7, 2), "CONV_2D"), ((1, 7, 7, 4), "CONV_2D")],
        [],
    ],
    ids=["two tasks", "logits and embedding", "detection", "two maps", "none"],
)
def test_no_output_is_guessed(outputs: list[tuple[tuple[int, ...], str | None]]):
    assert chosen(*outputs) is None


@pytest.mark.parametrize(
    ("head", "kind"),
    [("LOGISTIC", OneValue.PROBABILITY), ("FULLY_CONNECTED", OneValue.LOGIT), ("CONV_2D", OneValue.LOGIT)],
)
def test_one_value_decides_between_two_classes(head: str, kind: OneValue):
    form = score_form(facts(outputs=[(-1, 1)], head=head))
    assert (form.classes, form.one_value) == (2, kind)


@pytest.mark.parametrize("head", ["SOFTMAX", "TANH", "RELU", None])
def test_one_value_of_another_operator_tells_no_classes(head: str | None):
    with pytest.raises(ModelError, match="one value"):
        score_form(facts(outputs=[(1, 1)], head=head))


def test_a_logit_is_said_to_be_assumed():
    [said] = score_sentences(facts(outputs=[(1, 1)], head="FULLY_CONNECTED"))
    assert "assumed to be the logit" in said
    [said] = score_sentences(facts(outputs=[(1, 1)], head="LOGISTIC"))
    assert "assumed" not in said
    assert score_sentences(facts(outputs=[(1, 10)])) == []
