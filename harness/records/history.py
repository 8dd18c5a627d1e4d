"""A history: one trial's latency over many runs, and where it may have changed. Advice, never a verdict."""

from __future__ import annotations

from dataclasses import dataclass

from harness.records.trial import delegate_title
from harness.records.vocabulary import Delegate, Runtime

__all__ = ["FileChange", "History", "Point", "Series", "SeriesKey", "Suspicion"]


@dataclass(frozen=True, slots=True)
class SeriesKey:
    """What must be the same in all runs of a series. The model goes by its name: its file may change."""

    model: str
    device: str
    hardware: str | None
    """Processor and the like, where the runs tell; two machines of one name are two series."""
    runtime: Runtime
    delegate: Delegate
    ran_on: Delegate | None
    """What really computed the graph."""
    threads: int
    variant: str = ""

    @property
    def title(self) -> str:
        """Short text without the hardware."""
        asked = delegate_title(self.delegate, self.variant)
        went = f" (ran on {self.ran_on})" if self.ran_on not in (None, self.delegate) else ""
        return f"{self.model} on {self.device}: {self.runtime} {asked}{went}, {self.threads} thread(s)"


@dataclass(frozen=True, slots=True)
class Point:
    """One run of a series; latencies in milliseconds, with the 95 % interval over launches."""

    run: str
    started_at: str | None
    """ISO 8601, UTC; None for exported rows whose run has no time in its name."""
    median_ms: float
    low_ms: float | None
    high_ms: float | None
    launches: int
    sha256: str
    runtime_version: str | None
    commit: str | None = None
    harness_version: str | None = None


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A suspected change of level. `index` is that of the first point after it."""

    index: int
    before_ms: float
    after_ms: float
    p: float
    also_changed: tuple[str, ...] = ()
    """What else is different between the two points around it, one phrase each."""

    @property
    def change(self) -> float:
        """Relative: 0.05 is 5 % slower."""
        return self.after_ms / self.before_ms - 1


@dataclass(frozen=True, slots=True)
class FileChange:
    """Where the model's file is another one than before. `index` is that of the first point with it."""

    index: int
    before_ms: float
    """Median of the runs with the file before, back to the change before that."""
    after_ms: float
    runs_before: int
    runs_after: int

    @property
    def change(self) -> float:
        """Relative: 0.05 is 5 % slower. Seen, not proven."""
        return self.after_ms / self.before_ms - 1


@dataclass(frozen=True, slots=True)
class Series:
    """The points of one key in order of time."""

    key: SeriesKey
    title: str
    points: tuple[Point, ...]
    suspected: tuple[Suspicion, ...] = ()
    untested: str | None = None
    """Why no change was looked for."""
    file_changes: tuple[FileChange, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """All series, those with a suspicion first."""

    series: tuple[Series, ...]
    runs: int
    notices: tuple[str, ...] = ()

    @property
    def looked_at(self) -> int:
        """How many series were long enough to look for changes."""
        return sum(each.untested is None for each in self.series)

    @property
    def longest(self) -> int:
        """Runs of the longest series."""
        return max((len(each.points) for each in self.series), default=0)
