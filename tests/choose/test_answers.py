"""Which model for which need: the sentences say what the figures bear out, and no more."""

from __future__ import annotations

import pytest

from harness.choose.answers import BALANCE_POINTS, Answer, answers
from tests.choose.rows import candidate


def by_need(*candidates) -> dict[str, Answer]:
    return {each.need: each for each in answers(candidates)}


ACCURATE = candidate("accurate", 20.0, 0.80, 8_000_000)
BALANCED = candidate("balanced", 10.0, 0.79, 6_000_000)
QUICK = candidate("quick", 2.0, 0.50, 4_000_000)
TINY = candidate("tiny", 5.0, 0.40, 1_000_000)


def test_every_need_has_its_winner():
    said = by_need(ACCURATE, BALANCED, QUICK, TINY)
    assert said["most accurate"].candidates[0] is ACCURATE
    assert said["fastest"].candidates == (QUICK,)
    assert said["smallest"].candidates == (TINY,)
    assert said["best balance"].candidates == (BALANCED,)
    assert said["real time (30 frames/s)"].candidates[0] is ACCURATE


def test_whoever_cannot_be_told_apart_from_the_best_is_named_with_it():
    said = by_need(candidate("a", 10.0), candidate("b", 10.1), candidate("c", 20.0))["fastest"]
    assert [each.row.model for each in said.candidates] == ["a", "b"]
    assert "b (10.1 ms) cannot be told apart from it" in said.sentence


def test_a_balance_gives_up_few_points_and_says_how_many():
    said = by_need(ACCURATE, BALANCED, QUICK)["best balance"]
    assert "gives up 1.0 points of Top-1" in said.sentence
    assert "10.0 ms" in said.sentence
    assert BALANCE_POINTS == 3.0


def test_there_is_no_balance_where_no_faster_model_is_near():
    said = by_need(ACCURATE, QUICK)["best balance"]
    assert said.candidates == (ACCURATE,)
    assert "no model within 3 points" in said.sentence


def test_where_nothing_is_quick_enough_for_real_time_nothing_is_chosen():
    said = by_need(candidate("slow", 100.0), candidate("slower", 200.0))["real time (30 frames/s)"]
    assert said.candidates == ()
    assert "slow" in said.sentence


def test_the_smallest_of_one_size_are_named_together():
    said = by_need(candidate("a", size_bytes=5), candidate("b", size_bytes=5), candidate("c", size_bytes=5))
    assert said["smallest"].sentence.endswith("b and c are of the same size.")


def test_threads_of_one_model_are_no_rivals_in_accuracy():
    said = by_need(candidate("a", 10.0, threads=1), candidate("a", 6.0, threads=2), QUICK)
    assert {each.row.model for each in said["most accurate"].candidates} == {"a"}


def test_an_only_candidate_is_called_that():
    [said] = answers([ACCURATE])
    assert said.sentence.startswith("accurate is the only candidate: Top-1 80.0 %")


def test_without_any_accuracy_it_says_why():
    bare = [
        candidate(name, ms, None, accuracy_reason="no data set was given")
        for name, ms in (("a", 1.0), ("b", 2.0))
    ]
    said = by_need(*bare)
    assert said["accuracy"].sentence == "No accuracy was measured: no data set was given."
    assert "best balance" not in said


def test_models_without_accuracy_beside_others_that_have_one_get_a_single_answer():
    birds = candidate("birds", 3.0, None, accuracy_reason="no data set that fits")
    said = [each for each in answers([ACCURATE, QUICK, birds]) if each.group.dataset is None]
    assert [each.need for each in said] == ["timed only"]
    assert said[0].sentence.startswith("Without accuracy: birds was only timed: 3.00 ms")
    assert said[0].sentence.endswith("no data set that fits.")


@pytest.mark.parametrize("device", ["pixel4", "local"])
def test_each_device_has_its_own_answers(device: str):
    said = list(answers([ACCURATE, candidate("accurate", 1.0, device="pixel4")]))
    assert any(each.sentence.startswith(f"On {device}: ") for each in said)
