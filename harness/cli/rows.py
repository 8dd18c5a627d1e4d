"""Rows and plans as tables on the terminal."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import typer

from harness.cli.console import data_console

if TYPE_CHECKING:
    from rich.console import Console

    from harness.records.row import Row
    from harness.results.remaining import Remaining
    from harness.sweep.prepare import Prepared

__all__ = ["print_plan", "print_rows", "print_trust", "top1_of"]


def print_rows(rows: Sequence[Row]) -> None:
    """One line a trial: latency with its interval, accuracy with its interval, status."""
    from rich.table import Table

    from harness.report.inputs import input_sentences_of

    table = Table(box=None, pad_edge=False)
    for title, side in (
        ("model", "left"),
        ("delegate", "left"),
        ("threads", "right"),
        ("median ms", "right"),
        ("95 % interval", "right"),
        ("top-1", "right"),
        ("size MB", "right"),
        ("status", "left"),
    ):
        table.add_column(title, justify="right" if side == "right" else "left", overflow="fold")
    for row in rows:
        table.add_row(*_cells(row))
    console = data_console()
    console.print(table)
    print_trust(console, rows)
    for sentence in input_sentences_of(rows):
        typer.echo(f"  fed: {sentence}", err=True)
    for row in rows:
        if row.reason:
            typer.echo(f"  {row.trial}: {row.reason}", err=True)


def print_trust(console: Console, rows: Iterable[Row]) -> None:
    """What makes one doubt the figures above, the worst first: on the output that has the figures."""
    from harness.choose.trust import CLEAR, trust_line

    line = trust_line(rows)
    if line:
        console.print(line if line == CLEAR else f"doubts: {line}", soft_wrap=True)


def _cells(row: Row) -> tuple[str, ...]:
    from harness.choose.trust import marks_of

    latency = row.latency_ms
    interval = "–"
    if latency is not None and latency.ci_low is not None and latency.ci_high is not None:
        interval = f"{latency.ci_low:.3g} … {latency.ci_high:.3g}"
    return (
        row.model,
        f"{row.runtime} {row.asked}",
        str(row.threads),
        f"{latency.median:.3g}" if latency else _mean(row),
        interval,
        top1_of(row, f"{row.top1:.1%}") if row.top1 is not None else "–",
        f"{row.size_bytes / 1e6:.2f}" if row.size_bytes is not None else "–",
        str(row.status) + "".join(f" ({mark})" for mark in marks_of(row)),
    )


def top1_of(row: Row, figure: str) -> str:
    """The accuracy, with what it was measured with where that is not the row's own setting."""
    return f"{figure} of {row.accuracy_from}" if row.accuracy_from else figure


def _mean(row: Row) -> str:
    return "–" if row.reported_mean_ms is None else f"mean {row.reported_mean_ms:.3g}"


def print_plan(prepared: Prepared, left: Remaining, *, as_json: bool) -> None:
    """The launches and evaluations that are left, and the estimated duration."""
    from harness.sweep.estimate import estimate_more_s, estimate_s

    seconds = estimate_s(prepared, left)
    launches = Counter(turn.trial for turn in left.turns)
    options, notices = prepared.run.options, prepared.run.notices
    most, more_s = options.launches_most or options.launches, estimate_more_s(prepared)
    if as_json:
        document = {
            "trials": [trial.key for trial in prepared.run.trials],
            "evaluations": [task.key for task in left.evaluations],
            "launches": {trial.key: launches[trial] for trial in prepared.run.trials if launches[trial]},
            "launches_most": most,
            "estimated_s": round(seconds, 1),
            "estimated_more_s": round(more_s, 1),
            "notices": list(notices),
        }
        typer.echo(json.dumps(document, indent=2))
        return
    for trial in prepared.run.trials:
        if launches[trial]:
            typer.echo(f"{trial.title}: {launches[trial]} launches")
    for task in left.evaluations:
        typer.echo(f"{task.model} on {task.dataset}: accuracy with {task.runtime} {task.delegate}")
    for notice in notices:
        typer.echo(f"note: {notice}")
    typer.echo(
        f"{len(launches)} trials, {len(left.turns)} launches, {len(left.evaluations)} evaluations,"
        f" about {_duration(seconds)}"
    )
    if more_s:
        typer.echo(
            f"trials whose interval reaches more than 5 % from the median get up to {most} launches:"
            f" {_duration(more_s)} more at most (--launches {options.launches}: none)"
        )


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
