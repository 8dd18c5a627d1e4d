"""`harness zoo preprocess`: the table, what it says of it, and what it enters."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from harness.cli.main import app
from harness.records.input_convention import InputTold
from harness.records.vocabulary import InputSource
from harness.zoo.add import add_model
from harness.zoo.registry import load_zoo, users_zoo_file
from harness.zoo.resolve import resolve_models
from tests.accuracy.pictures import save_plain
from tests.accuracy.tiny_models import nearest_colour_model

runner = CliRunner()
COLOURS = np.array([[c * k for c in hue] for hue in ([250, 50, 100], [50, 80, 250]) for k in (0.3, 0.6, 0.9)])


@pytest.fixture(autouse=True)
def own_zoo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("HARNESS_ZOO", raising=False)
    monkeypatch.setattr(
        "harness.zoo.registry.platformdirs.user_config_dir", lambda name: str(tmp_path / name)
    )


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for number, (red, green, blue) in enumerate(COLOURS.astype(int).tolist()):
        for image in range(10):
            save_plain(tmp_path / "photos" / f"{number}" / f"{image}.png", (red, green + image, blue))
    return tmp_path / "photos"


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """Takes 0..1 and does not say so."""
    return nearest_colour_model(tmp_path / "unit.tflite", COLOURS / 255)


def source_of(name: str) -> tuple[InputSource, str]:
    (model,) = resolve_models([name], load_zoo())
    assert model.input_convention is not None
    return model.input_convention.source, model.input_convention.range


def test_what_fits_is_said_and_shown(unit: Path, photos: Path):
    done = runner.invoke(app, ["zoo", "preprocess", str(unit), "--dataset", str(photos)])
    assert done.exit_code == 0, done.exception
    assert "fits: 0..1 rgb" in done.stderr
    assert "now: -1..1 rgb, assumed" in done.stderr
    assert "100.0%" in done.stdout
    assert not users_zoo_file().exists()


def test_as_json(unit: Path, photos: Path):
    done = runner.invoke(app, ["zoo", "preprocess", str(unit), "--dataset", str(photos), "--json"])
    found = json.loads(done.stdout)
    assert found["fits"] == {"range": "0..1", "channels": "rgb", "resize": "tf"}
    assert found["ways"][0]["best"]
    assert found["ways"][0]["top1"] == 1.0
    assert found["input_convention"]["source"] == "assumed"
    other = next(each for each in found["ways"] if each["range"] == "-1..1" and each["channels"] == "rgb")
    assert other["difference_high"] < 0


def test_it_is_entered_for_a_file_that_the_zoo_does_not_know(unit: Path, photos: Path):
    done = runner.invoke(app, ["zoo", "preprocess", str(unit), "--dataset", str(photos), "--save"])
    assert done.exit_code == 0, done.stderr
    assert source_of(str(unit)) == (InputSource.DECLARED, "0..1")


def test_it_is_written_into_the_entry_that_there_is_and_all_else_stays(unit: Path, photos: Path):
    add_model(unit, load_zoo(), told=InputTold("-1..1", None, "stretch"))
    file = users_zoo_file()
    file.write_text(
        file.read_text() + "    # mine\n\n  - {name: other, family: own, path: x.tflite, quantization: int8,"
        " input: {height: 8, width: 8, dtype: int8}}\n"
    )
    done = runner.invoke(app, ["zoo", "preprocess", "unit", "--dataset", str(photos), "--save"])
    assert done.exit_code == 0, done.stderr
    assert source_of("unit") == (InputSource.DECLARED, "0..1")
    text = file.read_text()
    assert "# mine" in text
    assert "  - {name: other" in text
    assert text.count("preprocess:") == 1
    assert "crop: none" in text


def test_telling_it_to_zoo_add_changes_the_entry_that_there_is(unit: Path):
    assert runner.invoke(app, ["zoo", "add", str(unit)]).exit_code == 0
    done = runner.invoke(app, ["zoo", "add", str(unit), "--input-range", "0..1"])
    assert done.exit_code == 0, done.exception
    assert "0..1 rgb, declared: its zoo entry" in done.stderr
    assert users_zoo_file().read_text().count("- name:") == 1


def test_an_entry_of_a_shared_zoo_is_not_changed(
    unit: Path, photos: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    add_model(unit, load_zoo())
    shared = users_zoo_file().rename(tmp_path / "shared.yaml")
    own = tmp_path / "own.yaml"
    own.write_text("schema: 1\nmodels: []\n")
    monkeypatch.setenv("HARNESS_ZOO", f"{shared}:{own}")
    before = shared.read_text()
    done = runner.invoke(app, ["zoo", "preprocess", "unit", "--dataset", str(photos), "--save"])
    assert "which is not changed" in str(done.exception)
    assert shared.read_text() == before


def test_nothing_is_entered_where_it_cannot_be_told(tmp_path: Path, photos: Path):
    blind = nearest_colour_model(tmp_path / "blind.tflite", np.zeros((6, 3)))
    done = runner.invoke(app, ["zoo", "preprocess", str(blind), "--dataset", str(photos), "--save"])
    assert done.exit_code == 5
    assert "most frequent class" in done.stderr
    assert "nothing was entered" in done.stderr
    assert not users_zoo_file().exists()


def test_without_images_it_says_what_it_needs(unit: Path):
    done = runner.invoke(app, ["zoo", "preprocess", str(unit)])
    assert "images with labels" in str(done.exception)
