"""What the parsers found in one log, before it is judged. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.latency.benchmark_model.delegation import DelegationFacts
from harness.latency.benchmark_model.help import Tool
from harness.latency.benchmark_model.lines import Line
from harness.latency.benchmark_model.parameters import Parameters

__all__ = ["Facts"]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the parsers found in one log."""

    tool: Tool
    lines: Sequence[Line]
    parameters: Parameters
    delegation: DelegationFacts
    initialised: bool
    """The session came up: delegates were applied to the end, and what the log says of them holds."""
    finished: bool
    runs: int | None
    contradiction: str | None
    fully_accelerated: bool | None
    exit_status: int | None
    has_percentiles: bool = True
    """Tools of 2022 and before print none."""
