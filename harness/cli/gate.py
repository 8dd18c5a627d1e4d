"""`harness gate`: A against B, a verdict and an exit code."""

from __future__ import annotations

import shlex
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from harness.cli.gate_calibrate import CALIBRATE_EXAMPLES, calibrate
from harness.cli.gate_outputs import Html, JUnit, Outputs, Summary
from harness.errors import UsageError
from harness.records.vocabulary import Delegate, Metric

if TYPE_CHECKING:
    from harness.accuracy.dataset import Dataset
    from harness.gate.prepare import GateRequest, PreparedGate, Sources
    from harness.gate.record import GateFolder
    from harness.gate.settings import GateSettings
    from harness.records.gate import GateResult

__all__ = ["gate_app"]

INTERRUPTED = 130
_COMPARE = "compare"

GATE_EXAMPLES = """Examples:

  harness gate old.tflite new.tflite

  harness gate models/main/ models/branch/ --threads 1,2

  harness gate model.tflite@litert==2.1.0 model.tflite

  harness gate m.tflite m.tflite --a-python venv-a --b-python venv-b

  harness gate a.tflite b.tflite --tolerance 1% --target 3%

  harness gate --baseline ci/baseline.json models/

  harness gate a.tflite b.tflite --junit gate.xml --summary gate.md --html gate.html

  harness gate --replay reports/2026-11-23T10-15-00_gate

How often it errs on this machine: harness gate calibrate --help

Exit codes: 0 pass; 1 regression; 2 usage, or a side cannot be measured;
3 inconclusive; 4 the machine is unfit; 130 interrupted.
"""


class _WithDefault(TyperGroup):
    """`harness gate A B` is `harness gate compare A B`; the other subcommands keep their names."""

    # typer carries a click of its own or uses click's, depending on its version: no type fits both.
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401
        if not args or args[0] not in self.commands:
            args = [_COMPARE, *args]
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401
        name, command, rest = super().resolve_command(ctx, args)
        # Without a name its help is that of `harness gate`.
        return (None if name == _COMPARE else name), command, rest


class GateMetric(str, Enum):
    """What may be the verdict."""

    LATENCY = "latency"
    CPU_TIME = "cpu-time"


gate_app = typer.Typer(cls=_WithDefault, rich_markup_mode=None)


class Inconclusive(str, Enum):
    """What an inconclusive verdict does to the exit code."""

    FAIL = "fail"
    WARN = "warn"
    PASS = "pass"


SideA = Annotated[
    str | None,
    typer.Argument(metavar="A", help="The side that is trusted: MODEL[@RUNTIME[==VERSION]]."),
]
SideB = Annotated[
    str | None, typer.Argument(metavar="B", help="The side that is judged; models are paired by name.")
]
PythonA = Annotated[
    str | None, typer.Option("--a-python", metavar="PATH", help="Interpreter or virtual environment of A.")
]
PythonB = Annotated[
    str | None, typer.Option("--b-python", metavar="PATH", help="Interpreter or virtual environment of B.")
]
Threads = Annotated[
    str | None, typer.Option("--threads", metavar="1,2", help="CPU thread counts. [default: 1]")
]
Delegates = Annotated[
    str | None,
    typer.Option("--delegates", metavar="cpu,gpu", help="cpu (the default), cpu-builtin, gpu."),
]
Tolerance = Annotated[
    str | None,
    typer.Option("--tolerance", metavar="2%", help="Slowdown that is accepted. [default: by the preflight]"),
]
Target = Annotated[
    str | None,
    typer.Option("--target", metavar="5%", help="Slowdown that must be found. [default: by the preflight]"),
]
MetricOption = Annotated[
    GateMetric | None, typer.Option("--metric", help="latency, or cpu-time (for one thread on a CPU only).")
]
InconclusiveOption = Annotated[
    Inconclusive | None,
    typer.Option("--inconclusive", help="Exit 3 (the default), or 0 with or without a warning."),
]
DatasetOption = Annotated[
    str | None, typer.Option("--dataset", metavar="NAME|DIR", help="Images to compare accuracy on.")
]
Baseline = Annotated[
    Path | None, typer.Option("--baseline", metavar="FILE", help="Side A: the models of this baseline.")
]
Settings = Annotated[
    Path | None,
    typer.Option("--settings", metavar="FILE", help="[default: gate.yaml, pyproject.toml of this folder]"),
]
Preflight = Annotated[
    bool, typer.Option("--preflight/--no-preflight", help="Five pairs of A against itself first.")
]
Seed = Annotated[int | None, typer.Option("--seed", help="Seed of all random orders. [default: a new one]")]
Timeout = Annotated[float, typer.Option("--timeout", metavar="S", help="Longest one pair may take, seconds.")]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the record of the run.")]
Resume = Annotated[
    Path | None, typer.Option("--resume", metavar="DIR", help="Complete this interrupted run.")
]
Replay = Annotated[
    Path | None, typer.Option("--replay", metavar="FILE", help="Judge recorded pairs again; measure nothing.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON on standard output.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]
Offline = Annotated[bool, typer.Option("--offline", help="Fetch nothing; use the cache only.")]


@gate_app.command(_COMPARE, epilog=GATE_EXAMPLES, hidden=True)
def compare(
    a: SideA = None,
    b: SideB = None,
    a_python: PythonA = None,
    b_python: PythonB = None,
    threads: Threads = None,
    delegates: Delegates = None,
    tolerance: Tolerance = None,
    target: Target = None,
    metric: MetricOption = None,
    inconclusive: InconclusiveOption = None,
    dataset: DatasetOption = None,
    baseline: Baseline = None,
    settings: Settings = None,
    preflight: Preflight = True,
    seed: Seed = None,
    timeout: Timeout = 300.0,
    out: Out = Path("reports"),
    resume: Resume = None,
    replay: Replay = None,
    junit: JUnit = None,
    summary: Summary = None,
    html: Html = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    offline: Offline = False,
) -> None:
    """Is B slower than A? A against B in pairs of launches, with a known error rate."""
    from harness.gate.cells import as_fraction
    from harness.gate.prepare import GateRequest
    from harness.gate.settings import Margins
    from harness.sweep.request import parse_counts, parse_words

    outputs = Outputs(junit, summary, html)
    if replay is not None:
        _finish(_replayed(replay), inconclusive or Inconclusive.FAIL, outputs, as_json=as_json)
        return
    said = _settings(settings)
    request = GateRequest(
        a=None if baseline is not None and b is None else a,
        b=(a if baseline is not None and b is None else b) or "",
        baseline=baseline,
        a_python=a_python,
        b_python=b_python,
        threads=parse_counts("--threads", threads) if threads else None,
        delegates=parse_words("--delegates", delegates, Delegate) if delegates else None,
        margins=Margins(as_fraction("--tolerance", tolerance), as_fraction("--target", target)),
        metric=Metric(metric.value) if metric else None,
        dataset=dataset,
        seed=seed,
        preflight=preflight,
        settings=said,
    )
    if resume is None and not request.b:
        raise UsageError("two sides are needed: A and B", next_step="harness gate old.tflite new.tflite")
    result = _measured(request, out, resume, timeout_s=timeout, quiet=quiet, offline=offline)
    _finish(result, inconclusive or Inconclusive(said.inconclusive or "fail"), outputs, as_json=as_json)


def _settings(path: Path | None) -> GateSettings:
    from harness.gate.settings_file import find_settings, read_settings

    return find_settings(Path.cwd()) if path is None else read_settings(path)


def _replayed(path: Path) -> GateResult:
    from harness.gate.judge import judge
    from harness.gate.record import read_record

    record = read_record(path)
    return judge(record.plan, record.pairs, accuracies=record.accuracies)


def _measured(
    request: GateRequest, out: Path, resume: Path | None, *, timeout_s: float, quiet: bool, offline: bool
) -> GateResult:
    from harness.cli.gate_sources import gate_sources
    from harness.cli.progress import watching
    from harness.cli.signals import terminate_as_interrupt
    from harness.gate.run import run_gate
    from harness.gate.watch import GateWatch

    with watching(quiet=quiet) as watcher:
        prepared, folder = _opened(request, out, resume, gate_sources(offline=offline))
        data = _dataset(prepared, offline=offline)
        typer.echo(f"record: {folder.path}", err=True)
        try:
            with folder, terminate_as_interrupt():
                return run_gate(prepared, folder, GateWatch(watcher), dataset=data, timeout_s=timeout_s)
        except KeyboardInterrupt:
            go_on = f"harness gate --resume {shlex.quote(str(folder.path))}"
            typer.echo(f"\nharness: interrupted; the pairs are kept. Go on: {go_on}", err=True)
            raise typer.Exit(INTERRUPTED) from None


def _opened(
    request: GateRequest, out: Path, resume: Path | None, sources: Sources
) -> tuple[PreparedGate, GateFolder]:
    from harness.gate.prepare import prepare_again, prepare_gate
    from harness.gate.record import create_gate, open_gate

    if resume is not None:
        folder = open_gate(resume)
        return prepare_again(folder.plan), folder
    prepared = prepare_gate(request, sources)
    return prepared, create_gate(out / prepared.plan.name, prepared.plan)


def _dataset(prepared: PreparedGate, *, offline: bool) -> Dataset | None:
    from harness.accuracy.datasets import load_dataset
    from harness.zoo.fetch.models import users_fetcher

    if prepared.plan.dataset is None:
        return None
    labels = next((b.labels for _, b in prepared.models.values() if b.labels), None)
    return load_dataset(prepared.plan.dataset, labels=labels, fetcher=lambda: users_fetcher(offline=offline))


def _finish(result: GateResult, inconclusive: Inconclusive, outputs: Outputs, *, as_json: bool) -> None:
    from harness.gate.judge import exit_code
    from harness.report.gate_words import screen_lines
    from harness.results.codec import encode

    if as_json:
        typer.echo(encode(result).decode())
    else:
        for line in screen_lines(result):
            typer.echo(line)
    outputs.write(result, inconclusive=inconclusive.value)
    code = exit_code(result, inconclusive=inconclusive.value)
    if code:
        raise typer.Exit(code)


gate_app.command("calibrate", epilog=CALIBRATE_EXAMPLES)(calibrate)
