"""Classifiers in other forms than TFLite's own get the same answers, from the file to the result."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from harness.accuracy.datasets import load_dataset
from harness.accuracy.evaluate import evaluate
from harness.accuracy.labels import form_sentences
from harness.accuracy.preprocess import in_grey, preprocess_for
from harness.accuracy.topk import two_classes
from harness.records.model import Model, Preprocess, TensorFacts
from harness.records.run import EvaluationTask
from harness.records.vocabulary import Delegate, Runtime, Status
from harness.zoo.registry import load_zoo
from harness.zoo.resolve import resolve_models
from harness.zoo.score_form import OneValue
from tests.accuracy.pictures import COLOURS, colour_set, write
from tests.accuracy.tiny_models import CODES, form_model

FORMS = {
    "channels first": {"shape": (1, 3, 8, 8), "axes": (2, 3)},
    "channels first, open batch": {"shape": (1, 3, 8, 8), "axes": (2, 3), "signature": (-1, 3, 8, 8)},
    "open size": {"shape": (1, 1, 1, 3), "signature": (-1, -1, -1, 3)},
    "channels first, open size": {"shape": (1, 3, 1, 1), "axes": (2, 3), "signature": (1, 3, -1, -1)},
    "scores [1, 1, 1, N]": {"scores": (1, 1, 1, 3)},
    "scores [1, N, 1, 1]": {"scores": (1, 3, 1, 1), "head": CODES.LOGISTIC},
    "scores [N]": {"scores": (3,), "head": CODES.LOGISTIC},
    "int16": {"int16": True},
    "an output of features first": {"features": True},
}


def model(path: Path) -> Model:
    [found] = resolve_models([str(path)], load_zoo())
    assert (found.problem, found.no_classifier) == (None, None)
    return found


def correct(found: Model, root: Path) -> tuple[Status, int, int]:
    task = EvaluationTask(found.name, found.sha256, "local", Runtime.LITERT, Delegate.CPU, root.name)
    [(evaluation, _)] = evaluate([task], load_dataset(str(root)), {found.name: found})
    return evaluation.status, evaluation.images, evaluation.top1_correct


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    root = tmp_path / "colours"
    colour_set(root, {f"{colour}{n}.png": colour for colour in COLOURS for n in range(3)})
    write(root / "labels.txt", "red\ngreen\nblue\n")
    return root


@pytest.mark.parametrize("fields", FORMS.values(), ids=FORMS)
def test_every_form_is_scored(tmp_path: Path, photos: Path, fields: dict[str, object]):
    found = model(form_model(tmp_path / "m.tflite", **fields))  # type: ignore[arg-type]
    assert correct(found, photos) == (Status.OK, 9, 9)


@pytest.fixture
def shades(tmp_path: Path) -> Path:
    """Two classes by folder name: 0 dark, 1 light."""
    root = tmp_path / "shades"
    for name, level in {"dark": 40, "light": 210}.items():
        (root / name).mkdir(parents=True)
        for number in range(3):
            Image.new("RGB", (20, 24), (level, level + number, level)).save(root / name / f"{number}.png")
    return root


GREY = {
    "last": {"shape": (1, 8, 8, 1)},
    "first": {"shape": (1, 1, 8, 8), "axes": (2, 3)},
    "none": {"shape": (1, 8, 8)},
}


@pytest.mark.parametrize("head", [CODES.LOGISTIC], ids=["sigmoid"])
@pytest.mark.parametrize("fields", GREY.values(), ids=GREY)
def test_one_sigmoid_on_grey_pictures_is_two_classes(
    tmp_path: Path, shades: Path, fields: dict[str, object], head: int
):
    found = model(form_model(tmp_path / "m.tflite", scores=(1, 1), head=head, **fields))  # type: ignore[arg-type]
    assert correct(found, shades) == (Status.OK, 6, 6)


def test_which_class_is_the_high_one_is_known_by_names_or_said_to_be_assumed(tmp_path: Path, shades: Path):
    found = model(form_model(tmp_path / "m.tflite", shape=(1, 8, 8, 1), scores=(1, 1), head=CODES.LOGISTIC))
    said = form_sentences(found, load_dataset(str(shades)))
    assert "class 1 is 'light' of shades, assumed from their order" in said[-1]
    named = replace(found, labels=("dark", "light"))
    said = form_sentences(named, load_dataset(str(shades)))
    assert "class 1 is 'light' of shades, known by names" in said[-1]


def test_a_tie_at_the_threshold_goes_to_class_0():
    values, output = np.array([0.25, 0.5, 0.75], np.float32), TensorFacts("y", (1, 1), "float32")
    assert two_classes(values, output, OneValue.PROBABILITY).argmax(axis=1).tolist() == [0, 0, 1]
    logits = np.array([-1e-20, 0, 1e-20], np.float32)
    assert two_classes(logits, output, OneValue.LOGIT).argmax(axis=1).tolist() == [0, 0, 1]


def test_a_logit_becomes_the_probability_of_its_logistic_function():
    pair = two_classes(np.array([1.5], np.float32), TensorFacts("y", (1, 1), "float32"), OneValue.LOGIT)[0]
    softmax = np.exp(pair) / np.exp(pair).sum()
    assert softmax[1] == pytest.approx(1 / (1 + np.exp(-1.5)), rel=1e-6)


def test_an_8_bit_probability_is_read_by_its_scale():
    output = TensorFacts("y", (1, 1), "int8", 1 / 256, -128)
    assert two_classes(np.array([0, 1], np.int8), output, OneValue.PROBABILITY).argmax(axis=1).tolist() == [
        0,
        1,
    ]


def test_grey_is_pillows_mode_l():
    pixels = np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8)
    expected = np.asarray(Image.fromarray(pixels).convert("L"))
    assert np.array_equal(in_grey(pixels), np.repeat(expected[:, :, np.newaxis], 3, axis=2))


def test_channels_first_are_the_same_values_moved():
    pixels = np.random.default_rng(2).integers(0, 256, (40, 50, 3), np.uint8)
    last, first = ((1, 8, 8, 3), (1, 3, 8, 8))
    preprocess = Preprocess(mean=(1.0, 2.0, 3.0), std=(4.0, 5.0, 6.0))
    of_last, of_first = (
        preprocess_for(pixels, preprocess, TensorFacts("x", shape, "float32")) for shape in (last, first)
    )
    assert np.array_equal(of_last.transpose(0, 3, 1, 2), of_first)


def test_a_grey_input_is_the_luma_of_the_picture():
    pixels = np.full((8, 8, 3), (200, 100, 50), np.uint8)
    luma = Image.fromarray(pixels).convert("L").getpixel((0, 0))
    tensor = preprocess_for(pixels, Preprocess(crop_fraction=1.0), TensorFacts("x", (1, 8, 8, 1), "uint8"))
    assert np.unique(tensor).tolist() == [luma]


def test_real_channels_first_scores_like_its_like(assets: Path):
    found = model(assets / "odd_models" / "channels_first_1x3x224x224.tflite")
    evaluation, images, top1 = correct(found, assets / "imagenet_train_500")
    assert (evaluation, images) == (Status.OK, 500)
    assert top1 / images > 0.6
