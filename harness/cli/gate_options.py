"""The options of `harness gate A B`."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "Allow",
    "Baseline",
    "DatasetOption",
    "Delegates",
    "DeviceOption",
    "GateMetric",
    "Inconclusive",
    "InconclusiveOption",
    "MetricOption",
    "KeepThreads",
    "Out",
    "PhoneOption",
    "Preflight",
    "PythonA",
    "PythonB",
    "Quiet",
    "Replay",
    "Resume",
    "Seed",
    "Settings",
    "SideA",
    "SideB",
    "Target",
    "Threads",
    "Timeout",
    "Tolerance",
    "Unpaired",
    "UnpairedOption",
]


class GateMetric(str, Enum):
    """What may be the verdict."""

    LATENCY = "latency"
    CPU_TIME = "cpu-time"


class Inconclusive(str, Enum):
    """What an inconclusive verdict does to the exit code."""

    FAIL = "fail"
    WARN = "warn"
    PASS = "pass"


class Unpaired(str, Enum):
    """What a model that is on one side only does."""

    ERROR = "error"
    WARN = "warn"


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
    typer.Option("--delegates", metavar="cpu,gpu", help="cpu (the default), cpu-builtin, gpu, nnapi."),
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
UnpairedOption = Annotated[
    Unpaired | None,
    typer.Option("--unpaired", help="A model on one side only: exit 2 (the default), or a note."),
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
KeepThreads = Annotated[
    bool,
    typer.Option(
        "--keep-threads",
        help="Where several threads cannot be judged here: UNFIT, not a verdict on one thread.",
    ),
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
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]


DeviceOption = Annotated[
    str,
    typer.Option("--device", metavar="NAME", help="This computer, or a phone: profile, serial, HOST:PORT."),
]
Allow = Annotated[
    list[str] | None,
    typer.Option(
        "--allow", metavar="CODE", help="Measure although this check of the phone fails; may be repeated."
    ),
]
PhoneOption = Annotated[
    list[str] | None,
    typer.Option(
        "--phone", metavar="KEY=VALUE", help="As in harness run: gpu-backend=cl, …; may be repeated."
    ),
]
