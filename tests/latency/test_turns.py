"""How the turns of a pair are planned."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.latency.turns import plan_turns, turn_orders

MS = st.floats(0.001, 2000)


@pytest.mark.parametrize(
    ("invoke_ms", "turns", "invokes"),
    [(0.25, 30, 41), (3.0, 30, 5), (9.0, 30, 3), (30.0, 30, 1), (200.0, 12, 1)],
)
def test_a_side_works_ten_milliseconds_a_turn_besides_the_first_invoke(
    invoke_ms: float, turns: int, invokes: int
):
    plan = plan_turns(invoke_ms, invoke_ms, turns=30)
    assert (plan.turns, plan.invokes) == (turns, invokes)


@given(MS, MS, st.integers(2, 60))
def test_the_plan_is_even_within_bounds_and_the_same_for_swapped_sides(a_ms: float, b_ms: float, turns: int):
    plan = plan_turns(a_ms, b_ms, turns=turns)
    assert plan == plan_turns(b_ms, a_ms, turns=turns)
    assert plan.turns % 2 == 0
    assert 2 <= plan.turns <= turns
    assert 1 <= plan.invokes <= 200


@given(st.integers(0, 40), st.integers())
def test_each_side_goes_first_as_often_as_the_other(turns: int, seed: int):
    orders = turn_orders(turns, random.Random(seed))
    assert len(orders) == turns
    assert abs(2 * sum(orders) - turns) <= 1
    half = orders[: turns // 2 // 2 * 2]
    assert 2 * sum(half) == len(half)
