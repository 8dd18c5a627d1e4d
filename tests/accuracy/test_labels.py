"""Which output stands for which class, and when a model and a data set do not belong together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.accuracy import imagenet
from harness.accuracy.dataset import ClassKeys, Dataset
from harness.accuracy.labels import fit_problem, match_classes
from harness.errors import ModelError
from harness.records.model import Model, ModelFacts, TensorFacts
from harness.records.vocabulary import ClassOrder, Quantization

IMAGE = TensorFacts("input", (1, 8, 8, 3), "float32")


def dataset(*names: str, present: tuple[int, ...] = ()) -> Dataset:
    """One folder a class, in the order given; all of them with images unless said otherwise."""
    everything = tuple(range(len(names)))
    return Dataset(
        "set",
        Path(),
        Path(),
        (),
        len(names),
        names,
        order=everything,
        order_of="bytewise order",
        found=present or everything,
    )


def numbered(*numbers: int, first_number: int | None = None) -> Dataset:
    order = () if first_number is not None else tuple(sorted(numbers, key=str))
    return Dataset(
        "set",
        Path(),
        Path(),
        (),
        len(numbers),
        None,
        ClassKeys.NUMBERS,
        order,
        "bytewise order",
        first_number=first_number,
        found=tuple(sorted(numbers)),
    )


def imagenet_set(*present: int) -> Dataset:
    names = imagenet.class_names()
    found = present or tuple(range(1000))
    return Dataset("set", Path(), Path(), (), 1000, names, ClassKeys.IMAGENET, found=found)


def matched(candidate: Model, outputs: int, images: Dataset) -> list[int]:
    """Outputs of the classes with images."""
    match = match_classes(candidate, outputs, images)
    return [match.outputs[label] for label in images.present]


def order(candidate: Model, outputs: int, images: Dataset) -> ClassOrder:
    return match_classes(candidate, outputs, images).order


def words(candidate: Model, outputs: int, images: Dataset) -> str:
    return match_classes(candidate, outputs, images).words


def refusal(candidate: Model, outputs: int, images: Dataset) -> str:
    with pytest.raises(ModelError) as caught:
        match_classes(candidate, outputs, images)
    return caught.value.message


def model(**fields) -> Model:
    return Model("m.tflite", "m.tflite", "0" * 64, 1, **fields)


def with_facts(*outputs: TensorFacts, inputs: tuple[TensorFacts, ...] = (IMAGE,)) -> Model:
    facts = ModelFacts("0" * 64, 1, inputs, outputs, Quantization.FLOAT32, (), (), None, 0)
    return model(facts=facts)


def scores(*shape: int) -> TensorFacts:
    return TensorFacts("output", shape, "float32")


class TestByName:
    def test_each_model_by_its_own_names(self):
        images = dataset("cat", "dog")
        assert matched(model(labels=("Dog", "cat")), 2, images) == [1, 0]
        assert matched(model(labels=("cat", "dog")), 2, images) == [0, 1]
        assert order(model(labels=("cat", "dog")), 2, images) is ClassOrder.NAMES

    @pytest.mark.parametrize(
        ("folder", "name"),
        [("Sea  Lion", "sea_ lion "), ("e\u0301te\u0301", "été"), ("STRASSE", "straße"), ("İ", "i̇")],
    )
    def test_spelling_does_not_count(self, folder: str, name: str):
        assert matched(model(labels=("x", name)), 2, dataset(folder)) == [1]

    def test_a_folder_that_is_missing_shifts_nothing(self):
        candidate = model(labels=("daisy", "dandelion", "rose", "tulip"))
        images = dataset("daisy", "rose", "tulip")
        assert matched(candidate, 4, images) == [0, 2, 3]
        assert "1 of its 4 classes without images: dandelion" in words(candidate, 4, images)

    def test_one_folder_alone(self):
        assert matched(model(labels=("cat", "dog")), 2, dataset("dog")) == [1]

    def test_a_background_is_found_wherever_it_stands(self):
        assert matched(model(labels=("dog", "cat", "background")), 3, dataset("cat", "dog")) == [1, 0]

    def test_one_name_that_differs_refuses_all_and_the_nearest_is_told(self):
        message = refusal(
            model(labels=("banana", "apple", "orange")), 3, dataset("apple", "banana", "oranges")
        )
        assert "1 class of the data set is none of its 3 class names: 'oranges'" in message
        assert "(did you mean 'orange'?)" in message

    def test_more_folders_than_classes(self):
        message = refusal(model(labels=("cat", "dog")), 2, dataset("bird", "cat", "dog"))
        assert "'bird'" in message

    def test_a_folder_without_images_need_not_fit(self):
        assert matched(model(labels=("cat", "dog")), 2, dataset("cat", "dog", "new", present=(0, 1))) == [
            0,
            1,
        ]

    def test_two_tasks_of_one_size_are_not_mixed_up(self):
        message = refusal(model(labels=("rose", "tulip")), 2, dataset("cat", "dog"))
        assert "none of its class names is one of the data set's: it has rose, tulip" in message

    def test_a_name_of_two_outputs_is_a_question(self):
        candidate = model(labels=("crane", "goldfish", "crane"))
        assert "name of the classes 0 and 2" in refusal(candidate, 3, dataset("crane", "goldfish"))
        assert matched(candidate, 3, dataset("2", "goldfish")) == [2, 1]

    def test_two_folders_of_one_class(self):
        message = refusal(model(labels=("cat", "dog")), 2, dataset("CAT", "cAt"))
        assert "are both its class 'cat'" in message

    def test_names_that_are_numbers_are_names(self):
        candidate = model(labels=("1", "10", "2", "5"))
        assert matched(candidate, 4, numbered(1, 2, 5, 10)) == [0, 2, 3, 1]
        assert "'20'" in refusal(candidate, 4, numbered(1, 2, 20))

    def test_declared_numbers_are_no_indices_of_a_model_with_names(self):
        assert "none of its class names" in refusal(model(labels=("a", "b", "c")), 3, dataset("1", "2"))

    def test_another_number_of_names_than_outputs(self):
        assert "2 outputs and 3 class names" in refusal(model(labels=("a", "b", "c")), 2, dataset("a", "b"))


class TestByIndex:
    def test_folders_of_numbers_with_0_are_indices(self):
        assert matched(model(), 43, numbered(*range(42))) == list(range(42))
        assert matched(model(labels=("a", "b", "c")), 3, numbered(0, 2)) == [0, 2]
        assert order(model(), 43, numbered(*range(42))) is ClassOrder.INDEX

    def test_1_to_n_count_from_1(self):
        assert matched(model(), 5, numbered(1, 2, 4, 5)) == [0, 1, 3, 4]
        assert "counted from 1" in words(model(), 5, numbered(1, 2, 4, 5))

    def test_1_to_less_than_n_may_be_either_and_is_refused(self):
        assert "may count from 0 or from 1" in refusal(model(), 5, numbered(1, 2, 3))

    def test_others_without_0_are_taken_from_0_and_it_is_said(self):
        match = match_classes(model(), 10, numbered(3, 7))
        assert (match.order, match.outputs) == (ClassOrder.ASSUMED, {3: 3, 7: 7})

    def test_a_list_counts_from_0(self):
        assert matched(model(), 5, numbered(1, 2, 3, first_number=0)) == [1, 2, 3]
        assert "not within 0..4" in refusal(model(), 5, numbered(1, 5, first_number=0))

    def test_a_background_that_the_model_names(self):
        assert matched(model(labels=("background", "a", "b")), 3, numbered(0, 1)) == [1, 2]
        assert matched(model(labels=("background", "a", "b")), 3, numbered(0, 1, 2)) == [0, 1, 2]
        assert matched(model(labels=("background", "a", "b")), 3, numbered(1, 2)) == [1, 2]

    def test_one_output_more_is_no_background(self):
        assert matched(model(), 6, numbered(*range(5))) == list(range(5))

    def test_numbers_that_are_no_indices_are_matched_by_position_where_the_counts_agree(self):
        match = match_classes(model(), 4, numbered(10, 20, 50, 100))
        assert (match.order, match.outputs) == (ClassOrder.ASSUMED, {10: 0, 100: 1, 20: 2, 50: 3})
        assert "100 → 1" in match.words
        assert "in natural order it would be 10, 20, 50, 100" in match.words

    def test_unpadded_numbers_of_a_nameless_model_say_how_a_trainer_sorts_them(self):
        assert "bytewise order: 0, 1, 10, 2, 3" in words(model(), 11, numbered(*range(11)))
        assert "bytewise" not in words(model(), 10, numbered(*range(10)))


class TestImageNet:
    def test_1000_outputs_start_at_0_and_1001_behind_a_background(self):
        assert matched(model(), 1000, imagenet_set())[:3] == [0, 1, 2]
        assert matched(model(), 1001, imagenet_set())[:3] == [1, 2, 3]
        assert order(model(), 1001, imagenet_set()) is ClassOrder.INDEX
        assert "background comes first" in words(model(), 1001, imagenet_set())

    def test_a_list_of_numbers_is_imagenets_for_its_models(self):
        assert matched(model(), 1001, numbered(0, 7, first_number=0)) == [1, 8]
        assert matched(model(), 1001, numbered(7, 1000, first_number=0)) == [7, 1000]

    def test_the_zoos_offset_wins(self):
        assert matched(model(label_offset=0), 1001, imagenet_set())[:2] == [0, 1]

    @pytest.mark.parametrize("outputs", [999, 1002, 10, 2])
    def test_other_numbers_do_not_fit(self, outputs: int):
        assert f"it has {outputs} outputs, the data set 1000 classes" in refusal(
            model(), outputs, imagenet_set()
        )

    @pytest.mark.parametrize(("outputs", "offset"), [(1000, 1), (1001, 2), (1001, -1)])
    def test_an_offset_that_leaves_the_output_is_refused(self, outputs: int, offset: int):
        message = refusal(model(label_offset=offset), outputs, imagenet_set())
        assert f"the label offset cannot be {offset}" in message

    @pytest.mark.parametrize("form", ["{name}", "{wnid}", "{wnid} {name}, Latin name", "{name}, synonym"])
    def test_its_names_in_the_usual_spellings(self, form: str):
        rows = zip(imagenet.wnids(), imagenet.class_names(), strict=True)
        labels = tuple(form.format(wnid=wnid, name=name) for wnid, name in rows)
        assert matched(model(labels=labels), 1000, imagenet_set())[:3] == [0, 1, 2]
        assert order(model(labels=labels), 1000, imagenet_set()) is ClassOrder.INDEX

    def test_its_names_in_alphabetical_order_are_matched_by_name(self):
        labels = tuple(sorted(imagenet.class_names()))
        match = match_classes(model(labels=labels), 1000, imagenet_set(0, 1, 2))
        assert [labels[match.outputs[label]] for label in (0, 1, 2)] == list(imagenet.class_names()[:3])
        assert match.order is ClassOrder.NAMES

    def test_names_in_another_language_say_nothing_and_that_is_said(self):
        labels = tuple(f"某{index}" for index in range(1000))
        match = match_classes(model(labels=labels), 1000, imagenet_set())
        assert match.order is ClassOrder.ASSUMED
        assert "hardly any of its class names is ImageNet's" in match.words

    def test_a_model_of_some_of_its_classes_is_matched_by_name(self):
        assert matched(model(labels=("goldfish", "n01440764", "toad")), 3, imagenet_set(0, 1)) == [1, 0]


class TestByPosition:
    def test_is_an_assumption_that_is_spelled_out(self):
        match = match_classes(model(), 3, dataset("d10", "d4", "d8"))
        assert (match.order, match.outputs) == (ClassOrder.ASSUMED, {0: 0, 1: 1, 2: 2})
        assert "bytewise order was taken for the order of its outputs, d10 → 0, d4 → 1, d8 → 2" in match.words
        assert "(in natural order it would be d4, d8, d10)" in match.words

    def test_a_class_without_images_keeps_its_place(self):
        assert matched(model(), 3, dataset("a", "b", "c", present=(0, 2))) == [0, 2]

    def test_an_empty_folder_that_is_no_class_has_none(self):
        assert matched(model(), 2, dataset("a", "b", "c", present=(0, 2))) == [0, 1]

    @pytest.mark.parametrize("outputs", [1, 2, 4, 5, 1001])
    def test_other_counts_are_refused_and_never_shifted(self, outputs: int):
        message = refusal(model(), outputs, dataset("a", "b", "c"))
        assert "a, b, c" in message or "'a'" in message

    def test_names_that_only_count_are_no_names(self):
        assert order(model(labels=("0", "1")), 2, dataset("a", "b")) is ClassOrder.ASSUMED

    def test_the_zoos_offset(self):
        assert matched(model(label_offset=1), 3, dataset("a", "b")) == [1, 2]
        assert matched(model(label_offset=0), 3, dataset("a", "b")) == [0, 1]


@pytest.mark.parametrize("shape", [(1, 1000), (1, 1001), (1, -1)])
def test_a_classifier_fits(shape: tuple[int, ...]):
    assert fit_problem(with_facts(scores(*shape)), imagenet_set()) is None


def test_a_model_without_facts_is_judged_when_it_is_loaded():
    assert fit_problem(model(), imagenet_set()) is None


@pytest.mark.parametrize(
    ("candidate", "words"),
    [
        (with_facts(scores(1, 1024)), "it has 1024 outputs, the data set 1000 classes"),
        (with_facts(scores(1, 7, 7, 1000)), "its output [1, 7, 7, 1000] is not one row of class scores"),
        (with_facts(scores(1, 1000), inputs=(scores(1, 784),)), "its input [1, 784] is no image"),
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
