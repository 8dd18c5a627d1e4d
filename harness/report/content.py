"""What a report is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from harness.records.evaluation import Evaluation
from harness.records.launch import Launch
from harness.records.profile import TrialProfile
from harness.records.row import Row
from harness.records.run import Run
from harness.records.sustained import SustainedRun
from harness.stats.paired import PairedDifference

__all__ = [
    "AgainstParent",
    "Answer",
    "FrontMark",
    "Mark",
    "MeasuredRun",
    "ReportContent",
    "TrialId",
    "identity",
]


class TrialId(NamedTuple):
    """Names one trial among several runs."""

    run: str
    trial: str


def identity(row: Row) -> TrialId:
    """The trial a row speaks of."""
    return TrialId(row.run, row.trial)


class Mark(str, Enum):
    """Where a trial stands towards the Pareto front."""

    FRONT = "front"
    TIED = "tied"
    """Possibly on the front: the intervals do not tell."""
    DOMINATED = "dominated"
    UNRANKED = "unranked"

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True, slots=True)
class FrontMark:
    """A mark and the sentence that explains it."""

    mark: Mark
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """Which model for which need.

    `trials` are the winners: several where the intervals cannot tell them
    apart, none where nothing meets the need.
    """

    need: str
    sentence: str
    trials: tuple[TrialId, ...] = ()


@dataclass(frozen=True, slots=True)
class AgainstParent:
    """A model against the one it was made from, image by image on the same set."""

    run: str
    model: str
    parent: str
    where: str
    """Runtime, delegate and data set of both evaluations."""
    images: int
    top1: PairedDifference
    """Top-1 of the model minus that of its parent."""
    by_digest: bool = True
    """Whether the parent is known by its sha256; else by the name in the zoo entry alone."""


@dataclass(frozen=True, slots=True)
class MeasuredRun:
    """A run with everything it yielded; `rows` has one row a trial."""

    run: Run
    rows: tuple[Row, ...]
    launches: tuple[Launch, ...]
    evaluations: tuple[Evaluation, ...]
    profiles: tuple[TrialProfile, ...] = ()
    sustained: tuple[SustainedRun, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportContent:
    """One or more runs, shown side by side and never pooled; their names must differ."""

    runs: tuple[MeasuredRun, ...]
    answers: tuple[Answer, ...]
    generated_at: str
    """ISO 8601, UTC."""
    marks: Mapping[TrialId, FrontMark] = field(default_factory=dict)
    """A trial that is missing here is unranked."""
    against_parents: tuple[AgainstParent, ...] = ()

    def __post_init__(self) -> None:
        names = [each.run.name for each in self.runs]
        if len(set(names)) != len(names):
            raise ValueError(f"runs of one report need different names: {sorted(names)}")

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows of all runs."""
        return tuple(row for each in self.runs for row in each.rows)
