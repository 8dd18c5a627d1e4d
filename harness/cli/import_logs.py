"""`harness import`: logs of benchmark_model from elsewhere."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.errors import UsageError

if TYPE_CHECKING:
    from harness.sweep.import_logs import ImportedLog

__all__ = ["IMPORT_EXAMPLES", "import_logs"]

IMPORT_EXAMPLES = """Examples:

  harness import pixel4.log --json                                  what the log proves, as JSON

  harness import runs/*.log --device pixel4                         a run folder in reports/

  harness import iphone.txt --device iphone12 --out reports/iphone
"""

_DEVICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

Logs = Annotated[list[Path], typer.Argument(metavar="LOG...", help="Text the tool printed.")]
DeviceName = Annotated[
    str, typer.Option("--device", "-d", metavar="NAME", help="What to call the device they come from.")
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one object a log on standard output; write nothing.")
]
Out = Annotated[Path | None, typer.Option("--out", "-o", metavar="DIR", help="Where to make the run folder.")]


def import_logs(
    logs: Logs, device: DeviceName = "imported", as_json: AsJson = False, out: Out = None
) -> None:
    """Read logs of benchmark_model: from a phone, a colleague, the iOS benchmark app."""
    from harness.sweep.import_logs import log_document, read_logs

    if _DEVICE.fullmatch(device) is None:
        raise UsageError(f"--device {device!r}: use letters, digits, '.', '_' and '-', 64 at most")
    read, problems = read_logs(logs)
    for problem in problems:
        sys.stderr.write(f"harness: {problem}\n")
    if as_json:
        documents = [log_document(each) for each in read]
        typer.echo(json.dumps(documents, indent=2, ensure_ascii=False, allow_nan=False))
    elif read:
        _write(read, device, out)
    if problems:
        raise typer.Exit(UsageError.exit_code)


def _write(read: tuple[ImportedLog, ...], device: str, out: Path | None) -> None:
    from datetime import datetime, timezone

    from harness.sweep.import_logs import write_import
    from harness.sweep.report import write_report

    started = datetime.now(timezone.utc)
    folder = write_import(
        read, device=device, out=out or Path("reports") / f"{started:%Y-%m-%dT%H-%M-%S}_{device}_imported"
    )
    for each in read:
        judged = each.log.judgement
        why = f": {judged.reason}" if judged.reason else ""
        sys.stderr.write(f"{each.title}: {judged.status}{why}\n")
    typer.echo(str(write_report(folder)))
