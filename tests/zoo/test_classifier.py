from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.records.model import ModelFacts, TensorFacts
from harness.records.vocabulary import Quantization
from harness.zoo.classifier import classifier_problem
from harness.zoo.inspect import inspect_model

IMAGE = (1, 224, 224, 3)


def facts(
    inputs: Sequence[tuple[int, ...]] = (IMAGE,),
    outputs: Sequence[tuple[int, ...]] = ((1, 10),),
    *,
    dtype: str = "float32",
    head: str | None = "SOFTMAX",
    labels: tuple[str, ...] | None = None,
) -> ModelFacts:
    return ModelFacts(
        sha256="0" * 64,
        size_bytes=1,
        inputs=tuple(TensorFacts("x", shape, dtype) for shape in inputs),
        outputs=tuple(TensorFacts("y", shape, "float32") for shape in outputs),
        quantization=Quantization.FLOAT32,
        operators=(),
        custom_operators=(),
        macs=None,
        parameters=0,
        labels=labels,
        head=head,
    )


@pytest.mark.parametrize("dtype", ["float32", "uint8", "int8"])
@pytest.mark.parametrize("batch", [1, -1])
def test_one_colour_image_in_and_one_row_of_scores_out_is_a_classifier(dtype: str, batch: int):
    assert classifier_problem(facts([(batch, 96, 64, 3)], [(batch, 7)], dtype=dtype)) is None


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        ((1, 784), "no image"),
        ((1, 28, 28, 4), "neither one channel (grey) nor three (colour)"),
        ((1, -1, -1, -1), "neither one channel (grey) nor three (colour)"),
        ((8, 224, 224, 3), "8 images at once"),
        ((1, 0, 224, 3), "no pixel"),
        ((), "no image"),
    ],
)
def test_another_input_is_refused_with_the_reason(shape: tuple[int, ...], reason: str):
    assert reason in str(classifier_problem(facts([shape])))


@pytest.mark.parametrize(
    "shape",
    [IMAGE, (1, 3, 224, 224), (1, 28, 28, 1), (-1, 1, 28, 28), (1, 28, 28), (1, -1, -1, 3), (-1, 3, -1, -1)],
)
def test_pictures_in_other_forms_are_taken(shape: tuple[int, ...]):
    assert classifier_problem(facts([shape])) is None


@pytest.mark.parametrize("shape", [(10,), (1, 1, 1, 10), (-1, 10, 1, 1), (1, 1, 10), (1, -1)])
def test_a_row_of_scores_may_have_axes_of_one(shape: tuple[int, ...]):
    assert classifier_problem(facts(outputs=[shape])) is None


@pytest.mark.parametrize("shape", [(1, 7, 7, 10), (4, 10), (1, 1), (1, 0), ()])
def test_another_output_is_refused(shape: tuple[int, ...]):
    assert "output" in str(classifier_problem(facts(outputs=[shape])))


def test_more_or_fewer_tensors_are_refused():
    assert "2 outputs" in str(classifier_problem(facts(outputs=[(1, 10), (1, 10)], head=None)))
    assert "2 inputs" in str(classifier_problem(facts([IMAGE, IMAGE])))
    assert "0 inputs" in str(classifier_problem(facts([])))


def test_other_types_are_refused():
    assert "int32" in str(classifier_problem(facts(dtype="int32")))


@pytest.mark.parametrize("head", ["SOFTMAX", "LOGISTIC", "FULLY_CONNECTED", "CONV_2D", None])
def test_scores_and_logits_are_scored(head: str | None):
    assert classifier_problem(facts(outputs=[(1, 1280)], head=head)) is None


@pytest.mark.parametrize("head", ["AVERAGE_POOL_2D", "MEAN", "RELU6"])
def test_a_feature_vector_is_no_row_of_scores(head: str):
    assert "feature vector" in str(classifier_problem(facts(outputs=[(1, 1280)], head=head)))


@pytest.mark.parametrize("size", [1000, 1001])
def test_pooled_scores_of_imagenets_size_are_forgiven(size: int):
    assert classifier_problem(facts(outputs=[(1, size)], head="AVERAGE_POOL_2D")) is None


def test_pooled_scores_with_embedded_names_are_forgiven():
    assert classifier_problem(facts(outputs=[(1, 2)], head="MEAN", labels=("cat", "dog"))) is None


def test_a_normalised_vector_is_never_forgiven():
    assert "length 1" in str(classifier_problem(facts(outputs=[(1, 1000)], head="L2_NORMALIZATION")))


def test_every_real_classifier_is_one(assets: Path):
    for file in sorted((assets / "models").glob("*.tflite")):
        assert classifier_problem(inspect_model(file)) is None, file.name


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("embedder_not_a_classifier", "feature vector"),
        ("input_1x784", "1, 784"),
        ("fails_at_invoke", "no image"),
    ],
)
def test_real_models_that_are_none_are_told_why(assets: Path, name: str, reason: str):
    assert reason in str(classifier_problem(inspect_model(assets / "odd_models" / f"{name}.tflite")))
