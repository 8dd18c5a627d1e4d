"""`harness gate` from the command line, with real processes and the bundled models."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from harness.cli.main import app
from harness.errors import ModelError, RunFolderError, UnknownNameError, UsageError
from harness.resources import starter_path

MODELS = starter_path() / "models"
SMALL, OTHER = MODELS / "starter_small_int8.tflite", MODELS / "starter_small_float32.tflite"


def gate(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["gate", *map(str, arguments)])


def fast(*arguments: object, out: Path) -> Result:
    return gate(*arguments, "--no-preflight", "--out", out, "--seed", 1, "-q")


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("gate")
    done = fast(SMALL, OTHER, "--json", "--tolerance", "50%", "--target", "90%", out=out)
    [folder] = out.iterdir()
    (folder / "stdout.json").write_text(done.stdout)
    (folder / "exit").write_text(str(done.exit_code))
    return folder


class TestOneRun:
    """One real run, and what can be asked of its record."""

    def test_the_result_names_both_files_and_what_was_seen(self, record: Path):
        result = json.loads((record / "stdout.json").read_text())
        [cell] = result["cells"]
        assert cell["cell"]["a"]["sha256"] != cell["cell"]["b"]["sha256"]
        assert cell["a_version"] == cell["b_version"]
        assert cell["decisions"][0]["pairs_used"] >= 10
        assert {each["metric"] for each in cell["metrics"]} == {"size", "memory", "init", "first"}
        assert (
            int((record / "exit").read_text())
            == {"pass": 0, "regression": 1, "inconclusive": 3}[result["verdict"]]
        )

    def test_replaying_says_the_same_to_the_last_digit(self, record: Path):
        again = gate("--replay", record, "--json")
        assert json.loads(again.stdout) == json.loads((record / "stdout.json").read_text())
        assert again.exit_code == int((record / "exit").read_text())

    def test_a_finished_run_resumed_measures_nothing_more(self, record: Path):
        before = (record / "pairs.jsonl").read_bytes()
        assert gate("--resume", record, "-q").exit_code == int((record / "exit").read_text())
        assert (record / "pairs.jsonl").read_bytes() == before

    def test_an_interrupted_run_goes_on_where_it_was(self, record: Path, tmp_path: Path):
        cut = tmp_path / "cut"
        shutil.copytree(record, cut)
        lines = (record / "pairs.jsonl").read_bytes().splitlines(keepends=True)
        (cut / "pairs.jsonl").write_bytes(b"".join(lines[:9]) + lines[9][:50])
        done = gate("--resume", cut, "--json", "-q")
        assert done.exit_code == int((record / "exit").read_text())
        kept = (cut / "pairs.jsonl").read_bytes().splitlines(keepends=True)
        assert kept[:9] == lines[:9]
        assert len(kept) >= 10

    def test_people_get_the_ratio_the_margins_and_the_reason(self, record: Path):
        text = gate("--replay", record).stdout
        assert "×" in text
        assert "tolerance 50 %, target 90 %" in text
        assert "sha256" in text


def test_a_side_that_cannot_be_run_is_an_error_not_a_verdict(tmp_path: Path):
    broken = tmp_path / "broken.tflite"
    broken.write_bytes(b"no model")
    done = fast(SMALL, broken, out=tmp_path)
    assert isinstance(done.exception, ModelError)
    assert done.exception.exit_code == 2


def test_a_runtime_that_cannot_run_it_is_an_error_that_names_the_side(tmp_path: Path):
    done = fast(SMALL, f"{SMALL}@tflite-runtime", out=tmp_path)
    if done.exit_code == 0:
        pytest.skip("tflite-runtime is installed here")
    assert isinstance(done.exception, UsageError)
    assert "side B unsupported" in str(done.exception)


def test_models_on_one_side_only_are_an_error(tmp_path: Path):
    for folder, names in (("a", ("x", "y")), ("b", ("y", "z"))):
        (tmp_path / folder).mkdir()
        for name in names:
            shutil.copy(SMALL, tmp_path / folder / f"{name}.tflite")
    done = fast(tmp_path / "a", tmp_path / "b", out=tmp_path)
    assert isinstance(done.exception, UsageError)
    assert "x is in A only; z is in B only" in str(done.exception)


@pytest.mark.parametrize("told_by", ["option", "file"])
def test_a_model_that_is_new_in_a_branch_may_be_a_note(
    told_by: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    for folder, names in (("a", ("x",)), ("b", ("x", "new"))):
        (tmp_path / folder).mkdir()
        for name in names:
            shutil.copy(SMALL, tmp_path / folder / f"{name}.tflite")
    if told_by == "file":
        (tmp_path / "gate.yaml").write_text("unpaired: warn\n")
    option = ("--unpaired", "warn") if told_by == "option" else ()
    margins = ("--tolerance", "80%", "--target", "95%")
    done = fast("a", "b", *option, *margins, out=tmp_path / "out")
    assert done.exit_code in (0, 3), done.output
    assert "note: new is in B only: not compared" in done.stdout
    [folder] = (tmp_path / "out").iterdir()
    assert {each["cell"]["name"] for each in json.loads((folder / "gate.json").read_text())["cells"]} == {"x"}


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ((SMALL,), UsageError, "two sides"),
        (("starter_smal_int8", SMALL), UnknownNameError, "starter_small_int8"),
        ((f"{SMALL}@litetr", SMALL), UnknownNameError, "litert"),
        ((SMALL, OTHER, "--tolerance", "two"), UsageError, "no share"),
        ((SMALL, OTHER, "--tolerance", "5%", "--target", "2%"), UsageError, "above the tolerance"),
        ((SMALL, OTHER, "--threads", "2", "--metric", "cpu-time"), UsageError, "one thread"),
        (("--replay", "nowhere"), RunFolderError, "no record"),
        (("--resume", "nowhere"), RunFolderError, "no gate run"),
    ],
)
def test_mistakes_are_answered_in_a_sentence(
    tmp_path: Path, arguments: tuple[object, ...], error: type[UsageError], says: str
):
    done = fast(*arguments, out=tmp_path)
    assert isinstance(done.exception, error)
    assert says in str(done.exception)
    assert done.exception.exit_code == 2


def test_help_is_that_of_the_comparison_and_calibrate_is_beside_it():
    shown = gate("--help").stdout
    assert "harness gate old.tflite new.tflite" in shown
    assert "compare" not in shown.splitlines()[0]
    assert "--condition" in gate("calibrate", "--help").stdout
