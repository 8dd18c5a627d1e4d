"""Options that mean the same in several commands."""

from __future__ import annotations

from typing import Annotated

import typer

from harness.records.vocabulary import ChannelOrder, Exif

__all__ = [
    "BenchmarkBinary",
    "ChannelsOption",
    "Cores",
    "ExifChoice",
    "ExifOption",
    "InputRange",
    "JsonInsteadOfTable",
    "JsonResult",
    "Offline",
    "ResizeOption",
]

InputRange = Annotated[
    str | None,
    typer.Option(
        "--input-range",
        metavar="RANGE",
        help="Values the model takes: 0..255, 0..1, -1..1, torchvision or caffe (mean and std).",
    ),
]
ChannelsOption = Annotated[
    ChannelOrder | None,
    typer.Option("--channels", help="Order of colours the model takes.", show_default=False),
]
ResizeOption = Annotated[
    str | None,
    typer.Option(
        "--resize",
        metavar="WAY",
        help="tf, efficientnet, torchvision, torchvision-bicubic, stretch or stretch-antialias.",
    ),
]

ExifOption = Annotated[
    Exif, typer.Option("--exif", help="Whether pictures are turned upright by their EXIF orientation.")
]

ExifChoice = Annotated[
    Exif | None,
    typer.Option(
        "--exif",
        help="Turn images upright by their EXIF orientation, or not."
        " [default: apply for own photos, ignore for ImageNet's, as TFLite's evaluation tool does]",
        show_default=False,
    ),
]

Offline = Annotated[bool, typer.Option("--offline", help="Fetch nothing; use the cache only.")]
JsonInsteadOfTable = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
JsonResult = Annotated[bool, typer.Option("--json", help="Print the result as JSON on standard output.")]
Cores = Annotated[
    str | None,
    typer.Option("--cores", metavar="big|prime|little|all|MASK", help="Cores of a phone to run on."),
]
BenchmarkBinary = Annotated[
    str | None,
    typer.Option(
        "--benchmark-binary", metavar="FILE", help="A phone's benchmark_model in place of the published one."
    ),
]
