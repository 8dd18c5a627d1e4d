"""A run: the plan and where it came from, as `run.json` keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.records.evaluation import DatasetFacts
from harness.records.model import Model
from harness.records.trial import Trial
from harness.records.vocabulary import Budget, Delegate, Job, Runtime

__all__ = ["EvaluationTask", "Provenance", "Run", "RunOptions", "SCHEMA_VERSION"]

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the user asked for, after defaults were filled in."""

    models: tuple[str, ...]
    devices: tuple[str, ...]
    threads: tuple[int, ...]
    delegates: tuple[Delegate, ...]
    runtimes: tuple[Runtime, ...]
    jobs: tuple[Job, ...]
    budget: Budget
    launches: int
    dataset: str | None
    subset: int | None
    seed: int
    input_image: str | None = None
    evaluate_on: tuple[Delegate, ...] = (Delegate.CPU,)
    """The delegates accuracy is measured with."""
    allow: tuple[str, ...] = ()
    """Codes of cautions that are not shown."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """What produced the numbers."""

    harness_version: str
    python_version: str
    host: tuple[tuple[str, str], ...]
    """Name and value of every fact of the computer that ran harness."""
    devices: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    """Fingerprint of every device of the run."""
    git_commit: str | None
    command: str


@dataclass(frozen=True, slots=True)
class EvaluationTask:
    """One evaluation the plan asks for."""

    model: str
    sha256: str
    device: str
    runtime: Runtime
    delegate: Delegate
    dataset: str

    @property
    def key(self) -> str:
        """Identifies the task within a run."""
        return f"{self.model}@{self.sha256[:12]}/{self.device}/{self.runtime}/{self.delegate}/{self.dataset}"


@dataclass(frozen=True, slots=True)
class Run:
    """The immutable head of a run folder."""

    name: str
    started_at: str
    options: RunOptions
    models: tuple[Model, ...]
    trials: tuple[Trial, ...]
    evaluations: tuple[EvaluationTask, ...]
    datasets: tuple[DatasetFacts, ...]
    provenance: Provenance
    notices: tuple[str, ...] = ()
    """Sentences the reader of the report must see (models left out, accuracy not measured)."""
    simulated: bool = False
    imported: bool = False
    """Made of logs from elsewhere: no samples, no state of the device, models known by name only."""
    schema: int = field(default=SCHEMA_VERSION)
