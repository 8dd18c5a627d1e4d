"""Launches on this computer: a fresh measuring process each."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any

from harness.latency.gpu_log import read_gpu_log
from harness.latency.launcher import LaunchOrder
from harness.latency.process import WorkerDied, WorkerProcess, WorkerRefused, WorkerTimeout
from harness.latency.sampling import Sampling
from harness.latency.sustained import sustain_here
from harness.records.launch import Delegation, DeviceState, Launch
from harness.records.sustained import SustainedRun
from harness.records.vocabulary import Delegate, Runtime, Status
from harness.stats.warmup import enough_samples, is_settled

__all__ = ["LocalLauncher"]

# One batch of invokes between two looks at the times: long enough that the
# question over the pipe (about 0.1 ms) is rare, short enough to stop in time.
_BATCH_MS = 30.0
_MAX_BATCH = 1000


@dataclass(slots=True)
class _Times:
    """What a launch has yielded so far; kept when it fails half-way."""

    warmup_ns: list[int] = field(default_factory=list)
    settled: bool | None = None
    wall_ns: list[int] = field(default_factory=list)
    cpu_ns: list[int] = field(default_factory=list)
    load: dict[str, Any] = field(default_factory=dict)
    close: dict[str, Any] = field(default_factory=dict)


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
        times = _Times()
        status, reason = self._run(order, times)
        launch = Launch(
            trial=order.trial.key,
            index=order.index,
            round=order.round,
            started_at=started,
            status=status,
            reason=reason,
            delegation=_requested_only(order.trial.delegate),
            threads_requested=order.trial.threads,
            input_description=order.model_input.description,
            state_before=before,
            state_after=self._read_state(),
            duration_s=time.monotonic() - clock,
            log=order.log_name,
        )
        return _judge_delegation(_with_times(launch, times), order)

    def settle(self) -> None:
        """Nothing here calls a launch contaminated, so there is nothing to wait for."""

    def sustain(self, order: LaunchOrder, duration_s: float) -> SustainedRun:
        """Run a trial without a rest; see `sustain_here`."""
        return sustain_here(order, _load_request(order), self._read_state, duration_s=duration_s)

    def _run(self, order: LaunchOrder, times: _Times) -> tuple[Status, str | None]:
        try:
            with WorkerProcess(
                log=order.log,
                timeout_s=order.timeout_s,
                python=self._pythons.get(order.trial.runtime, sys.executable),
            ) as worker:
                times.load = worker.ask("load", **_load_request(order))
                _warm_up(worker, order.sampling, times)
                _sample(worker, order.sampling, times)
                times.close = worker.ask("close")
        except WorkerRefused as error:
            status = Status.UNSUPPORTED if error.unsupported else Status.FAILED
            return status, f"{_phase(times)}: {error.message}"
        except WorkerTimeout as error:
            return Status.TIMED_OUT, f"{_phase(times)}: {error.message}"
        except WorkerDied as error:
            return Status.FAILED, error.message
        return Status.OK, None


def _phase(times: _Times) -> str:
    if not times.load:
        return "loading failed"
    return "invoking failed" if not times.close else "ending failed"


def _load_request(order: LaunchOrder) -> dict[str, object]:
    given = order.model_input
    wanted: dict[str, object] = {"seed": given.seed, "low": given.low, "high": given.high}
    if given.array is not None:
        wanted["array"] = str(given.array)
    return {
        "model": order.model.path,
        "runtime": order.trial.runtime.value,
        "delegate": order.trial.delegate.value,
        "threads": order.trial.threads,
        "input": wanted,
    }


def _warm_up(worker: WorkerProcess, sampling: Sampling, times: _Times) -> None:
    """Invoke until the times settle; the first invoke alone, because it is reported."""
    times.warmup_ns += worker.ask("invoke", count=1, max_ms=0)["wall_ns"]
    times.settled = False
    while not times.settled:
        left_ms = sampling.warmup_max_ms - sum(times.warmup_ns) / 1e6
        if left_ms <= 0 and len(times.warmup_ns) >= sampling.warmup_min:
            return
        answer = worker.ask("invoke", count=_batch(times.warmup_ns), max_ms=max(left_ms, 0.0))
        times.warmup_ns += answer["wall_ns"]
        times.settled = len(times.warmup_ns) >= sampling.warmup_min and is_settled(times.warmup_ns)


def _sample(worker: WorkerProcess, sampling: Sampling, times: _Times) -> None:
    while True:
        left_ms = sampling.samples_max_ms - sum(times.wall_ns) / 1e6
        missing = sampling.samples_min - len(times.wall_ns)
        if missing <= 0 and (left_ms <= 0 or enough_samples(times.wall_ns, target=sampling.target)):
            return
        count = max(missing, _batch(times.warmup_ns + times.wall_ns))
        # The minimum is taken whatever it lasts; the timeout of the launch is the bound.
        answer = worker.ask("invoke", count=count, max_ms=1e9 if missing > 0 else left_ms)
        times.wall_ns += answer["wall_ns"]
        times.cpu_ns += answer["cpu_ns"]


def _batch(seen_ns: list[int]) -> int:
    recent_ms = min(seen_ns[-3:]) / 1e6
    return max(1, min(_MAX_BATCH, int(_BATCH_MS / max(recent_ms, 1e-4))))


def _requested_only(delegate: Delegate) -> Delegation:
    return Delegation(requested=delegate, actual=None)


def _with_times(launch: Launch, times: _Times) -> Launch:
    load, close = times.load, times.close
    told = load.get("delegation", {})
    actual = told.get("actual")
    return replace(
        launch,
        delegation=replace(
            launch.delegation,
            actual=Delegate(actual) if actual else None,
            delegated_nodes=told.get("delegated_nodes"),
            total_nodes=told.get("total_nodes"),
            partitions=told.get("partitions"),
            evidence=told.get("evidence"),
        ),
        samples_ns=tuple(times.wall_ns),
        cpu_ns=tuple(times.cpu_ns),
        warmup_ns=tuple(times.warmup_ns),
        warmup_settled=times.settled,
        init_ms=load.get("init_ms"),
        first_ms=times.warmup_ns[0] / 1e6 if times.warmup_ns else None,
        peak_memory_bytes=close.get("peak_memory_bytes"),
        process_threads=close.get("process_threads"),
        affinity=tuple(close["affinity"]) if close.get("affinity") else None,
        runtime_version=load.get("runtime_version"),
    )


def _judge_delegation(launch: Launch, order: LaunchOrder) -> Launch:
    """Compare where the graph ran with where it was asked to run."""
    wanted = order.trial.delegate
    if wanted is Delegate.GPU:
        return _judge_gpu(launch, order)
    if launch.status is Status.OK and wanted is Delegate.CPU and launch.delegation.actual is not Delegate.CPU:
        reason = (
            f"XNNPACK took none of the {launch.delegation.total_nodes} nodes; the builtin kernels ran"
            " (ask for them with --delegates cpu-builtin)"
        )
        return replace(launch, status=Status.FALLBACK, reason=reason)
    return launch


def _judge_gpu(launch: Launch, order: LaunchOrder) -> Launch:
    log = read_gpu_log(order.log.read_text(encoding="utf-8", errors="replace"))
    nodes = sum(count for _, count in order.model.facts.operators) if order.model.facts else None
    partial = log.on_cpu is not None
    delegation = replace(
        launch.delegation,
        adapter=log.adapter,
        delegated_nodes=log.on_gpu if partial else (nodes if launch.delegation.actual else None),
        total_nodes=(log.on_gpu or 0) + (log.on_cpu or 0) if partial else nodes,
    )
    launch = replace(launch, delegation=delegation)
    if launch.status is Status.UNSUPPORTED and log.absence:
        return replace(launch, reason=f"no usable GPU: {log.absence}")
    if launch.status is Status.OK and (partial or "partly" in (delegation.evidence or "")):
        return replace(
            launch, status=Status.FALLBACK, reason=_partial_reason(log.on_gpu, log.on_cpu, log.left_on_cpu)
        )
    return launch


def _partial_reason(on_gpu: int | None, on_cpu: int | None, left: tuple[str, ...]) -> str:
    if on_gpu is None:
        return "the GPU took only a part of the graph; the CPU ran the rest"
    which = f" ({'; '.join(left[:3])})" if left else ""
    return f"the GPU took {on_gpu} of {on_gpu + (on_cpu or 0)} operations; the CPU ran the rest{which}"
