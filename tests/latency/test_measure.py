from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import DeviceNotFoundError
from harness.latency.launcher import Launcher, LaunchOrder, ModelInput
from harness.latency.measure import LatencyJob, measure
from harness.latency.sampling import sampling_for
from harness.latency.schedule import Turn, interleave
from harness.records.launch import Delegation, Launch
from harness.records.model import Model
from harness.records.trial import Trial
from harness.records.vocabulary import Budget, Delegate, Runtime, Status

TRIALS = [Trial(name, "0" * 64, "bench", Runtime.LITERT, Delegate.CPU, 1) for name in ("good", "bad")]


class ScriptedDevice:
    """A launcher whose model `bad` ends with the given status."""

    def __init__(self, status: Status) -> None:
        self._status = status

    def settle(self) -> None:
        """Never spoiled."""

    def launch(self, order: LaunchOrder) -> Launch:
        bad = order.trial.model == "bad"
        return Launch(
            trial=order.trial.key,
            index=order.index,
            round=order.round,
            started_at="2026-01-01T00:00:00+00:00",
            status=self._status if bad else Status.OK,
            reason="no good" if bad else None,
            delegation=Delegation(Delegate.CPU, Delegate.CPU),
            log=order.log_name,
        )


def job_with(launcher: Launcher, folder: Path) -> LatencyJob:
    return LatencyJob(
        models={t.model: Model(t.model, "x.tflite", t.sha256, 1) for t in TRIALS},
        inputs={t.model: ModelInput() for t in TRIALS},
        launchers={"bench": launcher},
        sampling=sampling_for(Budget.QUICK),
        timeout_s=1,
        log_path=lambda name: folder / "logs" / name,
    )


def run(status: Status, folder: Path) -> list[Launch]:
    made: list[Launch] = []
    job = job_with(ScriptedDevice(status), folder)
    turns = interleave(TRIALS, launches=4, seed=0)
    carry_out(job, turns, made)
    return made


def carry_out(job: LatencyJob, turns: Iterable[Turn], made: list[Launch]) -> list[str]:
    """Measure; the names of devices that were lost."""
    lost: list[str] = []
    measure(
        job,
        turns,
        on_start=lambda turn: None,
        on_launch=made.append,
        on_lost=lambda device, error: lost.append(device),
    )
    return lost


def count(launches: list[Launch], model: str) -> int:
    return sum(launch.trial.startswith(model) for launch in launches)


def test_a_failure_decides_its_own_trial_only(tmp_path: Path):
    for status in (Status.FAILED, Status.UNSUPPORTED, Status.TIMED_OUT):
        launches = run(status, tmp_path)
        assert (count(launches, "good"), count(launches, "bad")) == (4, 1)


def test_a_fallback_is_measured_like_any_other(tmp_path: Path):
    assert count(run(Status.FALLBACK, tmp_path), "bad") == 4


def test_every_launch_has_a_log_of_its_own_inside_the_folder(tmp_path: Path):
    logs = [launch.log for launch in run(Status.OK, tmp_path)]
    assert len(set(logs)) == 8
    assert all(log is not None and log.startswith("logs/") for log in logs)


class WarmDevice(ScriptedDevice):
    """Every launch is spoiled until it was left alone `pauses` times."""

    def __init__(self, pauses: int) -> None:
        super().__init__(Status.OK)
        self.pauses = pauses

    def settle(self) -> None:
        self.pauses -= 1

    def launch(self, order: LaunchOrder) -> Launch:
        made = replace(super().launch(order), attempt=order.attempt)
        return replace(made, contaminated="thermal status 2") if self.pauses > 0 else made


@pytest.mark.parametrize(("pauses", "attempts"), [(0, [0]), (1, [0, 1]), (2, [0, 1, 2]), (9, [0, 1, 2])])
def test_a_spoiled_launch_is_made_again_at_most_twice_and_all_are_stored(
    tmp_path: Path, pauses: int, attempts: list[int]
):
    made: list[Launch] = []
    job = job_with(WarmDevice(pauses), tmp_path)
    turns = interleave(TRIALS[:1], launches=1, seed=0)
    carry_out(job, turns, made)
    assert [launch.attempt for launch in made] == attempts
    assert len({launch.log for launch in made}) == len(made)
    assert (made[-1].contaminated is None) == (pauses < 3)


def test_a_trial_that_never_settles_is_given_up(tmp_path: Path):
    made: list[Launch] = []
    turns = interleave(TRIALS[:1], launches=5, seed=0)
    carry_out(job_with(WarmDevice(99), tmp_path), turns, made)
    assert len(made) == 3


class LostDevice(ScriptedDevice):
    """Answers a number of times and is never seen again."""

    def __init__(self, launches: int) -> None:
        super().__init__(Status.OK)
        self.left = launches

    def launch(self, order: LaunchOrder) -> Launch:
        if self.left == 0:
            raise DeviceNotFoundError("no such phone")
        self.left -= 1
        return super().launch(order)


def test_a_lost_device_is_told_once_and_the_others_go_on(tmp_path: Path):
    made: list[Launch] = []
    job = job_with(LostDevice(3), tmp_path)
    other = replace(TRIALS[0], device="other")
    job = replace(job, launchers={**job.launchers, "other": ScriptedDevice(Status.OK)})
    lost = carry_out(job, interleave([*TRIALS, other], launches=4, seed=0), made)
    assert lost == ["bench"]
    assert [launch.trial for launch in made].count(other.key) == 4
    assert len(made) == 3 + 4


class SharedCores(ScriptedDevice):
    """Others have the cores at the first try of every launch."""

    def launch(self, order: LaunchOrder) -> Launch:
        made = replace(super().launch(order), attempt=order.attempt)
        return made if order.attempt else replace(made, contended="others ran")


def test_a_launch_whose_cores_others_had_is_left_for_a_later_round(tmp_path: Path):
    made: list[Launch] = []
    job = job_with(SharedCores(Status.OK), tmp_path)
    carry_out(job, interleave(TRIALS, launches=2, seed=0), made)
    assert [launch.attempt for launch in made] == [0, 0, 0, 0]
    carry_out(job, [Turn(TRIALS[0], 1, 2, attempt=1)], made)
    assert (made[-1].attempt, made[-1].contended) == (1, None)
    assert made[-1].log is not None
    assert made[-1].log.endswith("1.again1.log")
