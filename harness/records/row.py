"""A row: everything a run says of one trial, as exported and reported."""

from __future__ import annotations

from dataclasses import dataclass

from harness.records.evaluation import OutputDifference
from harness.records.input_convention import InputConvention
from harness.records.trial import delegate_title
from harness.records.vocabulary import ClassOrder, Delegate, Quantization, Runtime, Status

__all__ = ["Caution", "LatencySummary", "Row"]


@dataclass(frozen=True, slots=True)
class Caution:
    """A warning as data: the number that broke a rule, what to run next, how to silence it."""

    code: str
    message: str
    next_step: str | None = None
    silence: str | None = None

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class LatencySummary:
    """Latency of a trial in milliseconds, of the times that count (harness/stats/contention.py).

    `median` is the median of the launches' medians; `ci_low`, `ci_high` its
    95 % interval over launches, None for a single launch. p90, p99 and min are
    those of all counted samples, `mean` is the mean of the launches' means; None
    where a tool printed its own figures without them.
    `spread_between` and `spread_within` are relative standard deviations of the
    launches' medians and, within launches, of samples (robust).
    """

    median: float
    ci_low: float | None
    ci_high: float | None
    p90: float | None
    p99: float | None
    mean: float | None
    min: float | None
    spread_between: float | None = None
    spread_within: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row per trial. Missing is None, never 0. Accuracies are fractions from 0 to 1."""

    model: str
    sha256: str
    family: str | None
    quantization: Quantization | None
    size_bytes: int | None
    device: str
    runtime: Runtime
    runtime_version: str | None
    delegate_requested: Delegate
    delegate_actual: Delegate | None
    delegated_nodes: int | None
    total_nodes: int | None
    threads: int
    status: Status
    reason: str | None
    launches: int
    samples: int
    latency_ms: LatencySummary | None
    init_ms: float | None
    first_ms: float | None
    peak_memory_mb: float | None
    top1: float | None
    top1_low: float | None
    top1_high: float | None
    top5: float | None
    top5_low: float | None
    top5_high: float | None
    images: int | None
    dataset: str | None
    warnings: tuple[Caution, ...] = ()
    trial: str = ""
    run: str = ""
    variant: str = ""
    """What else was chosen of the delegate, as an imported log tells it; see `Trial`."""
    reported_mean_ms: float | None = None
    """A tool's mean, where it printed no median: shown, never ranked. None where there is a latency."""
    accuracy_from: str | None = None
    """Runtime and delegate the accuracy was measured with, where they differ from this row's."""
    accuracy_reason: str | None = None
    """Why there is no accuracy."""
    class_order: ClassOrder | None = None
    """How the accuracy's classes were matched with outputs; None without accuracy."""
    simulated: bool = False
    wall_ms: LatencySummary | None = None
    """The latency as the clock showed it; `latency_ms` leaves out the wait for a CPU where it is known."""
    difference: OutputDifference | None = None
    """How far the outputs lie from the CPU's, where accuracy was measured on the device itself."""
    input_convention: InputConvention | None = None
    """How pixels are fed and how that is known; None where no file was read, as of imported logs."""
    processor: str | None = None
    """What the device computes with: its processor and how many CPUs may be used, a phone's model and SoC."""

    @property
    def asked(self) -> str:
        """What was asked to compute the graph, in words."""
        return delegate_title(self.delegate_requested, self.variant)
