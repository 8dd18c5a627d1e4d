from __future__ import annotations

from pathlib import Path

from harness.latency.launcher import LaunchOrder, ModelInput
from harness.latency.measure import LatencyJob, measure
from harness.latency.sampling import sampling_for
from harness.latency.schedule import interleave
from harness.records.launch import Delegation, Launch
from harness.records.model import Model
from harness.records.trial import Trial
from harness.records.vocabulary import Budget, Delegate, Runtime, Status

TRIALS = [Trial(name, "0" * 64, "bench", Runtime.LITERT, Delegate.CPU, 1) for name in ("good", "bad")]


class ScriptedDevice:
    """A launcher whose model `bad` ends with the given status."""

    def __init__(self, status: Status) -> None:
        self._status = status

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


def run(status: Status, folder: Path, *, decided: frozenset[str] = frozenset()) -> list[Launch]:
    made: list[Launch] = []
    job = LatencyJob(
        models={t.model: Model(t.model, "x.tflite", t.sha256, 1) for t in TRIALS},
        inputs={t.model: ModelInput() for t in TRIALS},
        launchers={"bench": ScriptedDevice(status)},
        sampling=sampling_for(Budget.QUICK),
        timeout_s=1,
        log_path=lambda name: folder / "logs" / name,
    )
    turns = interleave(TRIALS, launches=4, seed=0)
    measure(job, turns, decided=decided, on_start=lambda turn: None, on_launch=made.append)
    return made


def count(launches: list[Launch], model: str) -> int:
    return sum(launch.trial.startswith(model) for launch in launches)


def test_a_failure_decides_its_own_trial_only(tmp_path: Path):
    for status in (Status.FAILED, Status.UNSUPPORTED, Status.TIMED_OUT):
        launches = run(status, tmp_path)
        assert (count(launches, "good"), count(launches, "bad")) == (4, 1)


def test_a_fallback_is_measured_like_any_other(tmp_path: Path):
    assert count(run(Status.FALLBACK, tmp_path), "bad") == 4


def test_a_trial_decided_before_is_not_launched_again(tmp_path: Path):
    launches = run(Status.OK, tmp_path, decided=frozenset({TRIALS[1].key}))
    assert count(launches, "bad") == 0


def test_every_launch_has_a_log_of_its_own_inside_the_folder(tmp_path: Path):
    logs = [launch.log for launch in run(Status.OK, tmp_path)]
    assert len(set(logs)) == 8
    assert all(log is not None and log.startswith("logs/") for log in logs)
