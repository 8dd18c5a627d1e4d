"""`harness gate calibrate`: how often the gate errs on this machine."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.exit_codes import INTERRUPTED
from harness.cli.options import JsonResult, Offline
from harness.errors import UsageError
from harness.records.vocabulary import Condition

if TYPE_CHECKING:
    from harness.gate.calibrate import CalibrationFolder, CalibrationRequest
    from harness.gate.prepare import PreparedGate, Sources
    from harness.records.calibration import Calibration, CalibrationGroup, CalibrationRun

__all__ = ["CALIBRATE_EXAMPLES", "calibrate"]

CALIBRATE_EXAMPLES = """Examples:

  harness gate calibrate --minutes 60                     false alarms and detection of 2, 3, 5 and 8 %

  harness gate calibrate model.tflite --sizes 0 --condition idle,busy --runs 50

  harness gate calibrate model.tflite --sizes 5 --condition busy --runs 100 --out calibration/

  harness gate calibrate --resume calibration/
"""

# The slowest of the bundled ones: of a shorter invoke a few per cent are less than a function call.
_STARTER = "starter_large_float32"

ModelArgument = Annotated[str, typer.Argument(metavar="[MODEL]", help="Zoo name or file.")]
Minutes = Annotated[
    float | None, typer.Option("--minutes", metavar="M", help="Begin no run after so long. [default: 30]")
]
Runs = Annotated[
    int | None, typer.Option("--runs", metavar="N", help="Runs of each size under each condition.")
]
Sizes = Annotated[
    str, typer.Option("--sizes", metavar="PERCENT,…", help="Slowdowns put into B; 0: A against itself.")
]
_CONDITIONS = "idle, busy (a core burns), bursts (5 s on, 5 off), limited (half a CPU; needs root)."
Conditions = Annotated[
    str,
    typer.Option("--condition", metavar="NAME,…", help=_CONDITIONS),
]
Threads = Annotated[int, typer.Option("--threads", metavar="N", help="CPU threads of the model.")]
Tolerance = Annotated[str | None, typer.Option("--tolerance", metavar="2%", help="As in harness gate.")]
Target = Annotated[str | None, typer.Option("--target", metavar="5%", help="As in harness gate.")]
Seed = Annotated[int, typer.Option("--seed", help="Seed of all random orders.")]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Folder of the record. [default: reports/…]"),
]
Resume = Annotated[Path | None, typer.Option("--resume", metavar="DIR", help="Go on with this calibration.")]


def calibrate(
    model: ModelArgument = _STARTER,
    minutes: Minutes = None,
    runs: Runs = None,
    sizes: Sizes = "0,2,3,5,8",
    condition: Conditions = "idle",
    threads: Threads = 1,
    tolerance: Tolerance = None,
    target: Target = None,
    seed: Seed = 0,
    out: Out = None,
    resume: Resume = None,
    as_json: JsonResult = False,
    offline: Offline = False,
) -> None:
    """Measure the gate's false alarms and detection on this machine, by complete runs of known truth."""
    from harness.cli.gate_sources import gate_sources
    from harness.gate.calibrate import CalibrationFolder, CalibrationRequest, prepared_for
    from harness.gate.cells import as_fraction
    from harness.sweep.request import parse_words

    sources = gate_sources(offline=offline)
    if resume is None:
        request = CalibrationRequest(
            model=model,
            sizes=_sizes(sizes),
            conditions=parse_words("condition", condition, Condition),
            threads=threads,
            runs=runs,
            seed=seed,
            tolerance=as_fraction("--tolerance", tolerance),
            target=as_fraction("--target", target),
        )
        folder = _new(request, out, sources)
    else:
        folder = CalibrationFolder.open(resume)
    prepared = prepared_for(folder.plan, sources=sources)
    if minutes is None and folder.plan.runs is None:
        minutes = 30.0
    wanted_s = None if minutes is None else 60 * minutes
    found = _run(folder, prepared, wanted_s)
    _finish(found, folder, as_json=as_json)


def _sizes(text: str) -> tuple[float, ...]:
    """`0,2,5` as fractions. Raises UsageError."""
    try:
        sizes = tuple(dict.fromkeys(float(part) / 100 for part in text.split(",")))
    except ValueError:
        raise UsageError(f"--sizes {text!r}: give per cents, as in --sizes 0,2,5") from None
    if not all(0 <= size < 1 for size in sizes):
        raise UsageError(f"--sizes {text!r}: each must be from 0 to below 100")
    return sizes


def _new(request: CalibrationRequest, out: Path | None, sources: Sources) -> CalibrationFolder:
    import tempfile

    from harness.gate.calibrate import CalibrationFolder, plan_calibration

    typer.echo("harness: measuring how much extra work makes each size", err=True)
    with tempfile.TemporaryDirectory(prefix="harness-calibrate-") as logs:
        plan = plan_calibration(request, sources=sources, logs=Path(logs))
    name = f"{plan.started_at[:19].replace(':', '-')}_calibration"
    return CalibrationFolder.create(out or Path("reports") / name, plan)


def _run(folder: CalibrationFolder, prepared: PreparedGate, wanted_s: float | None) -> Calibration:
    from harness.cli.signals import terminate_as_interrupt
    from harness.gate.calibrate import calibrate as calibrate_gate

    typer.echo(f"record: {folder.path}", err=True)
    try:
        with terminate_as_interrupt():
            return calibrate_gate(folder, prepared, until=_deadline(wanted_s), on_run=_tell)
    except KeyboardInterrupt:
        go_on = f"harness gate calibrate --resume {shlex.quote(str(folder.path))}"
        typer.echo(f"\nharness: interrupted; finished runs are kept. Go on: {go_on}", err=True)
        raise typer.Exit(INTERRUPTED) from None


def _deadline(wanted_s: float | None) -> Callable[[], bool]:
    import time

    end = None if wanted_s is None else time.monotonic() + wanted_s
    return lambda: end is not None and time.monotonic() >= end


def _tell(calibration: Calibration, run: CalibrationRun) -> None:
    ratio = f"×{run.ratio:.3f}" if run.ratio is not None else "–"
    typer.echo(
        f"run {calibration.runs}: {run.condition}, {run.size:.1%} put in: {run.verdict} at {ratio},"
        f" {run.pairs} pairs, {run.duration_s:.0f} s",
        err=True,
    )


def _finish(calibration: Calibration, folder: CalibrationFolder, *, as_json: bool) -> None:
    from harness.report.calibration import render_calibration
    from harness.results.atomic import write_bytes
    from harness.results.codec import encode

    page = folder.path / "calibration.html"
    write_bytes(page, render_calibration(calibration, folder.runs()).encode())
    if as_json:
        typer.echo(encode(calibration).decode())
    else:
        _print(calibration)
    typer.echo(f"report: {page}", err=True)


def _print(calibration: Calibration) -> None:
    import sys

    from rich.console import Console
    from rich.table import Table

    columns = ("condition", "put in", "true size", "runs", "regression", "95 % interval", "pass")
    table = Table(*columns, "inconclusive", "pairs", "seconds", "scatter", box=None, pad_edge=False)
    for group in calibration.groups:
        table.add_row(*_cells(group))
    Console(width=None if sys.stdout.isatty() else 140).print(table, markup=False)


def _cells(group: CalibrationGroup) -> tuple[str, ...]:
    return (
        str(group.condition),
        f"{group.size:.1%}",
        f"{group.true_size:+.2%}" if group.true_size is not None else "–",
        str(group.runs),
        f"{group.regressions} ({group.regression_rate:.1%})",
        f"{group.regression_low:.1%} … {group.regression_high:.1%}",
        str(group.passes),
        str(group.inconclusive + group.unfit),
        f"{group.median_pairs:g}",
        f"{group.median_s:.0f} (most {group.worst_s:.0f})",
        f"{group.median_scatter:.2%}" if group.median_scatter is not None else "–",
    )
