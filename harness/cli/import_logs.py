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
    from harness.sweep.imported_log import ImportedLog

__all__ = ["IMPORT_EXAMPLES", "import_logs"]

IMPORT_EXAMPLES = """Examples:

  harness import pixel4.log --json                                  what the log proves, as JSON

  harness import runs/*.log --device pixel4                         a run folder in reports/

  harness import pixel4.log --device pixel4 --models candidates/    with the files' names, sizes, digests

  harness import pixel4.log --device pixel4 --accuracy RUN          and the accuracy measured in RUN
"""

_DEVICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

Logs = Annotated[list[Path], typer.Argument(metavar="LOG...", help="Text the tool printed.")]
DeviceName = Annotated[
    str, typer.Option("--device", "-d", metavar="NAME", help="What to call the device they come from.")
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one object a log on standard output; write nothing.")
]
Models = Annotated[
    list[str] | None,
    typer.Option(
        "--models",
        "-m",
        metavar="DIR|FILE|NAME",
        help="Files the logs speak of: joined by file name, and by size where a log states it.",
    ),
]
AccuracyRun = Annotated[
    Path | None,
    typer.Option(
        "--accuracy", metavar="RUN", help="A run of harness whose accuracies stand beside the latencies."
    ),
]
Out = Annotated[Path | None, typer.Option("--out", "-o", metavar="DIR", help="Where to make the run folder.")]


def import_logs(
    logs: Logs,
    device: DeviceName = "imported",
    models: Models = None,
    accuracy: AccuracyRun = None,
    as_json: AsJson = False,
    out: Out = None,
) -> None:
    """Read logs of benchmark_model: from a phone, a colleague, the iOS benchmark app.

    Also the JSON of LiteRT's Python tool. Several runs in one text are several results.
    """
    from harness.sweep.imported_log import log_document, read_logs

    if _DEVICE.fullmatch(device) is None:
        raise UsageError(f"--device {device!r}: use letters, digits, '.', '_' and '-', 64 at most")
    read, problems = read_logs(logs)
    for problem in problems:
        sys.stderr.write(f"harness: {problem}\n")
    if as_json:
        documents = [log_document(each) for each in read]
        typer.echo(json.dumps(documents, indent=2, ensure_ascii=False, allow_nan=False))
    elif read:
        _write(read, device, models, accuracy, out)
    if problems:
        raise typer.Exit(UsageError.exit_code)


def _write(
    read: tuple[ImportedLog, ...],
    device: str,
    models: list[str] | None,
    accuracy: Path | None,
    out: Path | None,
) -> None:
    from datetime import datetime, timezone

    from harness.results.run_folder import open_run
    from harness.sweep.import_logs import prepare_import, write_import
    from harness.sweep.report import write_report
    from harness.zoo.registry import load_zoo
    from harness.zoo.resolve import resolve_models

    started = datetime.now(timezone.utc)
    plan = prepare_import(
        read,
        device=device,
        models=resolve_models(models, load_zoo()) if models else None,
        accuracy=open_run(accuracy) if accuracy else None,
    )
    name = f"{started:%Y-%m-%dT%H-%M-%S}_{device}_imported"
    folder = write_import(plan, out=out or Path("reports") / name)
    for each in read:
        judged = each.log.judgement
        why = f": {judged.reason}" if judged.reason else ""
        sys.stderr.write(f"{each.title}{_place(each)}: {judged.status}{why}\n")
    if models or accuracy:
        sys.stderr.write(f"{plan.joined.summary}\n")
    typer.echo(str(write_report(folder)))


def _place(each: ImportedLog) -> str:
    return f", run {each.run} of {each.runs}" if each.runs > 1 else ""
