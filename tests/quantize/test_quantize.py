"""A float model and its smaller forms, made with the real quantizer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.accuracy.dataset import Dataset
from harness.accuracy.datasets import load_dataset
from harness.accuracy.evaluate import evaluate
from harness.errors import DatasetError, ModelError
from harness.quantize.quantize import quantize_model
from harness.quantize.upgrade import upgraded
from harness.quantize.variants import Variant, quantized
from harness.records.input_convention import InputTold
from harness.records.model import Model
from harness.records.run import EvaluationTask
from harness.records.vocabulary import Delegate, InputSource, Quantization, Runtime
from harness.resources import starter_path
from harness.zoo.input_convention import tell_input
from harness.zoo.registry import load_zoo
from harness.zoo.resolve import resolve_models

PARENT = "starter_medium_float32"
FILE = starter_path() / "models" / f"{PARENT}.tflite"


def model(name: str) -> Model:
    (found,) = resolve_models([name], load_zoo())
    return found


@pytest.fixture
def images() -> Dataset:
    return load_dataset("starter-val")


def top1(models: list[Model], dataset: Dataset) -> dict[str, float]:
    tasks = [
        EvaluationTask(each.name, each.sha256, "local", Runtime.LITERT, Delegate.CPU, dataset.name)
        for each in models
    ]
    results = evaluate(tasks, dataset, {each.name: each for each in models}, cores=2)
    return {found.model: found.top1_correct / found.images for found, _ in results}


def test_all_three_forms_are_entered_as_children_and_keep_what_they_learned(images: Dataset):
    added = list(quantize_model(model(PARENT), list(Variant), dataset=images, images=64, seed=0))
    children = [model(each.name) for each in added]
    assert [each.quantization for each in children] == [
        Quantization.FLOAT16,
        Quantization.DYNAMIC,
        Quantization.INT8,
    ]
    assert {(each.parent, each.parent_sha256) for each in children} == {(PARENT, model(PARENT).sha256)}
    assert all(each.size_bytes < 0.65 * FILE.stat().st_size for each in children)
    assert all(each.labels == model(PARENT).labels for each in children)
    scored = top1([model(PARENT), *children], images)
    for child in children:
        assert scored[child.name] > scored[PARENT] - 0.08


def test_an_assumed_input_stays_assumed_in_what_is_made_from_it(images: Dataset, tmp_path: Path):
    own = tmp_path / "own.tflite"
    own.write_bytes(FILE.read_bytes() + bytes(16))
    (parent,) = resolve_models([str(own)], load_zoo())
    for added in quantize_model(parent, list(Variant), dataset=images, images=16, seed=0):
        convention = model(added.name).input_convention
        assert convention is not None
        assert (convention.source, convention.range) == (InputSource.ASSUMED, "-1..1")


def test_calibration_and_the_children_have_the_input_that_is_told(images: Dataset, tmp_path: Path):
    own = tmp_path / "own.tflite"
    own.write_bytes(FILE.read_bytes() + bytes(32))
    (found,) = resolve_models([str(own)], load_zoo())
    parent = tell_input(found, InputTold("0..255"))
    (added,) = quantize_model(parent, [Variant.INT8], dataset=images, images=16, seed=0)
    child = model(added.name)
    assert child.facts is not None
    # A step of a pixel, where it would be 1/127 had it been calibrated with -1..1.
    assert child.facts.inputs[0].scale == pytest.approx(1.0, rel=0.2)
    assert (child.preprocess.mean, child.preprocess.std) == ((0.0,), (1.0,))


def test_the_same_forms_again_are_the_same_entries(images: Dataset):
    first = list(quantize_model(model(PARENT), [Variant.DYNAMIC], dataset=None, images=1, seed=0))
    again = list(quantize_model(model(PARENT), [Variant.DYNAMIC], dataset=None, images=1, seed=0))
    assert (again[0].name, again[0].was_there) == (first[0].name, True)
    folder = first[0].file.parent / "models"
    assert len(list(folder.iterdir())) == 1


def test_int8_without_images_says_what_to_give():
    with pytest.raises(DatasetError, match="int8 needs images") as caught:
        list(quantize_model(model(PARENT), [Variant.INT8], dataset=None, images=8, seed=0))
    assert "--dataset" in str(caught.value.next_step)


def test_what_is_quantized_already_is_refused():
    with pytest.raises(ModelError, match="is int8 already"):
        list(quantize_model(model("starter_small_int8"), [Variant.FLOAT16], dataset=None, images=1, seed=0))


def test_tensors_of_a_wrong_shape_are_refused():
    # The quantizer itself takes them, and makes a model that knows nothing.
    with pytest.raises(ModelError, match="shape"):
        quantized(FILE.read_bytes(), Variant.INT8, [np.zeros((1, 1, 48, 48, 3), np.float32)])


@pytest.mark.parametrize("data", [b"", b"no model at all", FILE.read_bytes()[:2000]])
def test_a_broken_file_is_one_sentence(data: bytes):
    with pytest.raises(ModelError, match="cannot be") as caught:
        quantized(data, Variant.DYNAMIC)
    assert "\n" not in caught.value.message


def test_an_upgraded_file_computes_the_same(tmp_path: Path):
    from ai_edge_litert.interpreter import Interpreter

    image = np.random.default_rng(0).uniform(-1, 1, (1, 48, 48, 3)).astype(np.float32)
    outputs = []
    for content in (FILE.read_bytes(), upgraded(FILE.read_bytes())):
        interpreter = Interpreter(model_content=content, num_threads=1)
        interpreter.allocate_tensors()
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], image)
        interpreter.invoke()
        outputs.append(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))
    np.testing.assert_array_equal(*outputs)


def test_an_old_file_without_signature_is_brought_up_to_date(assets: Path):
    from ai_edge_litert.interpreter import Interpreter

    old = (assets / "models" / "mobilenet_v1_0.25_224.tflite").read_bytes()
    assert not Interpreter(model_content=old).get_signature_list()
    assert "serving_default" in Interpreter(model_content=upgraded(old)).get_signature_list()
    assert len(quantized(old, Variant.FLOAT16)) < 0.6 * len(old)
