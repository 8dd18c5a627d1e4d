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
    from harness.report.history_words import ADVICE, headline

    return {
        "advice": ADVICE,
        "headline": headline(found),
        "runs": found.runs,
        "series_looked_at": found.looked_at,
        "notices": list(found.notices),
        "series": [_series_document(each) for each in found.series],
    }


def _series_document(series: Series) -> dict[str, Any]:
    from harness.report.history_words import file_sentence, next_step, suspicion_sentence

    return {
        **asdict(series.key),
        "points": [asdict(point) for point in series.points],
        "untested": series.untested,
        "file_changes": [
            {
                **asdict(each),
                "change": each.change,
                "since_run": series.points[each.index].run,
                "sentence": file_sentence(series, each),
            }
            for each in series.file_changes
        ],
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
    for title in ("series", "runs", "first ms", "latest ms", "suspected", "new file"):
        left = title in ("series", "suspected", "new file")
        table.add_column(title, justify="left" if left else "right", overflow="fold")
    for series in found.series:
        new = ", ".join(f"{each.change:+.1%}" for each in series.file_changes) or "no"
        table.add_row(Text(series.title), *_figures(series), Text(_suspected(series)), Text(new))
    Console(width=None if sys.stdout.isatty() else _PIPED_WIDTH, highlight=False).print(table)


def _figures(series: Series) -> tuple[str, ...]:
    first, latest = series.points[0], series.points[-1]
    return str(len(series.points)), f"{first.median_ms:.3g}", f"{latest.median_ms:.3g}"


def _suspected(series: Series) -> str:
    if series.untested is not None:
        return "not looked at"
    return ", ".join(f"{each.change:+.1%}" for each in series.suspected) or "nothing"


def _print_suspicions(found: History) -> None:
    from harness.report.history_words import ADVICE, file_sentence, headline, looked_at, next_step
    from harness.report.history_words import suspicion_sentence as sentence

    typer.echo(headline(found), err=True)
    for series in found.series:
        for each in series.suspected:
            typer.echo(f"{series.title}: {sentence(series, each)}", err=True)
            typer.echo(f"  next: {next_step(series, each)}", err=True)
        for changed in series.file_changes:
            typer.echo(f"{series.title}: {file_sentence(series, changed)}", err=True)
    if found.looked_at < len(found.series):
        typer.echo(f"note: {looked_at(found)}", err=True)
    for notice in found.notices:
        typer.echo(f"note: {notice}", err=True)
    typer.echo(ADVICE, err=True)
