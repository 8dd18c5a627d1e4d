"""`harness zoo add`: enter one's own model in one's own zoo file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.options import ChannelsOption, InputRange, ResizeOption

__all__ = ["ADD_EXAMPLES", "add"]

ADD_EXAMPLES = """Examples:

  harness zoo add flowers.tflite                              class names embedded in the file are found

  harness zoo add flowers.tflite --labels labels.txt --name flowers_v2

  harness zoo add flowers.tflite --input-range 0..1           where you know what it takes

  harness run --models flowers_v2 --dataset photos/
"""


def add(
    model: Annotated[Path, typer.Argument(metavar="FILE.tflite", help="The model's file; it stays there.")],
    labels: Annotated[
        Path | None, typer.Option("--labels", metavar="FILE", help="Class names, one a line; copied.")
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="Name in the zoo. [default: the file's]")
    ] = None,
    input_range: InputRange = None,
    channels: ChannelsOption = None,
    resize: ResizeOption = None,
) -> None:
    """Add a model of your own to your zoo file. Prints its name."""
    from harness.zoo.add import add_model
    from harness.zoo.fetch.models import target_of, users_fetcher
    from harness.zoo.input_convention import input_sentences, parse_told
    from harness.zoo.registry import load_zoo
    from harness.zoo.resolve import resolve_models

    zoo = load_zoo()
    told = parse_told(input_range, channels, resize)
    added = add_model(model, zoo, name=name, labels=labels, told=told)
    done = "is there already" if added.was_there else "added"
    if added.was_there and (entry := zoo.items[added.name].entry).url is not None:
        # A hosted model that the user has already need not be fetched.
        users_fetcher().adopt(target_of(entry), model)
        done = "is a hosted model, and your file was taken into the cache"
    typer.echo(added.name)
    typer.echo(f"harness: {added.name} {done}: {added.file}", err=True)
    if added.doubt is not None:
        typer.echo(f"harness: {added.doubt}", err=True)
    (entered,) = resolve_models([str(model)], load_zoo())
    for sentence in input_sentences(entered):
        typer.echo(f"harness: {sentence}", err=True)
