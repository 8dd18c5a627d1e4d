"""`harness export`: the rows of finished runs as data."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from harness.errors import UsageError

__all__ = ["EXPORT_EXAMPLES", "export"]

EXPORT_EXAMPLES = """Examples:

  harness export reports/2026-11-23T10-15-00_local                       JSON on standard output

  harness export reports/* --format csv --out rows.csv

  harness export reports/* --format parquet --out rows.parquet           needs the extra [parquet]
"""

Runs = Annotated[list[Path], typer.Argument(metavar="RUN...", help="Run folders.")]
Format = Annotated[
    str, typer.Option("--format", "-f", metavar="json|csv|parquet", help="How to write the rows.")
]
Out = Annotated[
    Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write here, not to standard output.")
]


def export(runs: Runs, form: Format = "json", out: Out = None) -> None:
    """Write one row a trial of each run; missing values are null, never 0."""
    from harness.results.export import ExportFormat, render
    from harness.results.run_folder import open_run
    from harness.sweep.request import parse_words

    [wanted] = parse_words("format", form, ExportFormat)[:1]
    rows = [row for path in runs for row in open_run(path).rows()]
    content = render(rows, wanted)
    if out is not None:
        _write(out, content)
    elif wanted is ExportFormat.PARQUET and sys.stdout.isatty():
        raise UsageError("Parquet is no text", next_step="name a file with --out FILE")
    else:
        sys.stdout.buffer.write(content)


def _write(path: Path, content: bytes) -> None:
    from harness.results.atomic import write_bytes

    write_bytes(path, content)
