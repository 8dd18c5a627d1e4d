"""`harness zoo quantize`: smaller forms of a float model, entered in the user's zoo."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.one_model import one_model
from harness.cli.options import ChannelsOption, InputRange, ResizeOption

if TYPE_CHECKING:
    from harness.accuracy.dataset import Dataset
    from harness.records.model import Model

__all__ = ["QUANTIZE_EXAMPLES", "quantize"]

QUANTIZE_EXAMPLES = """Examples:

  harness zoo quantize my_model.tflite --dataset photos/

  harness zoo quantize mobilenet_v1_0.25_224 --to float16,dynamic

What it costs is told by `harness run` on the model and its variants; the command is printed.
Needs the extra [quantize].
"""


def quantize(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A zoo name or a .tflite file, float32.")],
    to: Annotated[
        str, typer.Option("--to", metavar="float16,dynamic,int8", help="The forms to make.")
    ] = "float16,dynamic,int8",
    dataset: Annotated[
        str | None, typer.Option("--dataset", metavar="NAME|DIR", help="Images to calibrate int8 with.")
    ] = None,
    images: Annotated[
        int, typer.Option("--images", min=1, metavar="N", help="How many images to calibrate with.")
    ] = 64,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the choice of images.")] = 0,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Folder for the files."),
    ] = None,
    input_range: InputRange = None,
    channels: ChannelsOption = None,
    resize: ResizeOption = None,
) -> None:
    """Make float16, dynamic-range and int8 forms of a model. Prints their names."""
    from harness.quantize.quantize import check_float, quantize_model
    from harness.quantize.variants import Variant, check_installed
    from harness.sweep.request import parse_words
    from harness.zoo.input_convention import input_sentences, parse_told, tell_input

    check_installed()
    variants = parse_words("form", to, Variant)
    parent = tell_input(one_model(model), parse_told(input_range, channels, resize))
    check_float(parent)
    for sentence in input_sentences(parent):
        typer.echo(f"harness: {sentence}", err=True)
    chosen = _dataset(parent, dataset) if any(each.needs_images for each in variants) else None
    names = []
    for added in quantize_model(
        parent,
        variants,
        dataset=chosen,
        images=images,
        seed=seed,
        folder=out,
        on_step=lambda text: typer.echo(f"harness: {text}", err=True),
    ):
        typer.echo(added.name)
        names.append(added.name)
    typer.echo(f"harness: what it costs: {_next_command(model, names, dataset)}", err=True)


def _dataset(model: Model, named: str | None) -> Dataset | None:
    from harness.accuracy.datasets import load_dataset

    spec = named or model.dataset
    return load_dataset(spec) if spec else None


def _next_command(model: str, names: list[str], dataset: str | None) -> str:
    words = ["harness", "run"]
    for name in (model, *names):
        words += ["--models", name]
    return shlex.join([*words, *(["--dataset", dataset] if dataset else [])])
