"""One log of `benchmark_model`, read and judged."""

from __future__ import annotations

from dataclasses import dataclass

from harness.latency.benchmark_model.delegation import Extent
from harness.latency.benchmark_model.help import Tool
from harness.records.launch import ReportedLatency
from harness.records.vocabulary import Delegate, Status

__all__ = ["BenchmarkLog", "Judgement"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the log proves. Node counts are those of the requested delegate in the main subgraph."""

    status: Status
    reason: str | None
    requested: Delegate | None
    """None where it is no log of the tool."""
    actual: Delegate | None = None
    """None where nothing was measured."""
    delegation: Extent | None = None
    delegated_nodes: int | None = None
    total_nodes: int | None = None
    partitions: int | None = None
    evidence: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BenchmarkLog:
    """Everything a log says. None: it does not say it."""

    tool: Tool
    judgement: Judgement
    latency: ReportedLatency | None = None
    """Only where the run counts as `ok` or `fallback`."""
    runs: int | None = None
    """Measured invokes; 0 where the tool says so."""
    init_ms: float | None = None
    first_ms: float | None = None
    """The first warm-up invoke."""
    warmup_runs: int | None = None
    threads: int | None = None
    graph: str | None = None
    """The model's path as the tool was given it."""
    model_size_bytes: int | None = None
    """From megabytes with six digits, so not exact for large files."""
    peak_memory_bytes: int | None = None
    """By the tool's periodic monitoring; it disturbs the times."""
    exit_status: int | None = None
    variant: str = ""
    """What else was chosen of the delegate: its accelerator, backend or precision."""
    other_delegate: str | None = None
    """A delegate that has no word in harness, which was asked for or took nodes."""
    disturbed: str | None = None
    """What the tool did beside running the model, where that changes its times."""
