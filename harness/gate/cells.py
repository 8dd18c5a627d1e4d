"""From paired models and options to the cells of a plan, each with the rules that judge it. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from harness.errors import UsageError
from harness.gate.settings import GateSettings, Margins, rules_for
from harness.records.gate import Cell, PlannedCell, Rule
from harness.records.vocabulary import Delegate, Metric, Runtime

__all__ = ["as_fraction", "planned_cells"]

_DEFAULT = Rule()


def planned_cells(
    cells: Sequence[Cell], settings: GateSettings, *, given: Margins, metric: Metric, preflight: bool
) -> tuple[PlannedCell, ...]:
    """Every cell with its rules. Margins nobody gave are left to the preflight, where there is one.

    Raises UsageError for margins or a metric that a cell cannot have.
    """
    return tuple(_planned(cell, settings, given, metric, preflight=preflight) for cell in cells)


def as_fraction(flag: str, text: str | None) -> float | None:
    """`2%` or `0.02` as 0.02; None stays None. Raises UsageError."""
    if text is None:
        return None
    number, per_cent, rest = text.strip().partition("%")
    try:
        value = float(number) / (100 if per_cent else 1)
    except ValueError:
        value = math.nan
    if rest.strip() or not 0 <= value < 1:
        raise UsageError(f"{flag} {text!r} is no share", next_step=f"as in {flag} 2% or {flag} 0.02")
    return value


def _planned(
    cell: Cell, settings: GateSettings, given: Margins, metric: Metric, *, preflight: bool
) -> PlannedCell:
    by_tool = Runtime.BENCHMARK_MODEL in (cell.a.runtime, cell.b.runtime)
    if metric is Metric.CPU_TIME and by_tool:
        raise UsageError(f"{cell.title}: benchmark_model tells no CPU time", next_step="--metric latency")
    if metric is Metric.CPU_TIME and (cell.threads != 1 or cell.delegate is Delegate.GPU):
        raise UsageError(
            f"{cell.title}: CPU time can be the verdict for one thread on a CPU only",
            next_step="elsewhere it counts threads that only spin, and nothing of what a GPU does",
        )
    rules = rules_for(cell, settings, given=given)
    tolerance, target = _margins(rules.margins)
    chosen = rules.margins.tolerance is None and rules.margins.target is None and preflight
    rule = Rule(metric=metric, tolerance=tolerance, target=target)
    metrics = tuple(each for each in rules.metrics if not (by_tool and each.metric is Metric.MEMORY))
    return PlannedCell(cell, rule, choose_margins=chosen, metrics=metrics)


def _margins(said: Margins) -> tuple[float, float]:
    """Tolerance and target; one that is not given keeps the proportion of the defaults where it must."""
    ratio = _DEFAULT.target / _DEFAULT.tolerance
    target = said.target
    tolerance = said.tolerance
    if tolerance is None:
        tolerance = _DEFAULT.tolerance if target is None else min(_DEFAULT.tolerance, target / ratio)
    if target is None:
        target = max(_DEFAULT.target, tolerance * ratio)
    if not 0 <= tolerance < target:
        raise UsageError(
            f"tolerance {tolerance:.2%} and target {target:.2%}: the target must lie above the tolerance",
            next_step="a slowdown up to the tolerance is accepted, one of the target is found",
        )
    return tolerance, target
