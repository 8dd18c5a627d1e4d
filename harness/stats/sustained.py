"""From the windows of a sustained run to what a reader wants to know of it. Pure."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from harness.records.launch import DeviceState
from harness.records.sustained import SustainedRun

__all__ = ["SustainedSummary", "summarise_sustained"]


@dataclass(frozen=True, slots=True)
class SustainedSummary:
    """`ratio` is steady over start: above 1 the device got slower."""

    start_ms: float
    """Median of the first window."""
    steady_ms: float
    """Median of the medians of the last third of the windows."""
    ratio: float
    duration_s: float
    first_cap_s: float | None
    """When a reading first showed that heat held the device back; None: no reading did."""
    first_cap: str | None
    """What that reading showed."""


def summarise_sustained(run: SustainedRun) -> SustainedSummary | None:
    """The figures; None where no window was measured."""
    windows = run.windows
    if not windows:
        return None
    steady = statistics.median(each.median_ms for each in windows[-max(1, len(windows) // 3) :])
    start = windows[0].median_ms
    cap = next(
        ((each.start_s, why) for each in windows if (why := _cap(run.before, each.state)) is not None), None
    )
    return SustainedSummary(
        start_ms=start,
        steady_ms=steady,
        ratio=steady / start,
        duration_s=windows[-1].start_s + run.window_s,
        first_cap_s=cap[0] if cap else None,
        first_cap=cap[1] if cap else None,
    )


def _cap(before: DeviceState, state: DeviceState) -> str | None:
    """The sign of heat in a reading: a status, or a clock allowed less than before the first window."""
    if (state.thermal_status or 0) > (before.thermal_status or 0):
        return f"thermal status {state.thermal_status}"
    allowed = dict(before.cluster_cap_khz)
    for cluster, cap_khz in state.cluster_cap_khz:
        if cap_khz < allowed.get(cluster, cap_khz):
            return f"clock of cpu{cluster} capped at {cap_khz / 1e6:.2f} of {allowed[cluster] / 1e6:.2f} GHz"
    return None
