"""`harness zoo` from the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from harness.cli.zoo import zoo_app
from harness.errors import ModelError, UnknownNameError, ZooError
from tests.zoo.tflite_builder import classifier

ENTRY = """schema: 1
models:
  - name: mine
    family: own
    path: mine.tflite
    quantization: float32
    input: {height: 8, width: 8, dtype: float32}
"""


@pytest.fixture
def zoo_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "zoo.yaml"
    path.write_text(ENTRY)
    (tmp_path / "mine.tflite").write_bytes(classifier())
    monkeypatch.setenv("HARNESS_ZOO", str(path))
    return path


def zoo(*arguments: str) -> Result:
    return CliRunner().invoke(zoo_app, list(arguments))


def test_list_shows_own_models_and_filters(zoo_file: Path):
    assert "mine" in zoo("list").stdout
    done = zoo("list", "@own", "min*", "--json")
    assert [each["name"] for each in json.loads(done.stdout)] == ["mine"]


def test_list_is_one_line_a_model_in_the_columns_asked_for(zoo_file: Path):
    lines = zoo("list", "@mobilenet_v1", "--columns", "name,top-1,from,digest").stdout.splitlines()
    assert lines[0].split() == ["name", "top-1", "from", "digest"]
    assert "mobilenet_v1_1.0_224_quant 70 web archive" in [" ".join(line.split()) for line in lines]
    assert len(lines) > 32


def test_a_long_name_stands_whole_on_its_own_line(zoo_file: Path):
    name = "mediapipe_mobilenet_v1_0.25_224_quant_with_dummy_score_calibration"
    lines = zoo("list", name, "starter_small_int8").stdout.splitlines()
    assert name in lines
    assert max(len(line) for line in lines if line != name) <= 80


def test_an_unknown_column_is_answered_with_near_matches(zoo_file: Path):
    error = zoo("list", "--columns", "name,famly").exception
    assert isinstance(error, UnknownNameError)
    assert error.matches == ("family",)


def test_groups_are_listed_with_their_sizes(zoo_file: Path):
    assert "@hosted-quantized 21 mobilenet_v1_0.25_128_quant," in " ".join(
        zoo("list", "--groups").stdout.split()
    )
    assert json.loads(zoo("list", "--groups", "--json").stdout)["own"] == ["mine"]


def test_show_has_a_line_for_every_address_latency_and_doubt(zoo_file: Path):
    lines = zoo("show", "mobilenet_v1_1.0_224_quant").stdout.splitlines()
    assert sum(line.startswith("mirror ") for line in lines) == 3
    assert any("3.3 ms  Pixel 4 (Android 10), nnapi" in line for line in lines)
    assert any(line.startswith("gone ") for line in zoo("show", "quantized_v2_96_35").stdout.splitlines())
    assert any(line.startswith("note ") for line in zoo("show", "densenet").stdout.splitlines())


def test_show_prints_everything_known(zoo_file: Path):
    assert "float32" in zoo("show", "mine").stdout
    data = json.loads(zoo("show", "mine", "--json").stdout)
    assert data["groups"] == ["own", "float", "all"]
    assert data["defined_in"] == f"{zoo_file}:3"


def test_an_unknown_name_is_answered_with_near_matches(zoo_file: Path):
    error = zoo("show", "mien").exception
    assert isinstance(error, UnknownNameError)
    assert error.matches == ("mine",)


def test_check_is_content_with_entries_that_are_true(zoo_file: Path):
    done = zoo("check", str(zoo_file))
    assert done.exit_code == 0
    assert "ok" in done.stdout
    assert json.loads(zoo("check", str(zoo_file), "--json").stdout) == [
        {"name": "mine", "checked": True, "problems": [], "digest": "none"}
    ]


def test_check_of_the_whole_zoo_counts_the_digests_and_names_what_has_none(zoo_file: Path):
    brief, full = zoo("check").stdout, zoo("check", "-v").stdout
    assert "without a digest (trusted on first use" in brief
    assert "densenet" not in brief
    assert "without a digest: " in full
    assert "densenet" in full.split("without a digest: ")[1]
    kinds = {each["name"]: each["digest"] for each in json.loads(zoo("check", "--json").stdout)}
    assert (kinds["densenet"], kinds["squeezenet"], kinds["mine"]) == ("none", "archive", "none")


def test_check_prints_every_result_and_fails_for_those_that_are_not(zoo_file: Path):
    zoo_file.write_text(ENTRY.replace("height: 8", "height: 9"))
    done = zoo("check", str(zoo_file))
    assert "input is float32 (9, 8, 3)" in " ".join(done.stdout.split())
    assert isinstance(done.exception, ZooError)
    assert done.exception.exit_code == 2


def test_check_names_the_line_of_a_mistake(zoo_file: Path):
    zoo_file.write_text(ENTRY.replace("family", "famly"))
    error = zoo("check", str(zoo_file)).exception
    assert isinstance(error, ZooError)
    assert error.message.startswith(f"{zoo_file}:4: unknown key 'famly', did you mean family?")


def test_inspect_prints_facts(zoo_file: Path):
    model = str(zoo_file.parent / "mine.tflite")
    done = zoo("inspect", model)
    assert "1x8x8x3 float32" in done.stdout
    assert "not an image classifier" not in done.stdout
    data = json.loads(zoo("inspect", model, "--json").stdout)
    assert data["quantization"] == "float32"
    assert data["macs"] == 6912
    assert data["no_classifier"] is None


def test_inspect_says_what_is_no_classifier_and_what_cannot_run(tmp_path: Path):
    path = tmp_path / "odd.tflite"
    path.write_bytes(classifier(head=["edgetpu-custom-op"], output_shape=(4, 4)))
    done = zoo("inspect", str(path))
    assert done.exit_code == 0
    assert "cannot run here: it needs the custom op edgetpu-custom-op" in done.stdout
    assert "not an image classifier: its output [4, 4]" in done.stdout


def test_inspect_of_a_broken_file_is_one_sentence(tmp_path: Path):
    path = tmp_path / "it's ünïcode.tflite"
    path.write_bytes(b"no model")
    done = zoo("inspect", str(path))
    assert isinstance(done.exception, ModelError)
    assert done.exception.exit_code == 2
    assert path.name in done.exception.message
    assert done.stdout == ""


def test_square_brackets_in_names_are_no_markup(tmp_path: Path):
    path = tmp_path / "[red]x[bold].tflite"
    path.write_bytes(classifier())
    assert zoo("inspect", str(path)).exit_code == 0


def test_schema_is_json():
    assert json.loads(zoo("schema").stdout)["title"] == "harness model zoo"


@pytest.mark.parametrize("command", ["list", "show", "check", "inspect", "schema"])
def test_help_ends_with_examples(command: str):
    assert f"harness zoo {command}" in zoo(command, "--help").stdout


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("embedder_not_a_classifier", "feature vector"),
        ("input_1x784", "no image"),
        ("fails_at_invoke", "fake-op-double"),
        ("needs_edgetpu_custom_op", "Edge TPU"),
    ],
)
def test_real_odd_models_are_inspected_with_the_reason(assets: Path, name: str, sentence: str):
    done = zoo("inspect", str(assets / "odd_models" / f"{name}.tflite"))
    assert done.exit_code == 0
    assert sentence in done.stdout


def test_importing_the_commands_is_light():
    heavy = "{'numpy', 'pydantic', 'yaml', 'rich.table', 'ai_edge_litert', 'flatbuffers', 'pandas', 'scipy'}"
    code = f"import sys, harness.cli.zoo; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
