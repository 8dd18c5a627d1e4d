"""Launches on this computer: a fresh measuring process each."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timezone

import psutil

from harness.errors import LaunchError
from harness.latency.conversation import Times, batch, failure, load_request, record_of, warm_up
from harness.latency.launcher import LaunchOrder
from harness.latency.process import WorkerProcess
from harness.latency.sustained import sustain_here
from harness.records.launch import DeviceState, Launch
from harness.records.sustained import SustainedRun
from harness.records.vocabulary import Delegate, Runtime, Status
from harness.stats.contention import contended_by, crowded_by, undisturbed, without_wait
from harness.stats.warmup import enough_samples

__all__ = ["LocalLauncher"]

# Where others have the CPU most of the time, a launch may take so many times its time for samples.
_PATIENCE = 3
# All CPUs together, over so long: an idle computer shows 1 to 3 %.
_CALM_PERCENT = 10.0
_LOOK_S = 0.25
_WAIT_FOR_CALM_S = 20.0


class LocalLauncher:
    """Makes launches with the runtimes installed here.

    `read_state` is asked before and after every launch. `pythons` names another
    interpreter for a runtime that this one cannot host.
    """

    def __init__(
        self, *, read_state: Callable[[], DeviceState], pythons: Mapping[Runtime, str] | None = None
    ) -> None:
        self._read_state = read_state
        self._pythons = dict(pythons or {})
        self._patience_s = _WAIT_FOR_CALM_S

    def launch(self, order: LaunchOrder) -> Launch:
        """See `Launcher.launch`."""
        before = self._read_state()
        started = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        clock = time.monotonic()
        times = Times()
        used = _used_s()
        status, reason = self._run(order, times)
        took_s = time.monotonic() - clock
        others = (_used_s() - used) / took_s if took_s else 0.0
        launch = record_of(order, times, started_at=started, status=status, reason=reason)
        return replace(
            launch,
            attempt=order.attempt,
            contended=contended_by(launch) or crowded_by(launch, others) if status is Status.OK else None,
            state_before=before,
            state_after=self._read_state(),
            duration_s=time.monotonic() - clock,
        )

    def settle(self) -> None:
        """Wait for a moment in which nobody else computes, some seconds in all launches of a run."""
        while self._patience_s > 0:
            began = time.monotonic()
            busy = psutil.cpu_percent(interval=_LOOK_S)
            self._patience_s -= time.monotonic() - began
            if busy < _CALM_PERCENT:
                return

    def sustain(self, order: LaunchOrder, duration_s: float) -> SustainedRun:
        """Run a trial without a rest; see `sustain_here`."""
        return sustain_here(order, load_request(order), self._read_state, duration_s=duration_s)

    def _run(self, order: LaunchOrder, times: Times) -> tuple[Status, str | None]:
        try:
            with WorkerProcess(
                log=order.log,
                timeout_s=order.timeout_s,
                python=self._pythons.get(order.trial.runtime, sys.executable),
            ) as worker:
                times.load = worker.ask("load", **load_request(order))
                warm_up(worker, order.sampling, times)
                _sample(worker, order, times)
                times.close = worker.ask("close")
        except LaunchError as error:
            return failure(error, times)
        return Status.OK, None


def _used_s() -> float:
    """CPU time that processes other than this one and its children have used since the system began."""
    now = psutil.cpu_times()
    busy = sum(getattr(now, kind, 0.0) for kind in ("user", "nice", "system", "irq", "softirq"))
    return float(busy - sum(os.times()[:4]))


def _sample(worker: WorkerProcess, order: LaunchOrder, times: Times) -> None:
    """Sample until the median is known, or its time is over: three times as much where others had the CPU."""
    sampling = order.sampling
    # A GPU's threads are its driver's, and nobody knows which of them the work needs.
    waits = order.trial.delegate is not Delegate.GPU
    while True:
        useful = _useful(times, threads=order.trial.threads)
        missing = sampling.samples_min - len(useful)
        spent_ms, useful_ms = sum(times.wall_ns) / 1e6, sum(useful) / 1e6
        left_ms = min(sampling.samples_max_ms - useful_ms, _PATIENCE * sampling.samples_max_ms - spent_ms)
        enough = left_ms <= 0 or enough_samples(useful, target=sampling.target)
        if len(times.wall_ns) >= sampling.samples_min and enough and (missing <= 0 or left_ms <= 0):
            return
        count = max(missing, batch(times.warmup_ns + times.wall_ns))
        # The minimum is taken whatever it lasts; the timeout of the launch is the bound.
        least = len(times.wall_ns) < sampling.samples_min
        answer = worker.ask("invoke", count=count, max_ms=1e9 if least else left_ms, waits=waits)
        times.wall_ns += answer["wall_ns"]
        times.cpu_ns += answer["cpu_ns"]
        times.wait_ns += answer.get("wait_ns", ())
        times.run_ns += answer.get("run_ns", ())


def _useful(times: Times, *, threads: int) -> list[int]:
    """The samples so far without what others did to them, as far as it is known while they are taken."""
    if len(times.wait_ns) != len(times.wall_ns):
        return times.wall_ns
    if threads == 1:
        return without_wait(times.wall_ns, times.cpu_ns, times.wait_ns)
    alone = undisturbed(times.wall_ns, times.wait_ns)
    return [ns for ns, kept in zip(times.wall_ns, alone, strict=True) if kept]
