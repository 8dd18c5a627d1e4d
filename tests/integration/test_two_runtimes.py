"""LiteRT and the legacy tflite-runtime side by side in one run: named, never pooled."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import install


@pytest.fixture(scope="module")
def rows(wheel: Path, assets: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    if sys.version_info >= (3, 12):
        pytest.skip("tflite-runtime exists for Python 3.11 at the latest")
    folder = tmp_path_factory.mktemp("two")
    commands = install(wheel, folder / "venv", extras="[tflite-runtime]")
    arguments = [
        "run",
        "--runtime",
        "tflite-runtime,litert",
        "--budget",
        "quick",
        "--launches",
        "2",
        "--json",
    ]
    models = [
        "--models",
        "starter_small_float32",
        "--models",
        "starter_small_dynamic",
        "--models",
        str(assets / "models/mobilenet_v1_0.25_128_quant.tflite"),
    ]
    done = subprocess.run(
        [str(commands / "harness"), *arguments, *models, "--subset", "32"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    # The legacy runtime does not know the dynamic model's operators.
    assert done.returncode == 1, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_each_runtime_has_rows_with_its_own_version(rows: list[dict[str, Any]]):
    versions = {(row["runtime"], row["runtime_version"]) for row in rows}
    assert len(versions) == 2
    assert len(rows) == 6
    assert all(row["launches"] == 2 for row in rows if row["status"] != "failed")


def test_a_model_that_one_runtime_cannot_load_is_measured_on_the_other(rows: list[dict[str, Any]]):
    statuses = {row["runtime"]: row["status"] for row in rows if row["model"] == "starter_small_dynamic"}
    assert statuses == {"tflite-runtime": "failed", "litert": "ok"}


def test_each_runtime_has_an_accuracy_of_its_own(rows: list[dict[str, Any]]):
    scored = [row for row in rows if row["model"] == "starter_small_float32"]
    assert all(row["top1"] is not None and row["accuracy_from"] is None for row in scored)


def test_a_graph_xnnpack_does_not_take_is_a_fallback(rows: list[dict[str, Any]]):
    [old] = [row for row in rows if row["runtime"] == "tflite-runtime" and "mobilenet" in row["model"]]
    assert old["status"] == "fallback"
    assert old["delegate_actual"] == "cpu-builtin"
    assert old["delegated_nodes"] == 0
