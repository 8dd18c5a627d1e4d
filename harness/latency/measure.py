"""Measure the trials of a run: launch after launch, each recorded as it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.errors import DeviceNotFoundError, HarnessError
from harness.latency.launcher import Launcher, LaunchOrder, ModelInput
from harness.latency.sampling import Sampling
from harness.latency.schedule import Turn
from harness.records.launch import MOST_ATTEMPTS, Launch
from harness.records.model import Model
from harness.records.vocabulary import Status

__all__ = ["FINAL", "LatencyJob", "measure", "order_of"]

FINAL = frozenset({Status.FAILED, Status.UNSUPPORTED, Status.TIMED_OUT, Status.SKIPPED})
"""After one launch of this status the trial is decided; more launches would only repeat it."""


@dataclass(frozen=True, slots=True)
class LatencyJob:
    """What all launches of a run share."""

    models: Mapping[str, Model]
    """By the model's name."""
    inputs: Mapping[str, ModelInput]
    launchers: Mapping[str, Launcher]
    """By the device's name."""
    sampling: Sampling
    timeout_s: float
    log_path: Callable[[str], Path]


def measure(
    job: LatencyJob,
    turns: Iterable[Turn],
    *,
    on_start: Callable[[Turn], None],
    on_launch: Callable[[Launch], None],
    on_lost: Callable[[str, HarnessError], None],
) -> None:
    """Make the launches of `turns` in order, leaving out those of trials that get decided on the way.

    `on_launch` is called as each ends and must have stored it when it returns. A
    launch that something spoiled is made again; when that does not help, the
    trial is given up. One whose cores others had is left for a later round: they
    may have them for a while. `on_lost` is told of a device that is gone for good; the
    others go on.
    """
    over: set[str] = set()
    lost: set[str] = set()
    for turn in turns:
        if turn.trial.key in over or turn.trial.device in lost:
            continue
        on_start(turn)
        try:
            launch = _launch_until_clean(job, turn, on_launch)
        except DeviceNotFoundError as error:
            lost.add(turn.trial.device)
            on_lost(turn.trial.device, error)
            continue
        if launch.status in FINAL or launch.contaminated is not None:
            over.add(turn.trial.key)


def _launch_until_clean(job: LatencyJob, turn: Turn, on_launch: Callable[[Launch], None]) -> Launch:
    """The launch, made again after a pause while something spoils it; every one of them is stored."""
    launcher = job.launchers[turn.trial.device]
    if turn.attempt:
        launcher.settle()
    for attempt in range(turn.attempt, MOST_ATTEMPTS):
        launch = launcher.launch(_order(job, turn, attempt))
        on_launch(launch)
        if launch.contaminated is None or not launch.needs_retake:
            break
        launcher.settle()
    return launch


def _order(job: LatencyJob, turn: Turn, attempt: int) -> LaunchOrder:
    again = f".again{attempt}" if attempt else ""
    return order_of(job, turn, f"{turn.index}{again}", attempt=attempt)


def order_of(job: LatencyJob, turn: Turn, what: str, *, attempt: int = 0) -> LaunchOrder:
    """The order of one launch; `what` tells its log from others of the trial."""
    trial = turn.trial
    cell = f"{trial.model}.{trial.device}.{trial.runtime}.{trial.delegate}.{trial.threads}t"
    log = job.log_path(f"{cell}.{what}.log")
    return LaunchOrder(
        trial=trial,
        model=job.models[trial.model],
        model_input=job.inputs[trial.model],
        index=turn.index,
        round=turn.round,
        sampling=job.sampling,
        timeout_s=job.timeout_s,
        log=log,
        log_name=f"{log.parent.name}/{log.name}",
        attempt=attempt,
    )
