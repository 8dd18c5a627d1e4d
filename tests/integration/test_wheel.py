"""An installed wheel works in an empty folder, without the checkout."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

from tests.integration.conftest import install


def test_the_wheel_carries_zoo_profiles_and_starter_models(wheel: Path):
    names = zipfile.ZipFile(wheel).namelist()
    assert "harness/bundled/model_zoo.yaml" in names
    assert "harness/bundled/devices/local.yaml" in names
    assert "harness/py.typed" in names
    assert sum(name.endswith(".tflite") for name in names) == 12
    assert sum(name.endswith(".jpg") for name in names) == 500
    assert not [name for name in names if name.startswith(("tests/", "tools/"))]


def test_the_starter_zoo_stays_within_4_mb(wheel: Path):
    infos = zipfile.ZipFile(wheel).infolist()
    assert sum(info.file_size for info in infos if info.filename.startswith("harness/zoo/starter/")) <= 4e6


def test_it_runs_from_an_empty_folder(wheel: Path, tmp_path: Path):
    commands = install(wheel, tmp_path / "venv")
    empty = tmp_path / "empty"
    empty.mkdir()
    command = [str(commands / "harness"), "run", "--models", "starter_small_*", "--budget", "quick"]
    done = subprocess.run(command, cwd=empty, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    [run] = (empty / "reports").iterdir()
    assert (run / "report.html").stat().st_size > 100_000
    # Without the extra [parquet] predictions are kept all the same.
    assert (run / "predictions.csv.gz").exists()
