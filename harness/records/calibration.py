"""How often the gate errs on a machine: complete gate runs whose truth is known."""

from __future__ import annotations

from dataclasses import dataclass

from harness.records.gate import GATE_SCHEMA
from harness.records.run import Provenance
from harness.records.vocabulary import Condition, Verdict

__all__ = ["Calibration", "CalibrationGroup", "CalibrationPlan", "CalibrationRun"]


@dataclass(frozen=True, slots=True)
class CalibrationPlan:
    """The immutable head of a calibration."""

    started_at: str
    model: str
    path: str
    sha256: str
    threads: int
    sizes: tuple[float, ...]
    """Slowdowns put into B, as fractions; 0 is A against itself."""
    extra_work: tuple[int, ...]
    """Repetitions of the small operation that make each of the sizes."""
    conditions: tuple[Condition, ...]
    seed: int
    provenance: Provenance
    runs: int | None = None
    """Runs for each size and condition; None: until the time is over."""
    tolerance: float | None = None
    target: float | None = None
    schema: int = GATE_SCHEMA


@dataclass(frozen=True, slots=True)
class CalibrationRun:
    """One complete gate run of a calibration. One line of its journal."""

    number: int
    condition: Condition
    size: float
    verdict: Verdict
    pairs: int
    """Pairs the verdict rests on, without those of the preflight."""
    look: int
    duration_s: float
    """From the first process to the verdict, the preflight included."""
    ratio: float | None
    cpu_ratios: tuple[float, ...]
    """Every pair's ratio of CPU times, B over A: together they tell the true size."""
    scatter: float | None
    tolerance: float
    target: float
    wait_share: float | None
    """Share of the wall time in which the processes waited for a CPU."""
    started_at: str
    record: str
    """The file of its pairs, beside the journal."""
    reason: str | None = None
    schema: int = GATE_SCHEMA


@dataclass(frozen=True, slots=True)
class CalibrationGroup:
    """All runs of one size under one condition. Rates are fractions with exact binomial 95 % intervals."""

    condition: Condition
    size: float
    true_size: float | None
    """From CPU times over all pairs of this size, with its 95 % interval."""
    true_low: float | None
    true_high: float | None
    runs: int
    regressions: int
    passes: int
    inconclusive: int
    unfit: int
    regression_low: float
    regression_high: float
    median_s: float
    worst_s: float
    median_pairs: float
    median_scatter: float | None

    @property
    def regression_rate(self) -> float:
        """False alarms where the size is 0, detection elsewhere."""
        return self.regressions / self.runs


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a calibration found."""

    plan: CalibrationPlan
    groups: tuple[CalibrationGroup, ...]
    runs: int
    duration_s: float
    schema: int = GATE_SCHEMA
