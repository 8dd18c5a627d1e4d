"""A gate's result on the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from harness.records.gate import CellVerdict, GateResult, MetricVerdict

__all__ = ["print_result"]


def print_result(result: GateResult) -> None:
    """A block of lines per cell, then the verdict of the whole."""
    for cell in result.cells:
        for line in _cell_lines(cell):
            typer.echo(line)
    seconds = f" in {result.duration_s:.0f} s" if result.duration_s is not None else ""
    for text in result.notices:
        typer.echo(f"note: {text}")
    if result.advisory is not None:
        typer.echo(f"advice only: {result.advisory}")
    typer.echo(f"{result.verdict.value.upper()}: {len(result.cells)} comparison(s){seconds}")


def _cell_lines(cell: CellVerdict) -> Iterator[str]:
    yield f"{cell.verdict.value.upper():13}{cell.cell.title}"
    yield f"  {cell.reason}"
    if cell.a_ms is not None and cell.b_ms is not None:
        yield f"  A {_side(cell.cell.a.sha256, cell.a_version, cell.a_ms)}"
        yield f"  B {_side(cell.cell.b.sha256, cell.b_version, cell.b_ms)}"
    decision = cell.decision
    if decision is not None:
        shown = decision.smallest_detectable
        margins = f"tolerance {cell.rule.tolerance:.1%}, target {cell.rule.target:.1%}"
        able = f"; could show {shown:.1%}" if shown is not None else ""
        pairs = f"{decision.pairs_used} pairs, {decision.retaken} made again"
        yield f"  look {decision.look} of {len(cell.rule.looks)}, {pairs}; {margins}{able}"
    for metric in cell.metrics:
        yield f"  {_metric(metric)}"
    for caution in cell.cautions:
        yield f"  caution: {caution.message}" + (f" ({caution.next_step})" if caution.next_step else "")
    if cell.next_step is not None:
        yield f"  next: {cell.next_step}"


def _side(sha256: str, version: str | None, ms: float) -> str:
    return f"{ms:.3g} ms, sha256 {sha256[:12]}…, runtime {version or 'of unknown version'}"


def _metric(metric: MetricVerdict) -> str:
    change = f"{metric.change:+.1%}" if metric.change is not None else "–"
    return f"{metric.metric.value}: {metric.verdict.value}, {change}" + (
        f": {metric.reason}" if metric.reason else ""
    )
