"""Launches on this computer: a fresh measuring process each."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timezone

from harness.errors import LaunchError
from harness.latency.conversation import Times, batch, failure, load_request, record_of, warm_up
from harness.latency.launcher import LaunchOrder
from harness.latency.process import WorkerProcess
from harness.latency.sampling import Sampling
from harness.latency.sustained import sustain_here
from harness.records.launch import DeviceState, Launch
from harness.records.sustained import SustainedRun
from harness.records.vocabulary import Runtime, Status
from harness.stats.warmup import enough_samples

__all__ = ["LocalLauncher"]


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

    def launch(self, order: LaunchOrder) -> Launch:
        """See `Launcher.launch`."""
        before = self._read_state()
        started = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        clock = time.monotonic()
        times = Times()
        status, reason = self._run(order, times)
        launch = record_of(order, times, started_at=started, status=status, reason=reason)
        return replace(
            launch,
            state_before=before,
            state_after=self._read_state(),
            duration_s=time.monotonic() - clock,
        )

    def settle(self) -> None:
        """Nothing here calls a launch contaminated, so there is nothing to wait for."""

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
                _sample(worker, order.sampling, times)
                times.close = worker.ask("close")
        except LaunchError as error:
            return failure(error, times)
        return Status.OK, None


def _sample(worker: WorkerProcess, sampling: Sampling, times: Times) -> None:
    while True:
        left_ms = sampling.samples_max_ms - sum(times.wall_ns) / 1e6
        missing = sampling.samples_min - len(times.wall_ns)
        if missing <= 0 and (left_ms <= 0 or enough_samples(times.wall_ns, target=sampling.target)):
            return
        count = max(missing, batch(times.warmup_ns + times.wall_ns))
        # The minimum is taken whatever it lasts; the timeout of the launch is the bound.
        answer = worker.ask("invoke", count=count, max_ms=1e9 if missing > 0 else left_ms)
        times.wall_ns += answer["wall_ns"]
        times.cpu_ns += answer["cpu_ns"]
