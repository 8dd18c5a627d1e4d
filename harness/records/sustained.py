"""A trial that ran without a rest: how its latency changed with the heat."""

from __future__ import annotations

from dataclasses import dataclass

from harness.records.launch import DeviceState
from harness.records.vocabulary import Status

__all__ = ["SustainedRun", "SustainedWindow"]


@dataclass(frozen=True, slots=True)
class SustainedWindow:
    """Some seconds of it. `start_s` counts from the beginning of the first window."""

    start_s: float
    runs: int
    """Invokes in the window."""
    median_ms: float
    state: DeviceState
    """The reading nearest to the window's end."""


@dataclass(frozen=True, slots=True)
class SustainedRun:
    """All windows of one trial, and the state before the first."""

    trial: str
    """Key of the trial."""
    started_at: str
    """ISO 8601, UTC."""
    status: Status
    reason: str | None
    window_s: float
    before: DeviceState
    windows: tuple[SustainedWindow, ...] = ()
    log: str | None = None
    """Raw output of the tool, relative to the run folder."""
    schema: int = 1
