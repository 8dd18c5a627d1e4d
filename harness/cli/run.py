"""`harness run`: measure latency and accuracy, write the run folder and the report."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from contextlib import closing
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli.exit_codes import INTERRUPTED, NOTHING_USABLE, SOME_FAILED
from harness.cli.options import (
    BenchmarkBinary,
    ChannelsOption,
    Cores,
    ExifChoice,
    InputRange,
    Offline,
    ResizeOption,
)
from harness.errors import RunFolderError, UsageError
from harness.records.vocabulary import Budget, Delegate, Job, Runtime

if TYPE_CHECKING:
    from harness.records.vocabulary import Status
    from harness.results.run_folder import RunFolder
    from harness.sweep.prepare import Prepared
    from harness.sweep.request import RunRequest
    from harness.sweep.watcher import Watcher

__all__ = ["RUN_EXAMPLES", "run"]

RUN_EXAMPLES = """Examples:

  harness run                              the bundled starter models, on this computer

  harness run --models model.tflite --dataset photos/ --threads 1,2,4

  harness run --models 'mobilenet_*.tflite' --delegates cpu,gpu --budget thorough

  harness run --device pixel4 --threads 1,4 --delegates cpu,gpu,nnapi

  harness run --device simulated-pixel4 --delegates cpu,gpu --accuracy on-device

  harness run --plan --models @starter     what would be measured, and for how long

  harness run --resume reports/2026-11-23T10-15-00_local

  harness run --resume RUN --plan          what that run still lacks
"""


class Where(str, Enum):
    """Where accuracy is measured."""

    HOST = "host"
    ON_DEVICE = "on-device"


Models = Annotated[
    list[str] | None,
    typer.Option("--models", "-m", metavar="SPEC", help="Zoo name, glob, @group or path; may be repeated."),
]
Devices = Annotated[
    list[str] | None,
    typer.Option("--device", metavar="NAME", help="Profile, serial number or HOST:PORT; may be repeated."),
]
Threads = Annotated[str | None, typer.Option("--threads", metavar="1,2,4", help="CPU thread counts.")]
Delegates = Annotated[
    str | None,
    typer.Option(
        "--delegates", metavar="cpu,gpu", help="What computes: cpu (XNNPACK), cpu-builtin, gpu, nnapi."
    ),
]
Runtimes = Annotated[
    str | None,
    typer.Option(
        "--runtime",
        metavar="NAME,…",
        help="litert (default), tflite-runtime, or both; phones have benchmark_model.",
    ),
]
DatasetOption = Annotated[
    str | None, typer.Option("--dataset", metavar="NAME|DIR", help="Images with labels to score models on.")
]
Subset = Annotated[int | None, typer.Option("--subset", metavar="N", help="Score on N images, stratified.")]
Seed = Annotated[int | None, typer.Option("--seed", help="Seed of subset, inputs and order. [default: 0]")]
Only = Annotated[
    Job | None, typer.Option("--only", help="Measure only this.", show_default=False, case_sensitive=False)
]
BudgetOption = Annotated[
    Budget | None, typer.Option("--budget", help="Time for narrower intervals. [default: normal]")
]
Launches = Annotated[
    int | None,
    typer.Option(
        "--launches",
        metavar="N",
        help="Processes a trial, exactly. [default: 5, and up to 15 where the interval is wide]",
    ),
]
InputImage = Annotated[
    str | None, typer.Option("--input", metavar="IMAGE", help="Time with this image in place of random data.")
]
EvaluateOn = Annotated[
    str | None,
    typer.Option(
        "--evaluate-on", metavar="cpu,gpu", help="Delegates to measure accuracy with. [default: cpu]"
    ),
]
Allow = Annotated[
    list[str] | None,
    typer.Option(
        "--allow",
        metavar="CODE",
        help="Do not show this caution, or measure although this check of a phone fails; may be repeated.",
    ),
]
Timeout = Annotated[
    float, typer.Option("--timeout", metavar="S", help="Longest one launch may take, seconds.")
]
EvaluationBinary = Annotated[
    str | None,
    typer.Option(
        "--evaluation-binary", metavar="FILE", help="TensorFlow's evaluation tool, to score on a phone with."
    ),
]
PhoneOption = Annotated[
    list[str] | None,
    typer.Option(
        "--phone",
        metavar="KEY=VALUE",
        help="gpu-backend=cl|gl, gpu-precision=fp16|fp32, nnapi-accelerator=NAME,"
        " nnapi-preference=fast_single_answer|sustained_speed|low_power, fixed-performance=on|off;"
        " may be repeated.",
    ),
]
ProfileOption = Annotated[
    bool, typer.Option("--profile", help="Also ops and memory of each trial on a phone, in extra launches.")
]
AccuracyOption = Annotated[
    Where | None,
    typer.Option(
        "--accuracy",
        help="Where models are scored: host, or on-device with each delegate.",
        show_default=False,
    ),
]
Sustained = Annotated[
    str | None,
    typer.Option("--sustained", metavar="10m", help="Afterwards run each trial so long without a rest."),
]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Folder for run folders. [default: reports]")
]
Resume = Annotated[Path | None, typer.Option("--resume", metavar="DIR", help="Complete this run folder.")]
PlanOnly = Annotated[
    bool, typer.Option("--plan", help="Print what is to do and an estimate; measure nothing.")
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print the rows (or the plan) as JSON on standard output.")
]
Open = Annotated[bool, typer.Option("--open", help="Open the report in a browser.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no summary.")]


def run(
    models: Models = None,
    device: Devices = None,
    threads: Threads = None,
    delegates: Delegates = None,
    runtime: Runtimes = None,
    dataset: DatasetOption = None,
    subset: Subset = None,
    seed: Seed = None,
    only: Only = None,
    budget: BudgetOption = None,
    launches: Launches = None,
    input_image: InputImage = None,
    evaluate_on: EvaluateOn = None,
    allow: Allow = None,
    cores: Cores = None,
    benchmark_binary: BenchmarkBinary = None,
    evaluation_binary: EvaluationBinary = None,
    phone: PhoneOption = None,
    profile: ProfileOption = False,
    accuracy: AccuracyOption = None,
    sustained: Sustained = None,
    input_range: InputRange = None,
    channels: ChannelsOption = None,
    resize: ResizeOption = None,
    exif: ExifChoice = None,
    timeout: Timeout = 300.0,
    out: Out = None,
    resume: Resume = None,
    plan: PlanOnly = False,
    as_json: AsJson = False,
    offline: Offline = False,
    open_report: Open = False,
    quiet: Quiet = False,
) -> None:
    """Measure latency and accuracy of models, and write a report."""
    request = _requested(dict(locals()))
    if resume is not None and out is not None:
        raise UsageError("--out and --resume exclude each other: a resumed run stays where it is")
    _run(
        request,
        out or Path("reports"),
        resume,
        plan_only=plan,
        as_json=as_json,
        open_report=open_report,
        quiet=quiet,
    )


def _requested(said: Mapping[str, Any]) -> RunRequest:
    """The request behind the options, by the names they have in `run`."""
    from harness.sweep.phone_words import phone_options
    from harness.sweep.request import RunRequest, parse_counts, parse_delegates, parse_duration_s, parse_words
    from harness.zoo.input_convention import parse_told

    def delegates(option: str) -> tuple[Delegate, ...] | None:
        return parse_delegates(said[option]) if said[option] else None

    return RunRequest(
        models=_given(said["models"]),
        devices=_given(said["device"]),
        threads=parse_counts("--threads", said["threads"]) if said["threads"] else None,
        delegates=delegates("delegates"),
        runtimes=parse_words("runtime", said["runtime"], Runtime) if said["runtime"] else None,
        jobs=(said["only"],) if said["only"] else None,
        budget=said["budget"],
        launches=said["launches"],
        dataset=said["dataset"],
        subset=said["subset"],
        seed=said["seed"],
        input_image=said["input_image"],
        evaluate_on=delegates("evaluate_on"),
        allow=_given(said["allow"]),
        phone=phone_options(
            said["phone"] or (),
            benchmark_binary=said["benchmark_binary"],
            evaluation_binary=said["evaluation_binary"],
            cores=said["cores"],
            profile=said["profile"],
            on_device=said["accuracy"] is Where.ON_DEVICE,
        ),
        sustained_s=parse_duration_s("--sustained", said["sustained"]) if said["sustained"] else None,
        input_told=parse_told(said["input_range"], said["channels"], said["resize"]),
        exif=said["exif"],
        timeout_s=said["timeout"],
        offline=said["offline"],
    )


def _given(values: list[str] | None) -> tuple[str, ...] | None:
    return tuple(values) if values else None


def _run(
    request: RunRequest,
    out: Path,
    resume: Path | None,
    *,
    plan_only: bool,
    as_json: bool,
    open_report: bool,
    quiet: bool,
) -> None:
    from harness.cli.progress import watching
    from harness.sweep.prepare import prepare
    from harness.sweep.resume import open_folder, prepare_resumed

    with watching(quiet=quiet) as watcher:
        if resume is not None:
            prepared, folder = prepare_resumed(request, resume, watcher)
        else:
            prepared, folder = prepare(request, on_step=watcher.step), None
        with closing(prepared.fleet):
            if plan_only:
                _print_plan(prepared, folder, as_json=as_json)
                return
            folder = folder or open_folder(out, prepared)
            with folder:
                lost = _execute(prepared, folder, watcher, request.timeout_s)
    _finish(folder, lost, as_json=as_json, open_report=open_report, quiet=quiet)


def _execute(prepared: Prepared, folder: RunFolder, watcher: Watcher, timeout_s: float) -> tuple[str, ...]:
    """Carry the plan out and write the report; the names of devices that were lost."""
    from harness.cli.signals import terminate_as_interrupt
    from harness.sweep.execute import execute
    from harness.sweep.report import write_report

    for text in (*folder.notices, *prepared.run.notices):
        watcher.notice(text)
    go_on = _go_on(folder)
    try:
        with terminate_as_interrupt():
            lost = execute(prepared, folder, watcher, timeout_s=timeout_s)
        watcher.step("writing the report")
        write_report(folder)
    except KeyboardInterrupt:
        write_report(folder)
        typer.echo(f"\nharness: interrupted; nothing measured is lost. Go on: {go_on}", err=True)
        raise typer.Exit(INTERRUPTED) from None
    except RunFolderError as error:
        # A full disk, most of the time: what is in the journals stays there.
        raise RunFolderError(error.message, next_step=f"mend that, then go on: {go_on}") from error
    return lost


def _go_on(folder: RunFolder) -> str:
    return f"harness run --resume {shlex.quote(str(folder.path))}"


def _finish(
    folder: RunFolder, lost: tuple[str, ...], *, as_json: bool, open_report: bool, quiet: bool
) -> None:
    from harness.choose.candidates import pool_of
    from harness.cli.rows import print_rows
    from harness.results.export import export_json

    rows = folder.rows()
    report = folder.path / "report.html"
    if as_json:
        typer.echo(export_json(rows))
    elif not quiet:
        print_rows(rows)
    if not quiet:
        typer.echo(f"report: {report}", err=True)
    if open_report:
        typer.launch(report.resolve().as_uri())
    if lost:
        typer.echo(
            f"harness: {', '.join(lost)} was lost on the way; connect it and go on: {_go_on(folder)}",
            err=True,
        )
    failed = _failed("trials", [row.status for row in rows])
    failed += _failed("evaluations", [each.status for each in folder.evaluations()])
    for sentence in failed:
        typer.echo(f"harness: {sentence}; the report says why", err=True)
    if not lost and not pool_of(rows).candidates:
        typer.echo(
            "harness: no trial of this run gave a figure that may be ranked; the report says why", err=True
        )
        raise typer.Exit(NOTHING_USABLE)
    if lost or failed:
        raise typer.Exit(SOME_FAILED)


def _failed(what: str, statuses: Sequence[Status]) -> list[str]:
    from harness.records.vocabulary import Status

    broken = sum(status in (Status.FAILED, Status.TIMED_OUT) for status in statuses)
    return [f"{broken} of {len(statuses)} {what} failed"] if broken else []


def _print_plan(prepared: Prepared, folder: RunFolder | None, *, as_json: bool) -> None:
    from harness.cli.rows import print_plan
    from harness.results.remaining import remaining

    done = (folder.launches(), folder.evaluations()) if folder is not None else ()
    print_plan(prepared, remaining(prepared.run, *done), as_json=as_json)
