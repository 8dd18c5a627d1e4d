from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from harness.cli.main import app
from harness.errors import HarnessError
from harness.resources import starter_path

runner = CliRunner()
IMAGES = sorted((starter_path() / "val" / "images").iterdir())


def classified(*arguments: str) -> dict:
    done = runner.invoke(app, ["classify", *arguments, "--json"])
    assert done.exit_code == 0, (done.output, done.exception)
    return json.loads(done.stdout)


def test_each_picture_gets_its_best_classes_and_all_sum_to_one():
    found = classified(*map(str, IMAGES[:3]), "--model", "starter_large_int8", "--top", "2")
    assert [Path(each["image"]).name for each in found["images"]] == [path.name for path in IMAGES[:3]]
    for each in found["images"]:
        first, second = each["top"]
        assert first["probability"] >= second["probability"]
        assert each["sum"] == pytest.approx(1)


def test_it_agrees_with_the_evaluation_of_the_same_model():
    truth = dict(
        line.rsplit(" ", 1) for line in (starter_path() / "val" / "val.txt").read_text().splitlines()
    )
    found = classified(*map(str, IMAGES[:100]), "--model", "starter_large_float32", "--top", "1")
    right = sum(each["top"][0]["index"] == int(truth[Path(each["image"]).name]) for each in found["images"])
    assert right >= 70


def test_a_table_names_the_labels_and_where_they_come_from():
    done = runner.invoke(app, ["classify", str(IMAGES[0]), "--model", "starter_large_float32"])
    assert done.exit_code == 0
    assert "%" in done.stdout
    assert "labels:" in done.stderr


def test_what_is_assumed_of_a_model_stands_below_its_answers(assets: Path):
    model = str(assets / "user_models" / "tm_garbage.tflite")
    done = runner.invoke(app, ["classify", str(IMAGES[0]), "--model", model])
    assert "\ndoubts: " in done.stdout
    assert classified(str(IMAGES[0]), "--model", model)["doubts"]
    assert classified(str(IMAGES[0]), "--model", "starter_large_int8")["doubts"] == []


def test_a_picture_that_cannot_be_read_does_not_stop_the_others(tmp_path: Path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8 no picture")
    done = runner.invoke(app, ["classify", str(broken), str(IMAGES[0]), "--model", "starter_small_int8"])
    assert done.exit_code == 1
    assert "broken.jpg" in done.stderr
    assert IMAGES[0].name in done.stdout
    assert runner.invoke(app, ["classify", str(broken), "--model", "starter_small_int8"]).exit_code == 2


def test_the_labelled_picture_is_larger_than_the_picture(tmp_path: Path):
    out = tmp_path / "labelled.png"
    done = runner.invoke(
        app, ["classify", str(IMAGES[0]), "--model", "starter_small_int8", "--annotate", str(out)]
    )
    assert done.exit_code == 0
    with Image.open(out) as labelled, Image.open(IMAGES[0]) as original:
        assert labelled.height > original.height


def test_own_labels_must_be_as_many_as_the_outputs(tmp_path: Path):
    labels = tmp_path / "labels.txt"
    labels.write_text("".join(f"shape {n}\n" for n in range(16)))
    found = classified(str(IMAGES[0]), "--model", "starter_small_int8", "--labels", str(labels))
    assert found["images"][0]["top"][0]["label"].startswith("shape ")
    labels.write_text("one\ntwo\n")
    done = runner.invoke(
        app, ["classify", str(IMAGES[0]), "--model", "starter_small_int8", "--labels", str(labels)]
    )
    assert isinstance(done.exception, HarnessError)
    assert "2 classes" in str(done.exception)


@pytest.mark.parametrize(("model", "said"), [("@starter", "12 models"), ("starter_smal", "starter_small")])
def test_one_model_must_be_meant(model: str, said: str):
    done = runner.invoke(app, ["classify", str(IMAGES[0]), "--model", model])
    assert isinstance(done.exception, HarnessError)
    assert said in str(done.exception)


def test_every_real_classifier_answers_and_every_odd_file_says_why_not(assets: Path):
    photo = next((assets / "imagenet_val_650" / "images").iterdir())
    for path in sorted((assets / "models").glob("*.tflite")):
        found = classified(str(photo), "--model", str(path))
        assert found["images"][0]["sum"] == pytest.approx(1), path.name
    classified(str(photo), "--model", str(assets / "odd_models" / "channels_first_1x3x224x224.tflite"))
    odd = [each for each in (assets / "odd_models").glob("*.tflite") if "channels_first" not in each.name]
    for path in sorted(odd):
        done = runner.invoke(app, ["classify", str(photo), "--model", str(path)])
        assert isinstance(done.exception, HarnessError), path.name
        assert "\n" not in done.exception.message
