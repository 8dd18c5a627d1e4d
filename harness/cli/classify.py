"""`harness classify`: the labels one model gives to pictures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli.console import data_console
from harness.cli.exit_codes import SOME_FAILED
from harness.cli.one_model import one_model
from harness.cli.options import (
    ChannelsOption,
    ExifOption,
    InputRange,
    JsonInsteadOfTable,
    Offline,
    ResizeOption,
)
from harness.errors import UsageError
from harness.records.vocabulary import Exif

if TYPE_CHECKING:
    from harness.classify.classify import Answer, Classifier, Unreadable

__all__ = ["CLASSIFY_EXAMPLES", "classify"]

CLASSIFY_EXAMPLES = """Examples:

  harness classify cat.jpg --model mobilenet_v2_1.0_224_quant

  harness classify photos/*.jpg --model my_model.tflite --labels labels.txt --json

  harness classify cat.jpg --model my_model.tflite --annotate labelled.png

Probabilities sum to 1 over all classes. An answer is called uncertain when its best class has
less than 25 % (flat), or when the second has more than half of the first (close).
"""

Images = Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="Picture files.")]
ModelOption = Annotated[
    str, typer.Option("--model", "-m", metavar="SPEC", help="A zoo name or a .tflite file.")
]


def classify(
    images: Images,
    model: ModelOption,
    top: Annotated[int, typer.Option("--top", min=1, metavar="N", help="How many classes to show.")] = 5,
    labels: Annotated[
        Path | None, typer.Option("--labels", metavar="FILE", help="Class names, one a line.")
    ] = None,
    annotate: Annotated[
        Path | None, typer.Option("--annotate", metavar="OUT.png", help="Write the labelled picture.")
    ] = None,
    input_range: InputRange = None,
    channels: ChannelsOption = None,
    resize: ResizeOption = None,
    exif: ExifOption = Exif.APPLY,
    as_json: JsonInsteadOfTable = False,
    offline: Offline = False,
) -> None:
    """Label pictures with one model."""
    from harness.classify.classify import Answer, open_classifier
    from harness.zoo.input_convention import parse_told, tell_input

    if annotate is not None and len(images) != 1:
        raise UsageError(f"--annotate takes a single picture, and {len(images)} are given")
    told = parse_told(input_range, channels, resize)
    classifier = open_classifier(tell_input(one_model(model, offline=offline), told), labels, exif)
    answers = list(classifier.answers(images, top=top))
    good = [each for each in answers if isinstance(each, Answer)]
    for each in answers:
        if not isinstance(each, Answer):
            typer.echo(f"harness: {each.reason}", err=True)
    if as_json:
        _print_json(classifier, answers)
    elif good:
        _print_table(classifier, good)
    if annotate is not None and good:
        from harness.classify.annotate import annotate as draw

        draw(good[0], annotate, exif)
        typer.echo(f"labelled picture: {annotate}", err=True)
    if len(good) < len(answers):
        raise typer.Exit(SOME_FAILED if good else UsageError.exit_code)


def _doubts(classifier: Classifier) -> list[str]:
    """What makes one doubt every answer, on the output that has them."""
    from harness.zoo.input_convention import input_cautions

    doubts = [each.message for each in input_cautions(classifier.model)]
    if classifier.labels_assumed:
        doubts.append(f"labels assumed: {classifier.label_source}")
    return doubts


def _notes(classifier: Classifier, answers: list[Answer]) -> list[str]:
    from harness.classify.classify import turned_sentence
    from harness.classify.probabilities import ScoreKind
    from harness.zoo.input_convention import input_sentences

    kind = classifier.kind(Path(answers[0].image))
    notes = [f"labels: {classifier.label_source}", *input_sentences(classifier.model), *classifier.notes]
    if kind is ScoreKind.LOGITS:
        notes.append("its output is logits: softmax was applied")
    if kind is ScoreKind.INDEPENDENT:
        notes.append("its classes are independent of each other: the shares were divided by their sum")
    return [*notes, *turned_sentence([each.image for each in answers], classifier.exif)]


def _print_json(classifier: Classifier, answers: list[Answer | Unreadable]) -> None:
    from harness.classify.classify import Answer

    good = [each for each in answers if isinstance(each, Answer)]
    document = {
        "model": classifier.model.name,
        "sha256": classifier.model.sha256,
        "input_convention": _convention(classifier),
        "doubts": _doubts(classifier),
        "notes": _notes(classifier, good) if good else [],
        "images": [_document(each) for each in answers],
    }
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False))


def _convention(classifier: Classifier) -> dict[str, Any] | None:
    from dataclasses import asdict

    known = classifier.model.input_convention
    return asdict(known) if known else None


def _document(answer: Answer | Unreadable) -> dict[str, Any]:
    from harness.classify.classify import Answer

    if not isinstance(answer, Answer):
        return {"image": answer.image, "error": answer.reason}
    return {
        "image": answer.image,
        "top": [
            {"index": each.index, "label": each.label, "probability": each.probability}
            for each in answer.guesses
        ],
        "uncertain": str(answer.doubt) if answer.doubt else None,
        "sum": answer.sum,
    }


def _print_table(classifier: Classifier, answers: list[Answer]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for title in ("image", "probability", "label", ""):
        table.add_column(title, justify="right" if title == "probability" else "left", overflow="fold")
    for answer in answers:
        for number, guess in enumerate(answer.guesses):
            doubt = f"uncertain ({answer.doubt})" if number == 0 and answer.doubt else ""
            name = Path(answer.image).name if number == 0 else ""
            table.add_row(name, f"{guess.probability:.1%}", guess.label, doubt)
    console = data_console()
    console.print(table)
    doubts = _doubts(classifier)
    if doubts:
        console.print(f"doubts: {'; '.join(doubts)}", soft_wrap=True)
    for note in _notes(classifier, answers):
        typer.echo(note, err=True)
