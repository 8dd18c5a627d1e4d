"""What a project says of its gate: margins for all, and for cells by glob. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from harness.errors import UsageError, near_matches
from harness.gate.metrics import DEFAULT_METRIC_RULES
from harness.records.gate import Cell, Rule
from harness.records.vocabulary import Delegate, Metric

if TYPE_CHECKING:
    from harness.records.gate import PlannedCell

__all__ = ["CellRules", "CellSettings", "GateSettings", "Margins", "cell_name", "rules_for", "unmatched"]


@dataclass(frozen=True, slots=True)
class Margins:
    """Tolerance and target as fractions; None: not said. `judged` False: do not judge it at all."""

    tolerance: float | None = None
    target: float | None = None
    judged: bool | None = None

    def over(self, other: Margins) -> Margins:
        """These, and the other's where these say nothing."""
        return Margins(
            other.tolerance if self.tolerance is None else self.tolerance,
            other.target if self.target is None else self.target,
            other.judged if self.judged is None else self.judged,
        )


@dataclass(frozen=True, slots=True)
class CellSettings:
    """An entry for the cells that fit `match`: `MODEL`, `MODEL/DELEGATE` or `MODEL/DELEGATE/THREADS`."""

    match: str
    margins: Margins = Margins()
    metrics: Mapping[Metric, Margins] = field(default_factory=dict)

    def fits(self, cell: Cell) -> bool:
        """Whether every part of the pattern fits; parts left out fit anything. Case counts."""
        named = (cell.name, str(cell.delegate), str(cell.threads))
        return all(
            fnmatchcase(part, pattern) for part, pattern in zip(named, self.match.split("/"), strict=False)
        )


@dataclass(frozen=True, slots=True)
class GateSettings:
    """Everything a settings file says; None or empty: nothing. `source` names the file."""

    source: str | None = None
    margins: Margins = Margins()
    metrics: Mapping[Metric, Margins] = field(default_factory=dict)
    cells: tuple[CellSettings, ...] = ()
    inconclusive: str | None = None
    unpaired: str | None = None
    """error | warn."""
    metric: Metric | None = None
    threads: tuple[int, ...] | None = None
    delegates: tuple[Delegate, ...] | None = None


@dataclass(frozen=True, slots=True)
class CellRules:
    """How one cell is judged: the margins of latency that somebody chose, and the rules beside it."""

    margins: Margins
    metrics: tuple[Rule, ...]


def cell_name(cell: Cell) -> str:
    """What patterns are held against: `MODEL/DELEGATE/THREADS`."""
    return f"{cell.name}/{cell.delegate}/{cell.threads}"


def rules_for(cell: Cell, settings: GateSettings, *, given: Margins = Margins()) -> CellRules:
    """The margins of a cell: `given` on the command line, else of the last entry that fits, else of all.

    Each value on its own: an entry that sets only a target keeps the tolerance of the one before.
    """
    margins, metrics = settings.margins, dict(settings.metrics)
    for entry in settings.cells:
        if entry.fits(cell):
            margins = entry.margins.over(margins)
            for metric, its in entry.metrics.items():
                metrics[metric] = its.over(metrics.get(metric, Margins()))
    return CellRules(given.over(margins), tuple(_metric_rules(cell, settings, metrics)))


def _metric_rules(cell: Cell, settings: GateSettings, metrics: Mapping[Metric, Margins]) -> Iterable[Rule]:
    for metric, default in DEFAULT_METRIC_RULES.items():
        said = metrics.get(metric, Margins())
        if said.judged is not False:
            yield _rule(cell, settings, default, said)


def _rule(cell: Cell, settings: GateSettings, default: Rule, said: Margins) -> Rule:
    """A tolerance that is raised above the default's target takes the target with it."""
    tolerance = default.tolerance if said.tolerance is None else said.tolerance
    target = max(default.target, tolerance) if said.target is None else said.target
    if said.target is not None and said.tolerance is None:
        tolerance = min(tolerance, target)
    if tolerance > target:
        raise UsageError(
            f"{settings.source}: {default.metric} of {cell_name(cell)}: the target {target:.2%}"
            f" lies below the tolerance {tolerance:.2%}",
            next_step="a change up to the tolerance is accepted, one of the target is found",
        )
    return replace(default, tolerance=tolerance, target=target)


def unmatched(settings: GateSettings, cells: Iterable[Cell | PlannedCell]) -> tuple[str, ...]:
    """A sentence for every entry that no cell of a run fits, with names it may have meant."""
    plain = [each if isinstance(each, Cell) else each.cell for each in cells]
    sentences = []
    for entry in settings.cells:
        if not any(entry.fits(cell) for cell in plain):
            near = near_matches(entry.match, [cell_name(cell) for cell in plain])
            meant = f"; near it: {', '.join(near)}" if near else ""
            sentences.append(f"{settings.source}: {entry.match!r} fits no comparison of this run{meant}")
    return tuple(sentences)
