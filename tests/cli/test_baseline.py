"""`harness baseline`, on a real run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from harness.resources import starter_path
from tests.integration.command import QUICK, harness, only_run


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model and a run of it."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copyfile(starter_path() / "models" / "starter_small_int8.tflite", folder / "mine.tflite")
    done = harness("run", "--models", "mine.tflite", "--only", "latency", *QUICK, cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_a_saved_baseline_finds_its_model_again(project: Path, tmp_path: Path):
    env = {"HARNESS_CACHE": str(tmp_path / "cache")}
    saved = harness("baseline", "save", str(only_run(project)), "-o", "baseline.json", cwd=project, env=env)
    assert saved.returncode == 0, saved.stderr
    assert saved.stdout == "baseline.json\n"
    [model] = json.loads((project / "baseline.json").read_text())["models"]
    assert (model["path"], model["figures"][0]["launches"]) == ("mine.tflite", 2)
    shown = harness("baseline", "show", "baseline.json", "--json", cwd=project, env=env)
    [found] = json.loads(shown.stdout)
    assert (found["rerunnable"], found["found_in"]) == (True, "path")
    assert len(list((tmp_path / "cache").rglob("*.tflite"))) == 1


def test_a_file_that_is_none_is_a_usage_error(project: Path):
    done = harness("baseline", "show", "mine.tflite", cwd=project)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
