"""A baseline: which models to bring along as side A, and what they once measured."""

from __future__ import annotations

from dataclasses import dataclass

from harness.records.model import Model
from harness.records.vocabulary import Delegate, Runtime

__all__ = ["AdviceOnly", "Baseline", "BaselineModel", "Rerunnable", "StoredFigures"]


@dataclass(frozen=True, slots=True)
class StoredFigures:
    """What one trial of the run measured: milliseconds, accuracies as fractions; None: not measured.

    They are shown beside a verdict and never decide one: the machine of that
    day is not the machine of today.
    """

    device: str
    runtime: Runtime
    runtime_version: str | None
    delegate: Delegate
    threads: int
    launches: int
    latency_ms: float | None
    latency_low_ms: float | None
    latency_high_ms: float | None
    init_ms: float | None
    first_ms: float | None
    peak_memory_mb: float | None
    top1: float | None
    top5: float | None
    images: int | None
    dataset: str | None


@dataclass(frozen=True, slots=True)
class BaselineModel:
    """One model by digest. `path` is where its file lay, relative to the baseline's folder if below it."""

    name: str
    sha256: str
    size_bytes: int
    path: str
    figures: tuple[StoredFigures, ...]


@dataclass(frozen=True, slots=True)
class Baseline:
    """The content of `baseline.json`."""

    run: str
    started_at: str
    harness_version: str
    git_commit: str | None
    models: tuple[BaselineModel, ...]
    schema: int = 1


@dataclass(frozen=True, slots=True)
class Rerunnable:
    """A model whose very file was found: it can be measured beside the candidate."""

    wanted: BaselineModel
    model: Model
    found_in: str
    """`path`, `zoo` or `cache`."""


@dataclass(frozen=True, slots=True)
class AdviceOnly:
    """A model that cannot be measured again: its stored figures advise, and fail no build."""

    wanted: BaselineModel
    reason: str
