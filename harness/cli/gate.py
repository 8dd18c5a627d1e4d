"""`harness gate`: A against B, a verdict and an exit code."""

from __future__ import annotations

import shlex
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from harness.cli.gate_calibrate import CALIBRATE_EXAMPLES, calibrate
from harness.errors import UsageError
from harness.records.vocabulary import Delegate, Metric, Runtime

if TYPE_CHECKING:
    from harness.gate.prepare import GateRequest, PreparedGate
    from harness.gate.record import GateFolder
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
Threads = Annotated[str, typer.Option("--threads", metavar="1,2", help="CPU thread counts.")]
Delegates = Annotated[
    str,
    typer.Option("--delegates", metavar="cpu,gpu", help="What computes: cpu, cpu-builtin, gpu."),
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
    GateMetric, typer.Option("--metric", help="latency, or cpu-time (for one thread on a CPU only).")
]
InconclusiveOption = Annotated[
    Inconclusive, typer.Option("--inconclusive", help="Exit 3, or 0 with or without a warning.")
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
    threads: Threads = "1",
    delegates: Delegates = "cpu",
    tolerance: Tolerance = None,
    target: Target = None,
    metric: MetricOption = GateMetric.LATENCY,
    inconclusive: InconclusiveOption = Inconclusive.FAIL,
    preflight: Preflight = True,
    seed: Seed = None,
    timeout: Timeout = 300.0,
    out: Out = Path("reports"),
    resume: Resume = None,
    replay: Replay = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    offline: Offline = False,
) -> None:
    """Is B slower than A? A against B in pairs of launches, with a known error rate."""
    from harness.gate.prepare import GateRequest, as_fraction
    from harness.sweep.request import parse_counts, parse_words

    if replay is not None:
        _finish(_replayed(replay), inconclusive, as_json=as_json)
        return
    if resume is None and (a is None or b is None):
        raise UsageError("two sides are needed: A and B", next_step="harness gate old.tflite new.tflite")
    request = GateRequest(
        a=a or "",
        b=b or "",
        a_python=a_python,
        b_python=b_python,
        threads=parse_counts("--threads", threads),
        delegates=parse_words("--delegates", delegates, Delegate),
        tolerance=as_fraction("--tolerance", tolerance),
        target=as_fraction("--target", target),
        metric=Metric(metric.value),
        seed=seed,
        preflight=preflight,
        offline=offline,
    )
    _finish(_measured(request, out, resume, timeout_s=timeout, quiet=quiet), inconclusive, as_json=as_json)


def _replayed(path: Path) -> GateResult:
    from harness.gate.judge import judge
    from harness.gate.record import read_record

    plan, pairs = read_record(path)
    return judge(plan, pairs)


def _measured(
    request: GateRequest, out: Path, resume: Path | None, *, timeout_s: float, quiet: bool
) -> GateResult:
    from harness.cli.progress import watching
    from harness.cli.signals import terminate_as_interrupt
    from harness.gate.run import run_gate
    from harness.gate.watch import GateWatch

    with watching(quiet=quiet) as watcher:
        prepared, folder = _opened(request, out, resume)
        typer.echo(f"record: {folder.path}", err=True)
        try:
            with folder, terminate_as_interrupt():
                return run_gate(prepared, folder, GateWatch(watcher), timeout_s=timeout_s)
        except KeyboardInterrupt:
            go_on = f"harness gate --resume {shlex.quote(str(folder.path))}"
            typer.echo(f"\nharness: interrupted; the pairs are kept. Go on: {go_on}", err=True)
            raise typer.Exit(INTERRUPTED) from None


def _opened(request: GateRequest, out: Path, resume: Path | None) -> tuple[PreparedGate, GateFolder]:
    from harness.gate.prepare import prepare_again, prepare_gate
    from harness.gate.record import create_gate, open_gate
    from harness.zoo.fetch.models import fetching, users_fetcher

    locate = fetching(users_fetcher(offline=request.offline))
    if resume is not None:
        folder = open_gate(resume)
        return prepare_again(folder.plan), folder
    prepared = prepare_gate(request, ensure=_environment, locate=locate)
    return prepared, create_gate(out / prepared.plan.name, prepared.plan)


def _environment(runtime: Runtime, version: str) -> str:
    from harness.latency.environments import ensure_environment

    return str(ensure_environment(runtime, version, say=lambda text: typer.echo(text, err=True)).python)


def _finish(result: GateResult, inconclusive: Inconclusive, *, as_json: bool) -> None:
    from harness.cli.gate_lines import print_result
    from harness.gate.judge import exit_code
    from harness.results.codec import encode

    if as_json:
        typer.echo(encode(result).decode())
    else:
        print_result(result)
    code = exit_code(result, inconclusive=inconclusive.value)
    if code:
        raise typer.Exit(code)


gate_app.command("calibrate", epilog=CALIBRATE_EXAMPLES)(calibrate)
