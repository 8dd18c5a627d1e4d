"""`harness baseline`: name the models that later changes are held against."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli.options import Offline

if TYPE_CHECKING:
    from harness.records.baseline import AdviceOnly, Rerunnable

__all__ = ["baseline_app"]

baseline_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

_SAVE_EXAMPLES = """Examples:

  harness baseline save reports/2026-11-23T10-15-00_local

  harness baseline save reports/2026-11-23T10-15-00_local -o ci/baseline.json

Commit the file. harness gate --baseline ci/baseline.json new.tflite measures the models it names again,
beside the new ones. Stored figures never decide.
"""
_SHOW_EXAMPLES = """Examples:

  harness baseline show baseline.json

  harness baseline show baseline.json --json
"""

Run = Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a finished run.")]
Out = Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="Where to write it.")]
File = Annotated[Path, typer.Argument(metavar="BASELINE", help="A file that baseline save wrote.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@baseline_app.command("save", epilog=_SAVE_EXAMPLES)
def save(run: Run, out: Out = Path("baseline.json")) -> None:
    """Write the models of a run by sha256, with their figures; keep their files in the cache."""
    from harness.gate.baseline import keep_models, make_baseline, write_baseline
    from harness.results.run_folder import open_run
    from harness.zoo.fetch.cache import default_cache

    folder = open_run(run)
    base = out.absolute().parent
    baseline = make_baseline(folder.run, folder.rows(), folder=base)
    write_baseline(out, baseline)
    for name in keep_models(baseline, default_cache(), folder=base):
        typer.echo(
            f"note: the file of {name} has changed since it was measured; without it, it can only advise",
            err=True,
        )
    typer.echo(str(out))


@baseline_app.command("show", epilog=_SHOW_EXAMPLES)
def show(file: File, as_json: AsJson = False, offline: Offline = False) -> None:
    """Show what a baseline names, and which of its models can be measured again here."""
    from harness.gate.baseline import find_baseline, read_baseline
    from harness.zoo.fetch.cache import default_cache
    from harness.zoo.fetch.models import fetching, users_fetcher
    from harness.zoo.registry import load_zoo

    baseline = read_baseline(file)
    found = find_baseline(
        baseline,
        load_zoo(),
        default_cache(),
        folder=file.absolute().parent,
        locate=fetching(users_fetcher(offline=offline)),
    )
    if as_json:
        typer.echo(json.dumps([_document(each) for each in found], indent=2, ensure_ascii=False))
        return
    for each in found:
        typer.echo(_line(each))
        for figures in each.wanted.figures:
            latency = f"{figures.latency_ms:.3g} ms" if figures.latency_ms is not None else "no latency"
            where = f"{figures.runtime} {figures.runtime_version or ''} {figures.delegate}"
            typer.echo(f"  {figures.device}, {where}, {figures.threads} thread(s): {latency}")


def _document(found: Rerunnable | AdviceOnly) -> dict[str, Any]:
    from dataclasses import asdict

    from harness.records.baseline import Rerunnable

    document = asdict(found.wanted)
    if isinstance(found, Rerunnable):
        return {**document, "rerunnable": True, "found_in": found.found_in, "file": found.model.path}
    return {**document, "rerunnable": False, "reason": found.reason}


def _line(found: Rerunnable | AdviceOnly) -> str:
    from harness.records.baseline import Rerunnable

    head = f"{found.wanted.name} ({found.wanted.sha256[:12]})"
    if isinstance(found, Rerunnable):
        return f"{head}: can be measured again ({found.found_in}: {found.model.path})"
    return f"{head}: advice only: {found.reason}"
