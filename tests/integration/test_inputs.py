"""A run says how it fed each model, and when another way is certainly better."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.accuracy.pictures import save_plain
from tests.accuracy.tiny_models import nearest_colour_model
from tests.integration.command import exported, harness, only_run

COLOURS = np.array([[c * k for c in hue] for hue in ([250, 50, 100], [50, 80, 250]) for k in (0.3, 0.6, 0.9)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number, (red, green, blue) in enumerate(COLOURS.astype(int).tolist()):
        for image in range(8):
            save_plain(tmp_path / "photos" / f"{number}" / f"{image}.png", (red, green + image, blue))
    nearest_colour_model(tmp_path / "unit.tflite", COLOURS / 255)
    return tmp_path


def scored(folder: Path, *options: str) -> tuple[dict, str, str]:  # type: ignore[type-arg]
    """The one row, the summary and what was printed."""
    options = ("--dataset", "photos", "--only", "accuracy", *options)
    done = harness(
        "run", *options, cwd=folder, env={"XDG_CONFIG_HOME": str(folder / "config"), "HARNESS_ZOO": ""}
    )
    assert done.returncode == 0, done.stderr
    run = only_run(folder)
    (row,) = exported(run)
    return row, (run / "summary.md").read_text(), done.stdout + done.stderr


def test_an_assumed_input_is_said_and_a_better_one_named_and_the_figure_stays(folder: Path):
    row, summary, printed = scored(folder, "--models", "unit.tflite")
    assert row["top1"] < 0.5
    assert row["input_convention"]["source"] == "assumed"
    assert row["input_convention"]["range"] == "-1..1"
    better, assumed = row["warnings"][:2]
    assert "fed 0..1 rgb, it was right on 100% of 48 images" in better
    assert "its input is assumed to be -1..1 rgb" in assumed
    for text in (summary, printed):
        assert "fed 0..1 rgb, it was right on 100% of 48 images" in text
        assert "-1..1 rgb, assumed" in text
    assert "harness run --input-range 0..1" in summary


def test_the_option_it_names_gives_the_right_figure_without_a_doubt(folder: Path):
    row, summary, _ = scored(folder, "--models", "unit.tflite", "--input-range", "0..1")
    assert row["top1"] == 1.0
    assert row["input_convention"]["source"] == "declared"
    assert row["input_convention"]["told_by"] == "--input-range on the command line"
    assert not row["warnings"]
    assert "How pixels were fed" in summary


def test_a_told_input_belongs_to_the_plan_that_is_resumed(folder: Path):
    scored(folder, "--models", "unit.tflite", "--input-range", "0..1")
    done = harness("run", "--resume", str(only_run(folder)), cwd=folder)
    assert done.returncode == 0, done.stderr
    plan = json.loads((only_run(folder) / "run.json").read_text())
    assert plan["options"]["input_told"]["range"] == "0..1"


@pytest.mark.parametrize(
    ("name", "images", "right", "option"),
    [
        # Told nothing, on the evaluation tool's crop; the whole picture is what its authors measured with.
        ("akseoro", "akseoro_240", 177, ()),
        ("akseoro", "akseoro_240", 186, ("--resize", "stretch")),
        ("dice_tl", "dice_75", 71, ()),
    ],
)
def test_real_models_that_show_what_they_take(
    tmp_path: Path, assets: Path, name: str, images: str, right: int, option
):
    users = assets / "user_models"
    model, photos = users / f"{name}.tflite", users / images
    row, _, _ = scored(tmp_path, "--models", str(model), "--dataset", str(photos), *option)
    assert row["input_convention"]["source"] == "proven"
    assert round(row["top1"] * row["images"]) == right
    assert not [each for each in row["warnings"] if "input" in each]
