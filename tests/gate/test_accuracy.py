"""Both sides on the same images: what is scored, and what makes one doubt it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from harness.accuracy.datasets import load_dataset
from harness.gate.accuracy import class_notices, score_both
from harness.records.input_convention import InputTold
from harness.zoo.input_convention import tell_input
from harness.zoo.registry import Zoo
from harness.zoo.resolve import resolve_models
from tests.accuracy.pictures import save_plain
from tests.accuracy.tiny_models import nearest_colour_model

COLOURS = np.array([[230, 30, 60], [40, 60, 220]])


def test_a_side_whose_input_is_assumed_is_named_and_one_that_is_told_is_not(tmp_path: Path):
    for number, (red, green, blue) in enumerate(COLOURS.tolist()):
        for image in range(3):
            save_plain(tmp_path / "photos" / f"{number}" / f"{image}.png", (red, green, blue))
    path = nearest_colour_model(tmp_path / "m.tflite", COLOURS / 255)
    (found,) = resolve_models([str(path)], Zoo({}))
    told = replace(tell_input(found, InputTold("0..1")), sha256="b" * 64)
    (scored,) = score_both({"pair": (found, told)}, load_dataset(str(tmp_path / "photos")), cores=1)
    assert scored.b == "1" * 6
    assert [each.code for each in scored.cautions if each.code == "input-assumed"] == ["input-assumed"]
    (doubt,) = (each for each in scored.cautions if each.code == "input-assumed")
    assert doubt.message.startswith("A: its input is assumed to be -1..1 rgb")
    assert doubt.next_step is not None
    assert str(path) in doubt.next_step


def test_each_side_is_matched_by_its_own_class_names(tmp_path: Path):
    """A network, and the same with its outputs swapped: equally right."""
    for name, colour in zip(("blue", "red"), COLOURS[::-1].tolist(), strict=True):
        for image in range(3):
            save_plain(tmp_path / "photos" / name / f"{image}.png", tuple(colour))
    sides = []
    for labels, colours in {("red", "blue"): COLOURS, ("blue", "red"): COLOURS[::-1]}.items():
        path = nearest_colour_model(tmp_path / f"{labels[0]}.tflite", colours / 255)
        (found,) = resolve_models([str(path)], Zoo({}))
        sides.append(replace(tell_input(found, InputTold("0..1")), labels=labels))
    photos = load_dataset(str(tmp_path / "photos"))
    (scored,) = score_both({"pair": (sides[0], sides[1])}, photos, cores=1)
    assert (scored.a, scored.b) == ("1" * 6, "1" * 6)
    assert list(class_notices({"pair": (sides[0], sides[1])}, photos)) == []

    nameless = replace(sides[0], labels=None)
    (guessed,) = score_both({"pair": (nameless, sides[1])}, photos, cores=1)
    assert [each.message[:24] for each in guessed.cautions if each.code == "class-order-assumed"] == [
        "A: class order assumed: "
    ]
    assert "blue → 0, red → 1" in next(class_notices({"pair": (nameless, sides[1])}, photos))
