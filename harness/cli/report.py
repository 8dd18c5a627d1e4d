"""`harness report`: make a report again, or one of several runs side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.errors import UsageError

__all__ = ["REPORT_EXAMPLES", "report"]

REPORT_EXAMPLES = """Examples:

  harness report reports/2026-11-23T10-15-00_local                  write it anew into the run folder

  harness report reports/* --out comparison.html --open             several runs in one file
"""

Runs = Annotated[list[Path], typer.Argument(metavar="RUN...", help="Run folders.")]
Out = Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write the HTML here.")]
Open = Annotated[bool, typer.Option("--open", help="Open it in a browser.")]


def report(runs: Runs, out: Out = None, open_report: Open = False) -> None:
    """Make the report of run folders; nothing else is needed, neither models nor devices."""
    from harness.results.atomic import write_bytes
    from harness.results.run_folder import open_run
    from harness.sweep.report import render_report, write_report

    folders = [open_run(path) for path in runs]
    if out is None and len(folders) > 1:
        raise UsageError(
            "a report of several runs needs a place of its own", next_step="name it with --out FILE"
        )
    if out is None:
        path = write_report(folders[0])
    else:
        write_bytes(out, render_report(folders).encode())
        path = out
    typer.echo(str(path))
    if open_report:
        typer.launch(path.resolve().as_uri())
