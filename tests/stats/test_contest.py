"""Several ways on the same images: given up when certainly worse, best when certainly better."""

from __future__ import annotations

import numpy as np

from harness.stats.contest import above_chance, against, best_of, not_certainly_worse, still_in


def answers(*right: int, of: int) -> dict[int, bool]:
    return {position: position in right for position in range(of)}


def test_two_ways_are_compared_on_the_images_both_have_seen():
    one, other = answers(0, 1, 2, 3, of=4), answers(0, of=24)
    found = against(one, other)
    assert found is not None
    assert (found.only_a, found.only_b, found.difference) == (3, 0, 0.75)
    assert against(one, {99: True}) is None


def test_a_way_at_chance_is_given_up_after_one_batch_of_a_good_model():
    ways = {"good": answers(*range(23), of=24), "chance": answers(3, 9, of=24)}
    assert still_in(ways) == ["good"]


def test_equal_ways_stay_and_the_first_is_the_best():
    same = answers(*range(12), of=24)
    ways = {"a": same, "b": same}
    assert still_in(ways) == ["a", "b"]
    assert best_of(ways) == "a"
    assert not_certainly_worse(ways, "a") == ["b"]


def test_the_best_of_equally_good_ways_is_rarely_called_certain():
    """A thousand models to whom all ten ways are alike: the error is at most the five per cent stated."""
    random = np.random.default_rng(1)
    alone = 0
    for _ in range(1000):
        ways = {name: dict(enumerate((random.random(48) < 0.5).tolist())) for name in range(10)}
        alone += not not_certainly_worse(ways, best_of(ways))
    assert alone <= 50


def test_the_right_way_survives_the_giving_up():
    """It is 90 % right and the others 80: in 1,000 tries it is given up less often than stated (1 %)."""
    random = np.random.default_rng(2)
    lost = 0
    for _ in range(1000):
        ways = {
            n: dict(enumerate((random.random(24) < (0.9 if n == 0 else 0.8)).tolist())) for n in range(10)
        }
        lost += 0 not in still_in(ways)
    assert lost <= 10


def test_always_saying_the_most_frequent_class_is_chance():
    labels = [0] * 18 + [1] * 6
    assert not above_chance(answers(*range(18), of=24), labels)
    assert above_chance(answers(*range(24), of=24), labels)
    assert not above_chance({}, [])
