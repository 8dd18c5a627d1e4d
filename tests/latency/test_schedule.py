from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from harness.latency.schedule import Turn, again, batches, interleave
from harness.records.trial import Trial
from harness.records.vocabulary import Delegate, Runtime


def trials(count: int) -> list[Trial]:
    return [Trial(f"m{n}", "0" * 64, "local", Runtime.LITERT, Delegate.CPU, 1) for n in range(count)]


@given(st.integers(1, 8), st.integers(1, 6), st.integers(0, 99))
def test_every_trial_gets_one_launch_a_round(count: int, launches: int, seed: int):
    turns = list(interleave(trials(count), launches=launches, seed=seed))
    for number in range(launches):
        of_round = turns[number * count : (number + 1) * count]
        assert {turn.round for turn in of_round} == {number}
        assert Counter(turn.trial.model for turn in of_round) == Counter(t.model for t in trials(count))


@given(st.integers(2, 8), st.integers(1, 6), st.integers(0, 99), st.data())
def test_what_is_done_is_left_out_and_the_rest_keeps_its_order(
    count: int, launches: int, seed: int, data: st.DataObject
):
    turns = list(interleave(trials(count), launches=launches, seed=seed))
    done_turns = data.draw(st.sets(st.sampled_from(turns)))
    done: dict[str, set[int]] = {}
    for turn in done_turns:
        done.setdefault(turn.trial.key, set()).add(turn.index)
    rest = list(interleave(trials(count), launches=launches, seed=seed, done=done))
    assert rest == [turn for turn in turns if turn not in done_turns]


def test_rounds_differ_in_order_and_seeds_do():
    def order(seed: int) -> list[str]:
        return [turn.trial.model for turn in interleave(trials(12), launches=2, seed=seed)]

    assert order(1) == order(1)
    assert order(1) != order(2)
    assert order(1)[:12] != order(1)[12:]


def test_batches_grow_to_the_most():
    assert list(batches(5, 15)) == [5, 9, 15]
    assert list(batches(3, 3)) == [3]
    assert list(batches(5, 7)) == [5, 7]


def test_tries_are_repeated_in_an_order_of_their_own():
    turns = [Turn(trial, index, 6, attempt=1) for trial in trials(4) for index in range(3)]
    shuffled = again(turns, seed=1)
    assert set(shuffled) == set(turns)
    assert list(shuffled) != turns
    assert shuffled == again(reversed(turns), seed=1)
    assert again([], seed=1) == ()
