"""What the user may name as a side."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import ModelError, UnknownNameError, UsageError
from harness.gate.sides import interpreter_of, pair_models, parse_side
from harness.records.model import Model
from harness.records.vocabulary import Runtime


def model(name: str, *, problem: str | None = None) -> Model:
    return Model(name, f"/models/{name}.tflite", "0" * 64, 1, problem=problem)


@pytest.mark.parametrize(
    ("text", "models", "runtime", "version"),
    [
        ("old.tflite", "old.tflite", Runtime.LITERT, None),
        ("old.tflite@tflite-runtime", "old.tflite", Runtime.TFLITE_RUNTIME, None),
        ("m.tflite@litert==2.1.0", "m.tflite", Runtime.LITERT, "2.1.0"),
        ("@starter", "@starter", Runtime.LITERT, None),
        ("@starter@litert==2.1.0", "@starter", Runtime.LITERT, "2.1.0"),
    ],
)
def test_a_side_is_models_a_runtime_and_its_version(
    text: str, models: str, runtime: Runtime, version: str | None
):
    side = parse_side(text)
    assert (side.models, side.runtime, side.version) == (models, runtime, version)


def test_a_file_with_an_at_in_its_name_is_a_file(tmp_path: Path):
    path = tmp_path / "a@b.tflite"
    path.touch()
    assert parse_side(str(path)).models == str(path)


def test_an_unknown_runtime_has_near_matches():
    with pytest.raises(UnknownNameError, match="litert"):
        parse_side("m.tflite@litetr")


@pytest.mark.parametrize("version", ["", "latest", "2.1; rm -rf", "-e ."])
def test_a_version_is_a_version(version: str):
    with pytest.raises(UsageError, match="no version"):
        parse_side(f"m.tflite@litert=={version}")


def test_two_models_are_compared_whatever_their_names():
    [(name, a, b)] = pair_models([model("old")], [model("new")]).pairs
    assert (name, a.name, b.name) == ("new", "old", "new")


def test_many_are_paired_by_name():
    found = pair_models([model("x"), model("y")], [model("y"), model("x")])
    assert [(name, a.name, b.name) for name, a, b in found.pairs] == [("y", "y", "y"), ("x", "x", "x")]


def test_a_model_on_one_side_only_is_an_error_that_names_each():
    with pytest.raises(UsageError, match="x is in A only; z is in B only"):
        pair_models([model("x"), model("y")], [model("y"), model("z")])


def test_a_model_on_one_side_only_may_be_left_out_with_a_word():
    found = pair_models([model("x"), model("y")], [model("y"), model("z")], unpaired="warn")
    assert [name for name, _, _ in found.pairs] == ["y"]
    assert found.notices == ("x is in A only: not compared", "z is in B only: not compared")


@pytest.mark.parametrize("unpaired", ["error", "warn"])
def test_where_nothing_is_on_both_sides_there_is_nothing_to_pass(unpaired: str):
    with pytest.raises(UsageError, match="no model is on both sides: x is in A only; y is in B only"):
        pair_models([model("x")], [model("y"), model("y2")][:1] * 2, unpaired=unpaired)


def test_a_broken_model_is_an_error():
    with pytest.raises(ModelError, match="broken"):
        pair_models([model("x", problem="x is broken")], [model("x")])


class TestInterpreter:
    def test_a_virtual_environment_stands_for_its_python(self, tmp_path: Path):
        python = tmp_path / "bin" / "python"
        python.parent.mkdir()
        python.touch()
        found = interpreter_of(parse_side("m"), str(tmp_path), flag="--a-python", ensure=_never)
        assert found == str(python)

    def test_a_version_asks_for_an_environment(self):
        asked = []

        def ensure(runtime: Runtime, version: str) -> str:
            asked.append((runtime, version))
            return "/cache/python"

        found = interpreter_of(parse_side("m@litert==2.1.0"), None, flag="--a-python", ensure=ensure)
        assert (found, asked) == ("/cache/python", [(Runtime.LITERT, "2.1.0")])

    def test_both_at_once_contradict_each_other(self, tmp_path: Path):
        with pytest.raises(UsageError, match="leave one of them out"):
            interpreter_of(parse_side("m@litert==2.1.0"), str(tmp_path), flag="--a-python", ensure=_never)

    def test_a_python_that_is_not_there_is_an_error(self, tmp_path: Path):
        with pytest.raises(UsageError, match="there is no Python"):
            interpreter_of(parse_side("m"), str(tmp_path / "no"), flag="--b-python", ensure=_never)


def _never(runtime: Runtime, version: str) -> str:
    raise AssertionError("no environment is needed")
