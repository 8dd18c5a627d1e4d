"""The number a pair yields: robust, antisymmetric, and blind to other processes."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.gate.spoil import spoiled_by
from harness.gate.statistic import counts, failed_side, invoke_ms, log_ratio, missing_core, wait_share
from harness.records.gate import LaunchPair, PairSide, Turn
from harness.records.launch import Delegation, ReportedLatency
from harness.records.vocabulary import Delegate, Metric, Status
from tests.gate.pairs import pair, side, turn

ONE_THREAD = side(process_threads=1)
TWO_THREADS = side(process_threads=2)


def of_turns(*turns: Turn, threads: int = 1) -> LaunchPair:
    both = ONE_THREAD if threads == 1 else TWO_THREADS
    return replace(pair(a=both, b=both), turns=turns)


def swapped(made: LaunchPair) -> LaunchPair:
    turns = tuple(
        Turn(
            not t.a_first,
            *(t.b_ns, t.a_ns, t.b_cpu_ns, t.a_cpu_ns),
            *(t.b_wait_ns, t.a_wait_ns, t.b_run_ns, t.a_run_ns),
        )
        for t in made.turns
    )
    return replace(made, a=made.b, b=made.a, turns=turns)


@given(st.lists(st.tuples(st.floats(0.1, 50), st.floats(0.1, 50)), min_size=1, max_size=12))
def test_swapping_the_sides_changes_the_sign_only(times: list[tuple[float, float]]):
    made = of_turns(*(turn(a, b) for a, b in times))
    assert log_ratio(swapped(made)) == pytest.approx(-log_ratio(made), abs=1e-12)


def test_the_first_invoke_of_a_turn_is_not_counted_unless_it_is_the_only_one():
    assert log_ratio(of_turns(Turn(True, (900, 100, 100), (100, 110, 110)))) == pytest.approx(math.log(1.1))
    assert log_ratio(of_turns(Turn(True, (100,), (120,)))) == pytest.approx(math.log(1.2))


def test_a_few_wild_turns_do_not_move_it():
    turns = [turn(3.0, 3.06)] * 20 + [turn(3.0, 60.0)] * 2
    assert log_ratio(of_turns(*turns)) == pytest.approx(math.log(1.02), abs=0.002)


def waiting(a_ms: float, b_ms: float, a_wait_ms: float, b_wait_ms: float) -> Turn:
    """Invokes that needed `a_ms`, `b_ms` of CPU and waited for it as long as told."""
    a, b, wait_a, wait_b = (round(ms * 1e6) for ms in (a_ms, b_ms, a_wait_ms, b_wait_ms))
    return Turn(True, (a + wait_a,) * 3, (b + wait_b,) * 3, (a,) * 3, (b,) * 3, (wait_a,) * 3, (wait_b,) * 3)


def test_with_one_thread_waiting_for_a_cpu_is_left_out_of_latency():
    made = of_turns(*[waiting(3.0, 3.15, 0.0, 4.0), waiting(3.0, 3.15, 5.0, 0.0)] * 4)
    assert log_ratio(made) == pytest.approx(math.log(1.05))
    assert wait_share(made) == pytest.approx(4.5 / (4.5 + 6.15), abs=0.01)
    a_ms, b_ms = invoke_ms(made)
    assert (a_ms, b_ms) == pytest.approx((3.0, 3.15))


def test_a_side_that_sleeps_is_slower_although_its_cpu_time_is_not():
    asleep = Turn(
        True, (3_000_000,) * 3, (6_000_000,) * 3, (3_000_000,) * 3, (3_000_000,) * 3, (0,) * 3, (0,) * 3
    )
    made = of_turns(asleep)
    assert log_ratio(made) == pytest.approx(math.log(2))
    assert log_ratio(made, Metric.CPU_TIME) == pytest.approx(0)


def test_a_wait_beside_the_invoke_never_makes_it_faster_than_its_cpu_time():
    beside = Turn(
        True,
        (3_100_000,) * 3,
        (3_000_000,) * 3,
        (3_000_000,) * 3,
        (3_000_000,) * 3,
        (9_000_000,) * 3,
        (0,) * 3,
    )
    assert log_ratio(of_turns(beside)) == pytest.approx(0)


def test_with_more_threads_disturbed_invokes_are_left_out_where_enough_are_without():
    clean = [waiting(3.0, 3.3, 0.0, 0.0)] * 8
    disturbed = [waiting(3.0, 3.3, 0.0, 9.0), waiting(3.0, 3.3, 1.0, 0.0), waiting(3.0, 3.3, 3.0, 9.0)] * 10
    assert log_ratio(of_turns(*clean, *disturbed, threads=2)) == pytest.approx(math.log(1.1))
    assert log_ratio(of_turns(*clean[:7], *disturbed, threads=2)) > math.log(1.3)


def test_a_side_whose_threads_wait_for_each_other_is_slower_by_that():
    own = [waiting(3.0, 3.0, 0.0, 3.0), waiting(3.0, 3.0, 0.0, 3.0), waiting(3.0, 3.0, 0.0, 0.0)] * 8
    made = of_turns(*own, threads=2)
    assert log_ratio(made) > math.log(1.3)
    assert log_ratio(swapped(made)) == pytest.approx(-log_ratio(made))


@pytest.mark.parametrize("threads", [1, 2])
def test_where_one_side_does_not_tell_its_wait_nothing_is_left_out_of_the_other(threads: int):
    told = waiting(3.0, 3.0, 1.0, 1.0)
    of_a, of_b = replace(told, b_wait_ns=()), replace(told, a_wait_ns=())
    assert log_ratio(of_turns(*[of_a] * 12, threads=threads)) == pytest.approx(0)
    assert log_ratio(of_turns(*[of_b] * 12, threads=threads)) == pytest.approx(0)
    a_ms, b_ms = invoke_ms(of_turns(*[of_a] * 12, threads=threads))
    assert a_ms == b_ms


def test_without_turns_the_tools_own_figures_are_compared():
    a, b = (side(reported=ReportedLatency(median_ms=ms)) for ms in (10.0, 10.5))
    made = replace(pair(a=a, b=b), turns=())
    assert log_ratio(made) == pytest.approx(math.log(1.05))
    assert wait_share(made) is None


def test_a_pair_without_any_figures_is_refused():
    with pytest.raises(ValueError, match="without samples"):
        log_ratio(replace(pair(), turns=()))


def test_only_pairs_that_ran_and_were_not_spoiled_count():
    assert counts(pair())
    assert counts(pair(b=side(status=Status.FALLBACK)))
    assert not counts(pair(b=side(status=Status.FAILED)))
    assert not counts(pair(spoiled="the hypervisor took 30 % of CPU time"))


def test_of_two_that_did_not_end_the_one_that_failed_is_blamed():
    broken, left = side(status=Status.FAILED, reason="no such op"), side(status=Status.SKIPPED)
    assert failed_side(pair(a=left, b=broken)) == ("B", broken)
    assert failed_side(pair()) is None


def test_an_accelerator_that_took_nothing_has_no_verdict_and_one_that_took_a_part_has():
    none = side(status=Status.FALLBACK, delegation=Delegation(Delegate.GPU, Delegate.CPU))
    part = replace(none, delegation=Delegation(Delegate.GPU, Delegate.GPU, 20, 31, 2))
    assert not counts(pair(b=none))
    assert failed_side(pair(b=none)) == ("B", none)
    assert counts(pair(b=part))
    assert failed_side(pair(b=part)) is None


def sharing(
    turns: int, *, a_ms: float, b_ms: float, together: float, helper_wait_ms: float = 0.0
) -> LaunchPair:
    """Turns of two threads that together ran so many times the clock; each helper waited so long in all."""
    a, b = round(a_ms * 1e6), round(b_ms * 1e6)
    made = Turn(
        True,
        (a,) * 4,
        (b,) * 4,
        a_wait_ns=(0,) * 4,
        b_wait_ns=(0,) * 4,
        a_run_ns=(round(together * a),) * 4,
        b_run_ns=(round(together * b),) * 4,
    )
    wait = round(helper_wait_ms * 1e6)
    sides = [
        side(
            process_threads=2,
            affinity=(0, 1),
            threads_ns=((4 * turns * ns, 0), (round((together - 1) * 4 * turns * ns), wait)),
        )
        for ns in (a, b)
    ]
    return replace(pair(a=sides[0], b=sides[1]), turns=(made,) * turns)


def together(*made: LaunchPair) -> LaunchPair:
    """One pair of the turns of several, with the account of all of them."""

    def account(sides: list[PairSide]) -> tuple[tuple[int, int], ...]:
        every = [each.threads_ns for each in sides]
        return tuple((sum(t[n][0] for t in every), sum(t[n][1] for t in every)) for n in range(2))

    return replace(
        made[0],
        turns=tuple(turn for each in made for turn in each.turns),
        a=replace(made[0].a, threads_ns=account([each.a for each in made])),
        b=replace(made[0].b, threads_ns=account([each.b for each in made])),
    )


class TestCoresOfSeveralThreads:
    """A model that takes 0.232 ms on two cores takes 0.443 ms on one, without a wait booked in time."""

    ON_ONE_CORE = sharing(16, a_ms=0.443, b_ms=0.470, together=1.0, helper_wait_ms=20.0)
    ON_TWO = sharing(8, a_ms=0.232, b_ms=0.2575, together=1.98)

    def test_turns_in_which_a_thread_had_no_core_are_left_out(self):
        made = together(self.ON_TWO, self.ON_ONE_CORE)
        assert missing_core(made) is None
        assert log_ratio(made) == pytest.approx(math.log(0.2575 / 0.232), rel=1e-3)
        assert invoke_ms(made) == pytest.approx((0.232, 0.2575))
        assert log_ratio(swapped(made)) == pytest.approx(-log_ratio(made))

    def test_a_pair_in_which_a_thread_never_had_a_core_says_nothing_of_two_threads(self):
        reason = missing_core(self.ON_ONE_CORE)
        assert reason is not None
        assert "in 0 of 16 turns" in reason
        assert spoiled_by(self.ON_ONE_CORE) == reason
        assert spoiled_by(replace(self.ON_ONE_CORE, attempt=1)) == reason

    def test_too_few_turns_with_all_cores_are_too_few(self):
        few = together(sharing(7, a_ms=0.232, b_ms=0.2575, together=1.98), self.ON_ONE_CORE)
        assert missing_core(few) is not None

    def test_a_side_that_lost_its_second_thread_is_slower_by_that(self):
        lost = sharing(16, a_ms=0.443, b_ms=0.443, together=1.0)
        made = replace(
            self.ON_TWO,
            b=lost.b,
            turns=tuple(
                replace(good, b_ns=bad.b_ns, b_run_ns=bad.b_run_ns)
                for good, bad in zip(self.ON_TWO.turns, lost.turns[:8], strict=True)
            ),
        )
        assert missing_core(made) is None
        assert log_ratio(made) == pytest.approx(math.log(0.443 / 0.232), rel=1e-3)

    def test_more_threads_than_cores_and_old_records_are_read_as_before(self):
        narrow = replace(self.ON_ONE_CORE, a=replace(self.ON_ONE_CORE.a, affinity=(0,)))
        old = replace(
            self.ON_ONE_CORE,
            turns=tuple(replace(each, a_run_ns=(), b_run_ns=()) for each in self.ON_ONE_CORE.turns),
        )
        for made in (narrow, old):
            assert missing_core(made) is None
            assert log_ratio(made) == pytest.approx(math.log(0.470 / 0.443), rel=1e-3)
