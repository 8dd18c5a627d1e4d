"""What launches of their own found out about a trial, because finding it out disturbs the times."""

from __future__ import annotations

from dataclasses import dataclass

from harness.records.vocabulary import Status

__all__ = ["OpCost", "TrialProfile"]


@dataclass(frozen=True, slots=True)
class OpCost:
    """One node of the graph in run order, as the tool profiled it."""

    node_type: str
    name: str
    mean_ms: float
    share_percent: float
    delegated: bool
    """Whether a delegate computed it."""


@dataclass(frozen=True, slots=True)
class TrialProfile:
    """Memory and ops of one trial. None and (): the tool did not tell."""

    trial: str
    """Key of the trial."""
    status: Status
    reason: str | None
    peak_memory_bytes: int | None = None
    """The highest resident size of the tool's process with the model in it."""
    memory_source: str | None = None
    """What measured it: the kernel's VmHWM, or the tool's own polling."""
    ops: tuple[OpCost, ...] = ()
    logs: tuple[str, ...] = ()
    """Raw output of the tool, relative to the run folder."""
    schema: int = 1
