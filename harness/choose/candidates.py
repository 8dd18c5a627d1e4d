"""From rows to candidates: which trials may be compared, and with which evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from harness.records.row import LatencySummary, Row
from harness.records.vocabulary import Status
from harness.stats.intervals import Estimate, Interval

__all__ = ["Candidate", "Excluded", "Group", "Objective", "Pool", "Scores", "by_group", "pool_of", "title"]


class Objective(str, Enum):
    """What a candidate is good at."""

    ACCURACY = "accuracy"
    """Top-1; more is better."""
    LATENCY = "latency"
    """Median in milliseconds; less is better."""
    SIZE = "size"
    """Bytes of the model file; less is better. Known exactly."""

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True, slots=True)
class Scores:
    """Whether each image was classified right, in the order of the data set that `images` pins."""

    images: str
    """Fingerprint of the data set. Two models are compared image by image only where it is the same."""
    correct: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Trials that may be compared: the same device, the same data set, all real or all simulated."""

    device: str
    dataset: str | None
    """None for trials without accuracy."""
    simulated: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """A trial that may be chosen. Accuracies are fractions from 0 to 1."""

    row: Row
    group: Group
    latency_ms: Estimate | None
    top1: Estimate | None
    top5: Estimate | None
    scores: Scores | None = None

    @property
    def trial(self) -> str:
        """Key of the trial."""
        return self.row.trial

    @property
    def size_bytes(self) -> int | None:
        """Size of the model file; None where an imported log does not state it."""
        return self.row.size_bytes

    def figure(self, objective: Objective) -> Estimate | None:
        """The estimate an objective is judged by; None where it was not measured."""
        if objective is Objective.LATENCY:
            return self.latency_ms
        if objective is Objective.ACCURACY:
            return self.top1
        if self.size_bytes is None:
            return None
        return Estimate(self.size_bytes, Interval(self.size_bytes, self.size_bytes))


@dataclass(frozen=True, slots=True)
class Excluded:
    """A trial that is not ranked, and why."""

    row: Row
    reason: str


@dataclass(frozen=True, slots=True)
class Pool:
    """Everything a choice is made from."""

    candidates: tuple[Candidate, ...]
    excluded: tuple[Excluded, ...] = ()


def pool_of(
    rows: Iterable[Row],
    correctness: Mapping[tuple[str, str, str, str], Sequence[bool]] | None = None,
    *,
    device_names: Mapping[str, str] | None = None,
) -> Pool:
    """Sort the rows of one run into candidates and excluded ones.

    `correctness` is that of the run folder: for (sha256, runtime, delegate,
    fingerprint of the data set) whether each image was right. `device_names`
    renames devices, to keep two apart that different runs call the same.
    """
    lookup = _Lookup(correctness or {})
    candidates, excluded = [], []
    for row in rows:
        reason = _why_not(row)
        if reason is not None:
            excluded.append(Excluded(row, reason))
        else:
            device = (device_names or {}).get(row.device, row.device)
            candidates.append(_candidate(row, device, lookup.scores(row)))
    return Pool(tuple(candidates), tuple(excluded))


def by_group(candidates: Iterable[Candidate]) -> dict[Group, list[Candidate]]:
    """Candidates that may be compared with each other, groups in order of appearance."""
    groups: dict[Group, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        groups[candidate.group].append(candidate)
    return dict(groups)


def title(candidate: Candidate, among: Iterable[Candidate]) -> str:
    """The model's name, with those parts of its trial that tell it from others `among` them."""
    row = candidate.row
    rows = [other.row for other in among]
    parts = []
    if any(other.runtime is not row.runtime for other in rows):
        parts.append(str(row.runtime))
    if any(other.asked != row.asked for other in rows):
        parts.append(row.asked)
    if any(other.threads != row.threads for other in rows):
        parts.append(f"{row.threads} thread{'s' if row.threads > 1 else ''}")
    if any(_twin(other, row) for other in rows):
        parts.append(f"run {row.run}")
    return f"{row.model} ({', '.join(parts)})" if parts else row.model


class _Lookup:
    """Finds the per-image results that a row's accuracy was computed from."""

    def __init__(self, correctness: Mapping[tuple[str, str, str, str], Sequence[bool]]) -> None:
        self._found: dict[tuple[str, str, str], list[Scores]] = defaultdict(list)
        for (sha256, runtime, delegate, images), correct in correctness.items():
            self._found[sha256, runtime, delegate].append(Scores(images, tuple(correct)))

    def scores(self, row: Row) -> Scores | None:
        """None where nothing, or more than one evaluation, agrees with the row's figures."""
        if row.top1 is None or row.images is None:
            return None
        runtime, delegate = str(row.runtime), str(row.delegate_requested)
        if row.accuracy_from is not None:
            runtime, _, delegate = row.accuracy_from.partition(" ")
        right = round(row.top1 * row.images)
        fitting = [
            scores
            for scores in self._found.get((row.sha256, runtime, delegate), ())
            if len(scores.correct) == row.images and sum(scores.correct) == right
        ]
        return fitting[0] if len(fitting) == 1 else None


def _candidate(row: Row, device: str, scores: Scores | None) -> Candidate:
    dataset = None
    if row.top1 is not None:
        # Another subset of the same name is another data set.
        dataset = f"{row.dataset} ({row.images} images)"
    return Candidate(
        row=row,
        group=Group(device, dataset, row.simulated),
        # Times that other processes made are not the model's, whatever their interval says.
        latency_ms=_latency(row.latency_ms) if row.status is Status.OK else None,
        top1=_share(row.top1, row.top1_low, row.top1_high),
        top5=_share(row.top5, row.top5_low, row.top5_high),
        scores=scores,
    )


def _why_not(row: Row) -> str | None:
    scored = row.status is Status.CONTENDED and row.top1 is not None
    if row.status is not Status.OK and not scored:
        return f"{row.status}: {row.reason}" if row.reason else str(row.status)
    if row.latency_ms is None and row.reported_mean_ms is not None and row.top1 is None:
        why = next((f": {each.message}" for each in row.warnings if each.code == "no-median"), "")
        return f"only a mean, {row.reported_mean_ms:.4g} ms{why}"
    if row.latency_ms is None and row.top1 is None:
        return "neither latency nor accuracy was measured"
    return None


def _latency(summary: LatencySummary | None) -> Estimate | None:
    if summary is None:
        return None
    return _share(summary.median, summary.ci_low, summary.ci_high)


def _share(value: float | None, low: float | None, high: float | None) -> Estimate | None:
    if value is None:
        return None
    return Estimate(value, None if low is None or high is None else Interval(low, high))


def _twin(other: Row, row: Row) -> bool:
    """The same trial by name, measured in another run."""
    return other.run != row.run and (other.model, other.runtime, other.asked, other.threads) == (
        row.model,
        row.runtime,
        row.asked,
        row.threads,
    )
