from __future__ import annotations

from pathlib import Path

import pytest

from harness.zoo.check import check_item
from harness.zoo.registry import load_zoo
from harness.zoo.zoo_file import ZooItem, parse_zoo_file
from tests.zoo.tflite_builder import classifier


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "first_int8.tflite").write_bytes(classifier())
    return tmp_path


def first(folder: Path, text: str) -> ZooItem:
    return parse_zoo_file(text, folder / "zoo.yaml", base=folder)[0]


def test_an_entry_that_tells_the_truth_has_no_problem(folder: Path, zoo_text: str):
    finding = check_item(first(folder, zoo_text.replace("quantization: int8", "quantization: float32")))
    assert finding.checked
    assert finding.problems == ()


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("    groups: [mine]", "    size_bytes: 7", "size_bytes is 7"),
        ("height: 8, width: 8", "height: 8, width: 9", "input is float32"),
        ("quantization: int8", "quantization: int8", "quantization is int8, the file is float32"),
        ("    groups: [mine]", f"    sha256: {'ab' * 32}", "another file"),
        ("models/first_int8", "models/nowhere", "does not exist"),
    ],
)
def test_what_differs_is_named(folder: Path, zoo_text: str, old: str, new: str, problem: str):
    finding = check_item(first(folder, zoo_text.replace(old, new, 1)))
    assert any(problem in each for each in finding.problems), finding.problems


def test_an_entry_with_an_address_is_not_checked(folder: Path, zoo_text: str):
    finding = check_item(parse_zoo_file(zoo_text, folder / "zoo.yaml", base=folder)[1])
    assert not finding.checked
    assert finding.problems == ()


def test_every_bundled_entry_tells_the_truth():
    for item in load_zoo([]).items.values():
        assert check_item(item).problems == ()
