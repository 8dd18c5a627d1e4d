"""What a launch asks its measuring process, and how the answers become its record."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from harness.errors import LaunchError
from harness.latency.gpu_log import read_gpu_log
from harness.latency.launcher import LaunchOrder
from harness.latency.process import WorkerProcess, WorkerRefused, WorkerTimeout
from harness.latency.sampling import Sampling
from harness.records.launch import Delegation, Launch
from harness.records.vocabulary import Delegate, Status
from harness.stats.warmup import is_settled

__all__ = ["Times", "batch", "failure", "load_request", "record_of", "warm_up"]

# One batch of invokes between two looks at the times: long enough that the
# question over the pipe (about 0.1 ms) is rare, short enough to stop in time.
_BATCH_MS = 30.0
_MAX_BATCH = 1000


@dataclass(slots=True)
class Times:
    """What a launch has yielded so far; kept when it fails half-way."""

    warmup_ns: list[int] = field(default_factory=list)
    settled: bool | None = None
    wall_ns: list[int] = field(default_factory=list)
    cpu_ns: list[int] = field(default_factory=list)
    wait_ns: list[int] = field(default_factory=list)
    run_ns: list[int] = field(default_factory=list)
    first_wait_ns: int | None = None
    load: dict[str, Any] = field(default_factory=dict)
    close: dict[str, Any] = field(default_factory=dict)


def failure(error: LaunchError, times: Times) -> tuple[Status, str]:
    """The status of a launch that ended with `error`, and the reason in one sentence."""
    if isinstance(error, WorkerRefused):
        status = Status.UNSUPPORTED if error.unsupported else Status.FAILED
        return status, f"{_phase(times)}: {error.message}"
    if isinstance(error, WorkerTimeout):
        return Status.TIMED_OUT, f"{_phase(times)}: {error.message}"
    return Status.FAILED, error.message


def record_of(
    order: LaunchOrder, times: Times, *, started_at: str, status: Status, reason: str | None
) -> Launch:
    """The launch that `times` and the way it ended make; its delegation is judged."""
    launch = Launch(
        trial=order.trial.key,
        index=order.index,
        round=order.round,
        started_at=started_at,
        status=status,
        reason=reason,
        delegation=Delegation(requested=order.trial.delegate, actual=None),
        threads_requested=order.trial.threads,
        input_description=order.model_input.description,
        log=order.log_name,
    )
    return _judge_delegation(_with_times(launch, times), order)


def _phase(times: Times) -> str:
    if not times.load:
        return "loading failed"
    return "invoking failed" if not times.close else "ending failed"


def load_request(order: LaunchOrder) -> dict[str, object]:
    """The arguments of the request `load`."""
    given = order.model_input
    wanted: dict[str, object] = {"seed": given.seed, "low": given.low, "high": given.high}
    if given.array is not None:
        wanted["array"] = str(given.array)
    if given.shape is not None:
        wanted["shape"] = list(given.shape)
    return {
        "model": order.model.path,
        "runtime": order.trial.runtime.value,
        "delegate": order.trial.delegate.value,
        "threads": order.trial.threads,
        "input": wanted,
    }


def warm_up(worker: WorkerProcess, sampling: Sampling, times: Times) -> None:
    """Invoke until the times settle; the first invoke alone, because it is reported."""
    first = worker.ask("invoke", count=1, max_ms=0)
    times.warmup_ns += first["wall_ns"]
    times.first_wait_ns = first.get("main_wait_ns")
    times.settled = False
    while not times.settled:
        left_ms = sampling.warmup_max_ms - sum(times.warmup_ns) / 1e6
        if left_ms <= 0 and len(times.warmup_ns) >= sampling.warmup_min:
            return
        answer = worker.ask("invoke", count=batch(times.warmup_ns), max_ms=max(left_ms, 0.0))
        times.warmup_ns += answer["wall_ns"]
        times.settled = len(times.warmup_ns) >= sampling.warmup_min and is_settled(times.warmup_ns)


def batch(seen_ns: list[int]) -> int:
    """How many invokes to ask for at once, after those seen."""
    recent_ms = min(seen_ns[-3:]) / 1e6
    return max(1, min(_MAX_BATCH, int(_BATCH_MS / max(recent_ms, 1e-4))))


def _with_times(launch: Launch, times: Times) -> Launch:
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
        wait_ns=tuple(times.wait_ns),
        run_ns=tuple(times.run_ns) if (close.get("process_threads") or 1) > 1 else (),
        threads_ns=tuple((ran, waited) for ran, waited in close.get("threads_ns") or ()),
        warmup_ns=tuple(times.warmup_ns),
        warmup_settled=times.settled,
        init_ms=load.get("init_ms"),
        first_ms=times.warmup_ns[0] / 1e6 if times.warmup_ns else None,
        init_wait_ms=_ms(load.get("init_wait_ns")),
        first_wait_ms=_ms(times.first_wait_ns),
        peak_memory_bytes=close.get("peak_memory_bytes"),
        process_threads=close.get("process_threads"),
        affinity=tuple(close["affinity"]) if close.get("affinity") else None,
        runtime_version=load.get("runtime_version"),
    )


def _ms(time_ns: int | None) -> float | None:
    return None if time_ns is None else time_ns / 1e6


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
