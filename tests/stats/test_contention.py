"""What is taken off, left out or called contended, on accounts as Linux keeps them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from harness.records.launch import Delegation, Launch
from harness.records.vocabulary import Delegate
from harness.stats.contention import contended_by, crowded_by, has_wait_off, times_ns, wait_share, waited_long
from tests.stats.launches import launch

MS = 1_000_000


def one_thread(own_ms: list[float], wait_ms: list[float], **changes: Any) -> Launch:
    """Invokes that needed `own_ms` of a CPU and waited for it as long as told."""
    own, wait = (tuple(round(MS * each) for each in times) for times in (own_ms, wait_ms))
    wall = tuple(a + b for a, b in zip(own, wait, strict=True))
    values = {"samples_ns": wall, "cpu_ns": own, "wait_ns": wait, "threads_ns": ((sum(own), sum(wait)),)}
    return launch(**(values | changes))


def two_threads(
    wall_ms: list[float],
    wait_ms: list[float],
    together_ms: list[float],
    *,
    helper_wait_ms: float,
    **changes: Any,
) -> Launch:
    """Invokes of two threads that ran `together_ms`; the helper waited so long over all of them."""
    wall, wait, run = (tuple(round(MS * each) for each in times) for times in (wall_ms, wait_ms, together_ms))
    helper = sum(run) - sum(wall)
    values = {
        "samples_ns": wall,
        "cpu_ns": wall,
        "wait_ns": wait,
        "run_ns": run,
        "threads_ns": ((sum(wall), 0), (max(helper, 0), round(MS * helper_wait_ms))),
        "threads_requested": 2,
        "process_threads": 2,
        "affinity": (0, 1),
    }
    return launch(**(values | changes))


class TestOneThread:
    def test_the_wait_is_taken_off(self):
        made = one_thread([12.0] * 20, [0.0, 30.0] * 10)
        assert has_wait_off(made)
        assert set(times_ns(made)) == {12 * MS}
        assert waited_long(made) == pytest.approx(27 / 12)

    def test_an_invoke_right_after_a_wait_finds_cold_caches_and_is_left_out(self):
        made = one_thread(
            [0.90 if k % 2 else 0.85 for k in range(40)], [0.0 if k % 2 else 6.0 for k in range(40)]
        )
        assert set(times_ns(made)) == {round(0.85 * MS)}

    def test_where_every_invoke_waited_all_are_counted(self):
        made = one_thread([12.0 + 0.01 * k for k in range(12)], [30.0] * 12)
        assert list(times_ns(made)) == [round(MS * (12.0 + 0.01 * k)) for k in range(12)]

    def test_a_wait_beside_the_invoke_never_makes_it_shorter_than_its_cpu_time(self):
        made = one_thread([3.0] * 10, [0.0] * 10, wait_ns=(9 * MS,) * 10)
        assert set(times_ns(made)) == {3 * MS}

    def test_a_sleep_is_no_wait_for_a_cpu_and_counts(self):
        made = one_thread([3.0] * 10, [0.0] * 10, cpu_ns=(MS,) * 10)
        assert set(times_ns(made)) == {3 * MS}

    def test_where_the_system_does_not_tell_the_times_stay_as_they_are(self):
        made = launch([24.0] * 10, cpu_ns=(12 * MS,) * 10)
        assert tuple(times_ns(made)) == made.samples_ns
        assert waited_long(made) is None

    def test_a_gpus_threads_are_not_the_models(self):
        made = one_thread([3.0] * 10, [9.0] * 10, delegation=Delegation(Delegate.GPU, Delegate.GPU))
        assert tuple(times_ns(made)) == made.samples_ns

    def test_threads_that_never_ran_do_not_make_it_several(self):
        made = one_thread([3.0] * 10, [9.0] * 10, threads_ns=((30 * MS, 90 * MS), (0, 0), (0, 0)))
        assert set(times_ns(made)) == {3 * MS}


class TestSeveralThreads:
    def test_on_a_quiet_machine_all_invokes_count(self):
        made = two_threads([0.5] * 30, [0.0] * 29 + [0.2], [1.0] * 29 + [0.6], helper_wait_ms=0.2)
        assert tuple(times_ns(made)) == made.samples_ns
        assert contended_by(made) is None

    def test_a_model_that_has_work_for_one_thread_only_is_not_contended(self):
        made = two_threads([3.0] * 10, [0.0] * 10, [3.2] * 10, helper_wait_ms=0.0)
        assert contended_by(made) is None
        assert tuple(times_ns(made)) == made.samples_ns

    def test_invokes_without_a_wait_in_which_the_helper_never_ran_are_left_out(self):
        """Seen on two CPUs: 0.44 ms without any wait, where two cores need 0.23 ms."""
        made = two_threads(
            [0.23] * 10 + [0.44] * 30, [0.0] * 40, [0.46] * 10 + [0.44] * 30, helper_wait_ms=13.0
        )
        assert set(times_ns(made)) == {round(0.23 * MS)}
        assert contended_by(made) is None

    def test_a_helper_that_never_ran_at_all_makes_the_launch_contended(self):
        made = two_threads([0.44] * 40, [0.0] * 40, [0.44] * 40, helper_wait_ms=17.0)
        reason = contended_by(made)
        assert reason is not None
        assert "0 of 40 invokes" in reason
        assert tuple(times_ns(made)) == made.samples_ns

    def test_threads_that_share_one_core_in_turns_are_contended(self):
        made = two_threads([12.8] * 20, [12.6] * 20, [12.8] * 20, helper_wait_ms=126.0)
        assert contended_by(made) is not None

    def test_more_threads_than_cores_wait_for_each_other_and_nobody_is_blamed(self):
        made = two_threads([12.8] * 20, [12.6] * 20, [12.8] * 20, helper_wait_ms=126.0, affinity=(0,))
        assert contended_by(made) is None
        assert tuple(times_ns(made)) == made.samples_ns

    def test_beside_busy_processes_they_are_contended_all_the_same(self):
        made = two_threads([12.8] * 20, [12.6] * 20, [12.8] * 20, helper_wait_ms=126.0, affinity=(0,))
        assert crowded_by(made, 0.03) is None
        assert crowded_by(made, 1.5) == "other processes used 1.5 CPUs beside its 2 threads"
        assert crowded_by(launch([2.0] * 10, threads_requested=2), 1.5) is not None
        assert crowded_by(launch([2.0] * 10), 1.5) is None
        enough = two_threads([0.5] * 30, [0.0] * 30, [1.0] * 30, helper_wait_ms=0.0)
        assert crowded_by(enough, 1.5) is None

    def test_records_without_an_account_are_read_as_before(self):
        made = launch([2.0] * 10, threads_requested=2, process_threads=2, affinity=(0, 1))
        assert contended_by(made) is None
        assert tuple(times_ns(made)) == made.samples_ns

    @pytest.mark.parametrize("threads", [2, 4, 8])
    def test_one_missing_core_of_several_is_seen(self, threads: int):
        rng = np.random.default_rng(threads)
        lacking = rng.random(200) < 0.5
        run = np.where(lacking, threads - 1, threads) * (1 - 0.03 * rng.random(200))
        wall = np.where(lacking, threads / (threads - 1), 1.0)
        made = two_threads(
            wall.tolist(),
            [0.0] * 200,
            (run * wall).tolist(),
            helper_wait_ms=100.0,
            threads_ns=((200 * MS, 0),) * (threads - 1) + ((100 * MS, 100 * MS),),
            affinity=tuple(range(threads)),
        )
        assert set(times_ns(made)) == {MS}


def test_the_share_of_waiting_is_that_of_all_threads_together():
    assert wait_share([(90, 10), (40, 60)]) == pytest.approx(0.35)
    assert wait_share([]) == wait_share([(0, 0)]) == 0.0
