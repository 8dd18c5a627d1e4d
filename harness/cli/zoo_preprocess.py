"""`harness zoo preprocess`: which way of feeding a model fits, found out on labelled images."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli.console import data_console
from harness.cli.exit_codes import NOTHING_USABLE
from harness.cli.one_model import one_model
from harness.cli.options import JsonInsteadOfTable, Offline
from harness.errors import ModelError, UsageError

if TYPE_CHECKING:
    from harness.accuracy.dataset import Dataset
    from harness.accuracy.input_trial import Trial, Verdict, Way
    from harness.records.input_convention import InputTold
    from harness.records.model import Model

__all__ = ["PREPROCESS_EXAMPLES", "preprocess"]

PREPROCESS_EXAMPLES = """Examples:

  harness zoo preprocess my_model.tflite --dataset photos/

  harness zoo preprocess my_model --dataset photos/ --images 400 --save

Tried are 0..255, 0..1, -1..1, torchvision's and Caffe's mean and std, RGB and BGR, and with the values
that fit best: TensorFlow's crop, torchvision's, EfficientNet's, and the whole picture stretched.
"""


def preprocess(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A zoo name or a .tflite file.")],
    dataset: Annotated[
        str | None, typer.Option("--dataset", metavar="NAME|DIR", help="Images with labels.")
    ] = None,
    images: Annotated[
        int, typer.Option("--images", min=1, metavar="N", help="How many images, stratified.")
    ] = 150,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the choice of images.")] = 0,
    save: Annotated[bool, typer.Option("--save", help="Enter what fits in your zoo file.")] = False,
    as_json: JsonInsteadOfTable = False,
    offline: Offline = False,
) -> None:
    """Try the usual ways of feeding a model on labelled images, and say which fits."""
    from harness.accuracy.input_trial import try_inputs, verdict
    from harness.cli.progress import watching
    from harness.devices.local import LocalDevice
    from harness.devices.profile import find_profile

    chosen = _usable(one_model(model, offline=offline))
    cores = LocalDevice(find_profile("local")).cpu_count
    with watching(quiet=False) as watcher:
        watcher.step("reading the data set")
        part = _dataset(chosen, dataset).take(images, seed)
        watcher.phase(f"trying inputs on {part.name}", len(part.items))
        done = 0

        def progress(now: int, total: int) -> None:
            del total  # known already
            nonlocal done
            watcher.advance(now - done)
            done = now

        trial = try_inputs(chosen, part, cores=cores, on_progress=progress)
    found = verdict(trial, chosen)
    saved = _save(chosen, found) if save else None
    if as_json:
        typer.echo(json.dumps(_document(chosen, part.name, trial, found, saved), indent=2))
    else:
        _print(trial, found)
    for sentence in _sentences(chosen, found, saved, save=save):
        typer.echo(f"harness: {sentence}", err=True)
    if save and found.fits is None:
        raise typer.Exit(NOTHING_USABLE)


def _usable(model: Model) -> Model:
    from harness.zoo.resolve import problem_error

    if model.problem is not None:
        raise problem_error(model)
    if model.no_classifier is not None:
        raise ModelError(f"{model.name} is no image classifier: {model.no_classifier}")
    return model


def _dataset(model: Model, named: str | None) -> Dataset:
    from harness.accuracy.datasets import load_dataset

    spec = named or model.dataset
    if spec is None:
        raise UsageError("it takes images with labels to tell", next_step="give some with --dataset NAME|DIR")
    return load_dataset(spec)


def _save(model: Model, found: Verdict) -> Path | None:
    """Enter what was found out; None where nothing was."""
    from harness.zoo.add import enter_input
    from harness.zoo.registry import load_zoo

    told = _told(model, found)
    return enter_input(model, told, load_zoo()).file if told is not None else None


def _told(model: Model, found: Verdict) -> InputTold | None:
    """What fits, as the command line would say it: a range that is held to be right is entered too."""
    from harness.records.input_convention import RANGES, InputTold

    fits = found.fits
    if fits is None:
        return None
    told = fits.told or InputTold()
    if told.range is None and fits.range in RANGES:
        told = replace(told, range=fits.range, channels=fits.channels)
    return told if told != InputTold() else None


def _print(trial: Trial, found: Verdict) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for title in ("values", "channels", "crop and filter", "images", "top-1", "against the best, points"):
        table.add_column(title, justify="right" if title in ("images", "top-1") else "left", overflow="fold")
    for line in _lines(trial, found):
        lead = "–"
        if line["difference"] is not None:
            ends = (100 * line[key] for key in ("difference", "difference_low", "difference_high"))
            lead = "{:+.1f} [{:+.1f}, {:+.1f}]".format(*ends)
        best = "best" if line["best"] else lead
        cells = (line["range"], line["channels"], line["resize"], str(line["images"]), f"{line['top1']:.1%}")
        table.add_row(*cells, best)
    data_console().print(table)


def _lines(trial: Trial, found: Verdict) -> list[dict[str, Any]]:
    """Every way with its Top-1 and its paired difference to the best, the best first."""
    from harness.stats.contest import against

    shown = found.resize or found.best
    order = sorted(trial.ways, key=lambda way: (way != shown, -_share(trial, way)))
    lines = []
    for way in order:
        lead = against(trial.ways[way], trial.ways[shown]) if way != shown else None
        lines.append(
            {
                "range": way.range,
                "channels": str(way.channels),
                "resize": way.resize,
                "images": len(trial.ways[way]),
                "top1": _share(trial, way),
                "best": way == shown,
                "difference": lead and lead.difference,
                "difference_low": lead and lead.low,
                "difference_high": lead and lead.high,
            }
        )
    return lines


def _share(trial: Trial, way: Way) -> float:
    answers = trial.ways[way]
    return sum(answers.values()) / max(1, len(answers))


def _sentences(model: Model, found: Verdict, saved: Path | None, *, save: bool) -> Iterator[str]:
    """What the trial shows, in words."""
    yield f"now: {model.input_convention}"
    fits = found.fits
    if not found.above_chance:
        yield (
            "no way is certainly better than always naming the most frequent class: the class names may not"
            " fit the data set, or the model wants something else"
        )
    elif fits is None:
        names = ", ".join(dict.fromkeys(way.range for way in found.ties))
        yield f"cannot tell which fits: {names}; more images may (--images N), or --input-range says it"
    else:
        yield f"fits: {fits.range} {fits.channels}, crop and filter {fits.resize}"
        others = dict.fromkeys(way.range for way in found.ties if way.name != fits.name)
        if others:
            yield f"these images do not tell it from {', '.join(others)}, and the file shows it"
        if any(way.name == fits.name and way.channels != fits.channels for way in found.ties):
            yield "these images do not tell rgb from bgr; the usual order is kept"
        if found.resize is None:
            yield f"no crop and filter is certainly better than {fits.resize}"
    if saved is not None:
        yield f"entered: {saved}"
    elif save:
        yield "nothing was entered" + (": what fits is what is done already" if fits else "")


def _document(model: Model, dataset: str, trial: Trial, found: Verdict, saved: Path | None) -> dict[str, Any]:
    from dataclasses import asdict

    fits = found.fits
    return {
        "model": model.name,
        "sha256": model.sha256,
        "dataset": dataset,
        "images": len(trial.labels),
        "input_convention": asdict(model.input_convention) if model.input_convention else None,
        "ways": _lines(trial, found),
        "fits": fits and {"range": fits.range, "channels": str(fits.channels), "resize": fits.resize},
        "cannot_be_told_apart": [f"{way.range} {way.channels}" for way in found.ties],
        "above_chance": found.above_chance,
        "saved": str(saved) if saved else None,
    }
