"""Which output stands for which class, and when a model and a data set do not belong together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.accuracy import imagenet
from harness.accuracy.dataset import Dataset
from harness.accuracy.labels import class_map, fit_problem
from harness.errors import ModelError
from harness.records.model import Model, ModelFacts, TensorFacts
from harness.records.vocabulary import Quantization

IMAGE = TensorFacts("input", (1, 8, 8, 3), "float32")


def dataset(*names: str, own: bool = True) -> Dataset:
    return Dataset("set", Path(), Path(), (), len(names), tuple(names), own_names=own)


def imagenet_set() -> Dataset:
    return dataset(*imagenet.class_names(), own=False)


def model(**fields) -> Model:
    return Model("m.tflite", "m.tflite", "0" * 64, 1, **fields)


def with_facts(*outputs: TensorFacts, inputs: tuple[TensorFacts, ...] = (IMAGE,)) -> Model:
    facts = ModelFacts("0" * 64, 1, inputs, outputs, Quantization.FLOAT32, (), (), None, 0)
    return model(facts=facts)


def scores(*shape: int) -> TensorFacts:
    return TensorFacts("output", shape, "float32")


def test_equal_numbers_of_classes_start_at_output_0():
    assert class_map(model(), 1000, imagenet_set())[:3] == (0, 1, 2)


def test_one_output_more_is_a_background_in_front():
    assert class_map(model(), 1001, imagenet_set())[:3] == (1, 2, 3)


def test_the_zoos_offset_wins():
    assert class_map(model(label_offset=0), 1001, imagenet_set())[:2] == (0, 1)


@pytest.mark.parametrize("outputs", [999, 1002, 10, 2])
def test_other_numbers_do_not_fit(outputs: int):
    with pytest.raises(ModelError, match=f"it has {outputs} outputs, the data set 1000 classes"):
        class_map(model(), outputs, imagenet_set())


@pytest.mark.parametrize(("outputs", "offset"), [(1000, 1), (1001, 2), (1001, -1)])
def test_an_offset_that_leaves_the_output_is_refused(outputs: int, offset: int):
    with pytest.raises(ModelError, match=f"the label offset cannot be {offset}"):
        class_map(model(label_offset=offset), outputs, imagenet_set())


def test_the_same_names_in_another_order_are_matched_by_name():
    assert class_map(model(labels=("Dog", "cat")), 2, dataset("cat", "dog")) == (1, 0)


def test_case_underscores_and_blanks_do_not_count():
    assert class_map(model(labels=("sea_ lion ", "CAT")), 2, dataset("cat", "Sea  Lion")) == (1, 0)


def test_a_background_is_found_by_name_wherever_it_stands():
    assert class_map(model(labels=("dog", "cat", "background")), 3, dataset("cat", "dog")) == (1, 0)


def test_names_that_occur_twice_are_matched_by_position():
    assert class_map(model(labels=("cat", "cat")), 2, dataset("dog", "cat")) == (0, 1)


def test_two_tasks_of_one_size_are_not_mixed_up():
    with pytest.raises(ModelError, match="none of its class names is one of the data set's"):
        class_map(model(labels=("rose", "tulip")), 2, dataset("cat", "dog"))


@pytest.mark.parametrize("shape", [(1, 1000), (1, 1001), (1, -1)])
def test_a_classifier_fits(shape: tuple[int, ...]):
    assert fit_problem(with_facts(scores(*shape)), imagenet_set()) is None


def test_a_model_without_facts_is_judged_when_it_is_loaded():
    assert fit_problem(model(), imagenet_set()) is None


@pytest.mark.parametrize(
    ("candidate", "words"),
    [
        (with_facts(scores(1, 1024)), "it has 1024 outputs, the data set 1000 classes"),
        (with_facts(scores(1, 7, 7, 1000)), "its output 1x7x7x1000 is not [1, classes]"),
        (with_facts(scores(1, 1000), scores(1, 4)), "has 1 inputs and 2 outputs"),
        (with_facts(scores(1, 1000), inputs=(scores(1, 784),)), "its input 1x784 is no image"),
        (with_facts(scores(1, 1000), inputs=(scores(1, 3, 8, 8),)), "(channels first)"),
        (model(problem="it is empty"), "is no image classifier: it is empty"),
        (model(no_classifier="it embeds"), "is no image classifier: it embeds"),
    ],
)
def test_what_does_not_fit_is_one_sentence_that_names_the_model(candidate: Model, words: str):
    problem = fit_problem(candidate, imagenet_set())
    assert problem is not None
    assert problem.startswith("m.tflite ")
    assert words in problem
    assert "\n" not in problem


def test_an_offset_in_the_zoo_is_checked_before_anything_runs():
    candidate = replace(with_facts(scores(1, 1000)), label_offset=1)
    assert "the label offset cannot be 1" in (fit_problem(candidate, imagenet_set()) or "")
