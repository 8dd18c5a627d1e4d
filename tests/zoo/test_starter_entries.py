"""The bundled entries are made by a tool from the bundled files, and are up to date."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from harness.resources import starter_path
from harness.zoo.registry import load_zoo
from harness.zoo.resolve import resolve_models
from tests.conftest import require_or_skip

TOOL = Path(__file__).parents[2] / "tools" / "zoo" / "starter_entries.py"


@pytest.fixture
def starter() -> Path:
    if not TOOL.exists():
        require_or_skip("tools/ is not part of this copy of harness")
    return starter_path()


def test_the_bundled_entries_are_up_to_date(starter: Path):
    done = subprocess.run([sys.executable, str(TOOL), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"run {TOOL}\n{done.stderr}"


def test_what_stands_around_the_section_is_kept(starter: Path, tmp_path: Path):
    zoo = tmp_path / "zoo.yaml"
    lines = "schema: 1\nmodels:\n{}  # Made by tools/zoo/starter_entries.py from here on.\n  # To here.\n{}"
    zoo.write_text(lines.format("  # before\n", "  # after\n"))
    subprocess.run([sys.executable, str(TOOL), "--zoo", str(zoo)], check=True)
    text = zoo.read_text()
    assert text.startswith("schema: 1\nmodels:\n  # before\n")
    assert text.endswith("  # To here.\n  # after\n")
    assert text.count("- name:") == 12


def test_a_file_without_the_marks_is_left_alone(starter: Path, tmp_path: Path):
    zoo = tmp_path / "zoo.yaml"
    zoo.write_text("schema: 1\n")
    done = subprocess.run([sys.executable, str(TOOL), "--zoo", str(zoo)], check=False, capture_output=True)
    assert done.returncode == 1
    assert zoo.read_text() == "schema: 1\n"


def test_the_twelve_starter_models_resolve_with_labels_and_data_set():
    models = resolve_models(["@starter"], load_zoo([]))
    assert len(models) == 12
    for model in models:
        assert (model.problem, model.no_classifier) == (None, None)
        assert model.labels is not None
        assert len(model.labels) == 16
        assert model.dataset == "starter-val"
        assert model.quantization is not None
        assert model.name.endswith(model.quantization.value)
