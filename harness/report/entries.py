"""Every trial with all that belongs to it, grouped into panels of what may be compared."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from harness.records.evaluation import Evaluation
from harness.records.launch import Launch
from harness.records.profile import TrialProfile
from harness.records.row import LatencySummary, Row
from harness.records.run import Run
from harness.records.sustained import SustainedRun
from harness.records.vocabulary import Status
from harness.report.content import FrontMark, Mark, MeasuredRun, ReportContent, TrialId, identity
from harness.report.wording import count
from harness.stats.summary import counts

__all__ = ["Entry", "Panel", "panels_of", "runtime_name", "runtime_names"]

_ORDER = {Mark.FRONT: 0, Mark.TIED: 1, Mark.DOMINATED: 2, Mark.UNRANKED: 3}
_SHOWN = (Status.OK, Status.FALLBACK, Status.CONTENDED)


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One trial, ready to be shown. `setting` names what differs between the trials of its panel."""

    anchor: str
    """Fragment of the address that leads to it; letters, digits, `.`, `_` and `-` only."""
    row: Row
    launches: tuple[Launch, ...]
    mark: FrontMark
    evaluation: Evaluation | None
    setting: str
    series: str
    """Runtime, where there are several, and delegate: what must never be pooled on one device."""
    profile: TrialProfile | None = None
    sustained: SustainedRun | None = None

    @property
    def counted(self) -> tuple[Launch, ...]:
        """The launches the figures are computed from."""
        return tuple(each for each in self.launches if counts(each)) if self.row.status in _SHOWN else ()

    @property
    def title(self) -> str:
        """Model and setting."""
        return f"{self.row.model} · {self.setting}" if self.setting else self.row.model

    @property
    def adapter(self) -> str | None:
        """The GPU adapter the launches named."""
        return next((each.delegation.adapter for each in self.launches if each.delegation.adapter), None)

    @property
    def software_gpu(self) -> bool:
        """Whether a GPU was imitated by the CPU."""
        return any(each.delegation.software_gpu for each in self.launches)

    @property
    def latency(self) -> LatencySummary | None:
        """Latency where it may be drawn: of trials that ran."""
        return self.row.latency_ms if self.row.status in _SHOWN else None

    @property
    def ranked(self) -> bool:
        """Whether the trial is a candidate at all."""
        return self.row.status is Status.OK


@dataclass(frozen=True, slots=True)
class Panel:
    """The trials of one device in one run. Figures are drawn panel by panel."""

    anchor: str
    title: str
    device: str
    run: Run
    entries: tuple[Entry, ...]

    @property
    def simulated(self) -> bool:
        """Whether its times are those of a stand-in."""
        return any(entry.row.simulated for entry in self.entries)

    def most_telling(self, entries: Iterable[Entry]) -> list[Entry]:
        """`entries` with those first that a reader looks for: the front, then the fastest; fallbacks last."""
        return sorted(entries, key=_telling)


def _telling(entry: Entry) -> tuple[bool, int, float]:
    latency = entry.latency
    return not entry.ranked, _ORDER[entry.mark.mark], latency.median if latency else float("inf")


def runtime_name(row: Row) -> str:
    """The runtime with its version, as far as the row knows it."""
    return f"{row.runtime} {row.runtime_version or ''}".strip()


def runtime_names(rows: Sequence[Row]) -> tuple[str, ...]:
    """Every runtime and version of the rows, once.

    A row where nothing ran does not know the version; alone it names no other runtime.
    """
    known = {row.runtime for row in rows if row.runtime_version}
    names = (runtime_name(row) for row in rows if row.runtime_version or row.runtime not in known)
    return tuple(dict.fromkeys(names))


def panels_of(content: ReportContent) -> tuple[Panel, ...]:
    """One panel for every device of every run, in their order."""
    anchors = _Anchors()
    several = len({(each.run.name, row.device) for each in content.runs for row in each.rows}) > 1
    many_runs = len(content.runs) > 1
    return tuple(
        Panel(
            anchors.take(f"panel-{device}"),
            _panel_title(measured.run, device, show_run=many_runs) if several else device,
            device,
            measured.run,
            _entries(measured, device, content.marks, anchors),
        )
        for measured in content.runs
        for device in dict.fromkeys(row.device for row in measured.rows)
    )


def _panel_title(run: Run, device: str, *, show_run: bool) -> str:
    return f"{device} · {run.name}" if show_run else device


def _entries(
    measured: MeasuredRun, device: str, marks: Mapping[TrialId, FrontMark], anchors: _Anchors
) -> tuple[Entry, ...]:
    launches: dict[str, list[Launch]] = defaultdict(list)
    for launch in measured.launches:
        launches[launch.trial].append(launch)
    evaluations: dict[str, list[Evaluation]] = defaultdict(list)
    for evaluation in measured.evaluations:
        evaluations[evaluation.sha256].append(evaluation)
    rows = [row for row in measured.rows if row.device == device]
    profiles = {each.trial: each for each in measured.profiles}
    sustained = {each.trial: each for each in measured.sustained}
    varying = _Varying.of(rows)
    unranked = FrontMark(Mark.UNRANKED)
    return tuple(
        Entry(
            anchors.take(f"trial-{row.trial}"),
            row,
            tuple(launches[row.trial]),
            marks.get(identity(row), unranked),
            _evaluation(row, evaluations[row.sha256]),
            varying.setting(row),
            varying.series(row),
            profiles.get(row.trial),
            sustained.get(row.trial),
        )
        for row in rows
    )


def _evaluation(row: Row, candidates: Sequence[Evaluation]) -> Evaluation | None:
    """The evaluation the row's accuracy, or its absence, comes from."""
    source = row.accuracy_from or f"{row.runtime} {row.delegate_requested}"
    return next(
        (
            each
            for each in candidates
            if f"{each.runtime} {each.delegate}" == source
            and row.dataset in (None, each.dataset)
            and each.device in (None, row.device)
        ),
        None,
    )


class _Varying(NamedTuple):
    """What differs between rows, and is therefore worth naming."""

    runtimes: tuple[str, ...]
    delegate: bool
    threads: bool

    @classmethod
    def of(cls, rows: Sequence[Row]) -> _Varying:
        return cls(
            runtime_names(rows),
            len({row.asked for row in rows}) > 1,
            len({row.threads for row in rows}) > 1,
        )

    def series(self, row: Row) -> str:
        return f"{self._runtime(row)} · {row.asked}" if len(self.runtimes) > 1 else row.asked

    def setting(self, row: Row) -> str:
        parts = []
        if len(self.runtimes) > 1:
            parts.append(self._runtime(row))
        if self.delegate:
            parts.append(row.asked)
        if self.threads:
            parts.append(count(row.threads, "thread"))
        return " · ".join(parts)

    def _runtime(self, row: Row) -> str:
        """A row that does not know its version, because nothing ran, stands with those of its runtime."""
        own = runtime_name(row)
        if own in self.runtimes:
            return own
        return next(name for name in self.runtimes if name.startswith(f"{row.runtime} "))


class _Anchors:
    """Hands out fragments that are safe in an address and unique in the page."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, text: str) -> str:
        plain = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-")[:120]
        anchor, number = plain, 1
        while anchor in self._taken:
            number += 1
            anchor = f"{plain}-{number}"
        self._taken.add(anchor)
        return anchor
