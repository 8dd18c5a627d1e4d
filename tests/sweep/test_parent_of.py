"""Which model of a run another one was made from: half the world's models are called `model`."""

from __future__ import annotations

from harness.records.model import Model
from harness.sweep.report import parent_of

OURS = Model("model", "/a/model.tflite", "a" * 64, 1)
ANOTHER = Model("model_2", "/b/model.tflite", "b" * 64, 1)


def child(**known: str) -> Model:
    return Model("model_int8", "/c.tflite", "c" * 64, 1, parent="model", **known)


def test_it_is_the_one_with_the_digest_whatever_it_is_called():
    renamed = Model("renamed", "/d/x.tflite", "a" * 64, 1)
    assert parent_of(child(parent_sha256="a" * 64), [ANOTHER, renamed]) == renamed


def test_another_model_of_the_parents_name_is_not_it():
    namesake = Model("model", "/b/model.tflite", "b" * 64, 1, groups=("own",))
    assert parent_of(child(parent_sha256="a" * 64), [namesake]) is None


def test_without_a_digest_a_name_counts_that_the_zoo_gave():
    entered = Model("model", "/a/model.tflite", "a" * 64, 1, groups=("own",))
    assert parent_of(child(), [entered, ANOTHER]) == entered
    assert parent_of(child(), [OURS]) is None


def test_a_model_without_a_parent_has_none():
    assert parent_of(OURS, [ANOTHER]) is None
