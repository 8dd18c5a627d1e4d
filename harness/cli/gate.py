"""`harness gate`: A against B, a verdict and an exit code."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

from harness.cli.exit_codes import INTERRUPTED
from harness.cli.gate_calibrate import CALIBRATE_EXAMPLES, calibrate
from harness.cli.gate_options import (
    Allow,
    Baseline,
    DatasetOption,
    Delegates,
    DeviceOption,
    Inconclusive,
    InconclusiveOption,
    KeepThreads,
    MetricOption,
    Out,
    PhoneOption,
    Preflight,
    PythonA,
    PythonB,
    Quiet,
    Replay,
    Resume,
    Seed,
    Settings,
    SideA,
    SideB,
    Target,
    Threads,
    Timeout,
    Tolerance,
    UnpairedOption,
)
from harness.cli.gate_outputs import Html, JUnit, Outputs, Summary, outputs_in
from harness.cli.options import BenchmarkBinary, Cores, JsonResult, Offline
from harness.errors import DeviceNotFoundError, UnfitError, UsageError
from harness.records.vocabulary import Metric

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.accuracy.dataset import Dataset
    from harness.devices.base import Device
    from harness.gate.prepare import GateRequest, PreparedGate, Sources
    from harness.gate.record import GateFolder
    from harness.gate.settings import GateSettings
    from harness.records.gate import GateDevice, GateResult
    from harness.sweep.watcher import Watcher
    from harness.zoo.fetch.fetch import Fetcher

__all__ = ["gate_app"]

_COMPARE = "compare"

GATE_EXAMPLES = """Examples:

  harness gate old.tflite new.tflite

  harness gate models/main/ models/branch/ --threads 1,2

  harness gate model.tflite@litert==2.1.0 model.tflite

  harness gate m.tflite m.tflite --a-python venv-a --b-python venv-b

  harness gate a.tflite b.tflite --tolerance 1% --target 3%

  harness gate --baseline ci/baseline.json models/

  harness gate a.tflite b.tflite --junit gate.xml --summary gate.md --html gate.html

  harness gate old.tflite new.tflite --device pixel4 --delegates cpu,gpu,nnapi

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

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401
        arguments = [*getattr(ctx, "_protected_args", ()), *ctx.args]
        try:
            return super().invoke(ctx)
        except Exception as error:
            # An option that does not exist, or a value it cannot have: the command itself never ran.
            outputs = outputs_in(arguments) if hasattr(error, "format_message") else None
            if outputs is not None:
                outputs.write_usage(error.format_message())  # type: ignore[attr-defined]
            raise

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401
        name, command, rest = super().resolve_command(ctx, args)
        # Without a name its help is that of `harness gate`.
        return (None if name == _COMPARE else name), command, rest


gate_app = typer.Typer(cls=_WithDefault, rich_markup_mode=None)


@gate_app.command(_COMPARE, epilog=GATE_EXAMPLES, hidden=True)
def compare(
    a: SideA = None,
    b: SideB = None,
    device: DeviceOption = "local",
    a_python: PythonA = None,
    b_python: PythonB = None,
    threads: Threads = None,
    delegates: Delegates = None,
    tolerance: Tolerance = None,
    target: Target = None,
    metric: MetricOption = None,
    inconclusive: InconclusiveOption = None,
    unpaired: UnpairedOption = None,
    dataset: DatasetOption = None,
    baseline: Baseline = None,
    settings: Settings = None,
    preflight: Preflight = True,
    keep_threads: KeepThreads = False,
    seed: Seed = None,
    timeout: Timeout = 300.0,
    allow: Allow = None,
    cores: Cores = None,
    benchmark_binary: BenchmarkBinary = None,
    phone: PhoneOption = None,
    out: Out = Path("reports"),
    resume: Resume = None,
    replay: Replay = None,
    junit: JUnit = None,
    summary: Summary = None,
    html: Html = None,
    as_json: JsonResult = False,
    quiet: Quiet = False,
    offline: Offline = False,
) -> None:
    """Is B slower than A? A against B in pairs of launches, with a known error rate."""
    said = dict(locals())
    outputs = Outputs(junit, summary, html)
    with outputs.also_without_verdict():
        result, by_settings = _result(said, outputs)
    _finish(result, inconclusive or Inconclusive(by_settings or "fail"), outputs, as_json=as_json)


def _result(said: Mapping[str, Any], outputs: Outputs) -> tuple[GateResult, str | None]:
    """The result, and what the settings file says of an inconclusive one."""
    if said["replay"] is not None:
        return _replayed(said["replay"]), None
    project = _settings(said["settings"])
    request = _requested(said, project)
    if said["resume"] is None and not request.b:
        raise UsageError("two sides are needed: A and B", next_step="harness gate old.tflite new.tflite")
    return _measured(request, said, outputs), project.inconclusive


def _requested(said: Mapping[str, Any], settings: GateSettings) -> GateRequest:
    """The request behind the options, by the names they have in `compare`."""
    from harness.gate.cells import as_fraction
    from harness.gate.prepare import GateRequest
    from harness.gate.settings import Margins
    from harness.sweep.request import parse_counts, parse_delegates

    a, b, baseline, metric = said["a"], said["b"], said["baseline"], said["metric"]
    only_b = baseline is not None and b is None
    threads, delegates = said["threads"], said["delegates"]
    return GateRequest(
        a=None if only_b else a,
        b=(a if only_b else b) or "",
        baseline=baseline,
        a_python=said["a_python"],
        b_python=said["b_python"],
        threads=parse_counts("--threads", threads) if threads else None,
        delegates=parse_delegates(delegates) if delegates else None,
        margins=Margins(
            as_fraction("--tolerance", said["tolerance"]), as_fraction("--target", said["target"])
        ),
        metric=Metric(metric.value) if metric else None,
        dataset=said["dataset"],
        unpaired=str(unpaired.value) if (unpaired := said["unpaired"]) else settings.unpaired or "error",
        seed=said["seed"],
        preflight=said["preflight"],
        keep_threads=said["keep_threads"],
        device=_device(said),
        settings=settings,
    )


def _device(said: Mapping[str, Any]) -> GateDevice:
    from harness.records.gate import GateDevice
    from harness.records.run import PhoneOptions
    from harness.sweep.phone_words import phone_options

    options = phone_options(
        said["phone"] or (), benchmark_binary=said["benchmark_binary"], cores=said["cores"]
    )
    allow = tuple(sorted(said["allow"] or ()))
    return GateDevice(said["device"], allow, options or PhoneOptions())


def _settings(path: Path | None) -> GateSettings:
    from harness.gate.settings_file import find_settings, read_settings

    return find_settings(Path.cwd()) if path is None else read_settings(path)


def _replayed(path: Path) -> GateResult:
    from harness.gate.judge import judge
    from harness.gate.record import read_record

    record = read_record(path)
    return judge(record.plan, record.pairs, accuracies=record.accuracies)


def _measured(request: GateRequest, said: Mapping[str, Any], outputs: Outputs) -> GateResult:
    from harness.cli.gate_sources import gate_sources
    from harness.cli.progress import watching
    from harness.cli.signals import terminate_as_interrupt
    from harness.gate.record import open_gate
    from harness.sweep.gate import connected

    resume, offline = said["resume"], said["offline"]
    with watching(quiet=said["quiet"]) as watcher, terminate_as_interrupt():
        begun = None if resume is None else open_gate(resume)
        wanted = request.device if begun is None else begun.plan.device
        with connected(wanted, on_step=watcher.step) as device:
            prepared, folder = _opened(request, said["out"], begun, gate_sources(offline=offline), device)
            typer.echo(f"record: {folder.path}", err=True)
            try:
                return _made(prepared, folder, watcher, timeout_s=said["timeout"], offline=offline)
            except KeyboardInterrupt:
                typer.echo(f"\nharness: interrupted; {_kept(folder)}", err=True)
                outputs.write_interrupted("the gate was interrupted", _kept(folder))
                raise typer.Exit(INTERRUPTED) from None
            except (DeviceNotFoundError, UnfitError):
                typer.echo(f"harness: {_kept(folder)}", err=True)
                raise


def _made(
    prepared: PreparedGate, folder: GateFolder, watcher: Watcher, *, timeout_s: float, offline: bool
) -> GateResult:
    from harness.gate.run import run_gate
    from harness.gate.watch import GateWatch
    from harness.sweep.gate import pairs_on
    from harness.zoo.fetch.models import users_fetcher

    data = _dataset(prepared, offline=offline)

    def fetcher() -> Fetcher:
        return users_fetcher(offline=offline)

    with folder, pairs_on(prepared, folder.logs, fetcher, watcher, timeout_s=timeout_s) as make:
        for text in (*folder.notices, *_class_notices(prepared, data)):
            watcher.notice(text)
        return run_gate(prepared, folder, make, GateWatch(watcher), dataset=data)


def _class_notices(prepared: PreparedGate, data: Dataset | None) -> Iterator[str]:
    from harness.gate.accuracy import class_notices

    if data is not None:
        models = {each.cell.name: prepared.models[each.cell.key] for each in prepared.plan.cells}
        yield from dict.fromkeys(class_notices(models, data))


def _kept(folder: GateFolder) -> str:
    return f"the pairs are kept. Go on: harness gate --resume {shlex.quote(str(folder.path))}"


def _opened(
    request: GateRequest, out: Path, begun: GateFolder | None, sources: Sources, device: Device
) -> tuple[PreparedGate, GateFolder]:
    from harness.gate.prepare import prepare_again
    from harness.gate.record import create_gate
    from harness.sweep.gate import prepare_on

    if begun is not None:
        return prepare_again(begun.plan, device), begun
    prepared = prepare_on(device, request, sources)
    return prepared, create_gate(out / prepared.plan.name, prepared.plan)


def _dataset(prepared: PreparedGate, *, offline: bool) -> Dataset | None:
    from harness.accuracy.datasets import load_dataset
    from harness.zoo.fetch.models import users_fetcher

    if prepared.plan.dataset is None:
        return None
    return load_dataset(prepared.plan.dataset, fetcher=lambda: users_fetcher(offline=offline))


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
