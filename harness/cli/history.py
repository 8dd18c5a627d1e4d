"""`harness history`: trends over finished runs, and where they may have changed."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli.options import JsonInsteadOfTable

if TYPE_CHECKING:
    from harness.records.history import History, Series

__all__ = ["HISTORY_EXAMPLES", "history"]

HISTORY_EXAMPLES = """Examples:

  harness history reports/*                                  the trend of every trial

  harness history reports/* --html history.html

  harness history january.json reports/* --json              exported rows count as well

A suspected change is advice: the runs were not made side by side. harness gate decides.
"""

_PIPED_WIDTH = 160

Runs = Annotated[list[Path], typer.Argument(metavar="RUN...", help="Run folders, or rows exported as JSON.")]
Html = Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a page with figures.")]


def history(runs: Runs, as_json: JsonInsteadOfTable = False, html: Html = None) -> None:
    """Show latency over many runs, and suspect changes of 3 % or more. Always advice, never a verdict."""
    from harness.results.history import build_history
    from harness.results.past_rows import read_past_rows

    found = build_history(read_past_rows(runs))
    if html is not None:
        _write_page(found, html)
    if as_json:
        typer.echo(json.dumps(_document(found), indent=2, ensure_ascii=False, allow_nan=False))
    else:
        _print_table(found)
        _print_suspicions(found)


def _write_page(found: History, path: Path) -> None:
    from datetime import datetime, timezone

    from harness.report.history import render_history
    from harness.results.atomic import write_bytes

    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    write_bytes(path, render_history(found, generated_at=now).encode())
    typer.echo(f"history: {path}", err=True)


def _document(found: History) -> dict[str, Any]:
    from harness.report.history_words import ADVICE

    return {
        "advice": ADVICE,
        "runs": found.runs,
        "notices": list(found.notices),
        "series": [_series_document(each) for each in found.series],
    }


def _series_document(series: Series) -> dict[str, Any]:
    from harness.report.history_words import next_step, suspicion_sentence

    return {
        **asdict(series.key),
        "points": [asdict(point) for point in series.points],
        "untested": series.untested,
        "suspected": [
            {
                **asdict(each),
                "change": each.change,
                "since_run": series.points[each.index].run,
                "since_commit": series.points[each.index].commit,
                "sentence": suspicion_sentence(series, each),
                "next_step": next_step(series, each),
            }
            for each in series.suspected
        ],
    }


def _print_table(found: History) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for title in ("series", "runs", "first ms", "latest ms", "suspected"):
        table.add_column(
            title, justify="left" if title in ("series", "suspected") else "right", overflow="fold"
        )
    for series in found.series:
        table.add_row(Text(series.title), *_figures(series), Text(_suspected(series)))
    Console(width=None if sys.stdout.isatty() else _PIPED_WIDTH, highlight=False).print(table)


def _figures(series: Series) -> tuple[str, ...]:
    first, latest = series.points[0], series.points[-1]
    return str(len(series.points)), f"{first.median_ms:.3g}", f"{latest.median_ms:.3g}"


def _suspected(series: Series) -> str:
    if series.untested is not None:
        return "–"
    return ", ".join(f"{each.change:+.1%}" for each in series.suspected) or "nothing"


def _print_suspicions(found: History) -> None:
    from harness.report.history_words import ADVICE, next_step, suspicion_sentence

    for series in found.series:
        for each in series.suspected:
            typer.echo(f"{series.title}: {suspicion_sentence(series, each)}", err=True)
            typer.echo(f"  next: {next_step(series, each)}", err=True)
    untested = {each.untested for each in found.series if each.untested}
    for reason in sorted(untested):
        number = sum(each.untested == reason for each in found.series)
        typer.echo(f"note: {number} series not looked at for changes: {reason}", err=True)
    for notice in found.notices:
        typer.echo(f"note: {notice}", err=True)
    typer.echo(ADVICE, err=True)
