"""A trial that runs here without a rest: one process, its invokes summed up window by window."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timezone

from harness.latency.launcher import LaunchOrder
from harness.latency.process import WorkerDied, WorkerProcess, WorkerRefused, WorkerTimeout
from harness.records.launch import DeviceState
from harness.records.sustained import SustainedRun, SustainedWindow
from harness.records.vocabulary import Status

__all__ = ["WINDOW_S", "begun", "sustain_here"]

WINDOW_S = 10.0
"""As long as thermal governors take to act, and long enough for a median of slow models."""

_SLICE_MS = 500.0


def begun(order: LaunchOrder, before: DeviceState, window_s: float) -> SustainedRun:
    """The record of a run that has no window yet."""
    return SustainedRun(
        trial=order.trial.key,
        started_at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        status=Status.FAILED,
        reason=None,
        window_s=window_s,
        before=before,
        log=order.log_name,
    )


def sustain_here(
    order: LaunchOrder,
    load: dict[str, object],
    read_state: Callable[[], DeviceState],
    *,
    duration_s: float,
    window_s: float = WINDOW_S,
) -> SustainedRun:
    """Run for `duration_s` without a rest. `load` is the measuring process' request to load the model.

    Never raises for a model that fails: the windows until then are kept, with the reason.
    """
    run = begun(order, read_state(), window_s)
    windows: list[SustainedWindow] = []
    try:
        with WorkerProcess(log=order.log, timeout_s=duration_s + order.timeout_s) as worker:
            worker.ask("load", **load)
            for window in _windows(worker, duration_s, window_s):
                windows.append(replace(window, state=read_state()))
            worker.ask("close")
    except WorkerTimeout as error:
        return replace(run, status=Status.TIMED_OUT, reason=error.message, windows=tuple(windows))
    except (WorkerRefused, WorkerDied) as error:
        return replace(run, reason=error.message, windows=tuple(windows))
    return replace(run, status=Status.OK, windows=tuple(windows))


def _windows(worker: WorkerProcess, duration_s: float, window_s: float) -> Iterator[SustainedWindow]:
    began = time.monotonic()
    for number in range(max(1, round(duration_s / window_s))):
        start_s = time.monotonic() - began
        wall_ns: list[int] = []
        while time.monotonic() - began < (number + 1) * window_s or not wall_ns:
            wall_ns += worker.ask("invoke", count=100_000, max_ms=_SLICE_MS)["wall_ns"]
        yield SustainedWindow(start_s, len(wall_ns), statistics.median(wall_ns) / 1e6, DeviceState())
