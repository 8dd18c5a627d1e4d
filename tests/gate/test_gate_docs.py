"""docs/gate.md says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from harness.gate.margins import LADDER
from harness.gate.metrics import DEFAULT_METRIC_RULES
from harness.gate.settings import Margins
from harness.gate.settings_file import read_settings
from harness.records.gate import DEFAULT_LOOKS
from harness.records.vocabulary import Metric
from harness.stats.noninferiority import images_that_would_do

ROOT = Path(__file__).resolve().parents[2]
DOC = (ROOT / "docs" / "gate.md").read_text(encoding="utf-8")


def test_the_example_of_settings_is_valid(tmp_path: Path):
    found = re.search(r"<!-- settings -->\n```yaml\n(.*?)```", DOC, re.DOTALL)
    assert found is not None
    path = tmp_path / "gate.yaml"
    path.write_text(found[1], encoding="utf-8")
    settings = read_settings(path)
    assert settings.margins == Margins(0.01, 0.03)
    assert [each.match for each in settings.cells] == ["mobilenet_*", "*/gpu"]


def test_the_ladder_of_margins_is_the_codes():
    rows = re.findall(r"^\| ([\d.]+) % \| ([\d.]+) % \|$", DOC, re.MULTILINE)
    assert [(float(a) / 100, float(b) / 100) for a, b in rows] == [
        (round(tolerance, 6), round(target, 6)) for tolerance, target in LADDER
    ]


def test_the_looks_are_the_codes():
    said = re.search(r"after ([\d, ]+) and (\d+) pairs", DOC)
    assert said is not None
    assert [*map(int, said[1].split(",")), int(said[2])] == list(DEFAULT_LOOKS)


def test_the_tolerances_of_other_metrics_are_the_codes():
    assert "| peak memory | 5 % and 1 MB |" in DOC
    assert DEFAULT_METRIC_RULES[Metric.MEMORY].tolerance == 0.05
    assert "| init | 10 % and 0.5 ms; target 25 % |" in DOC
    assert (DEFAULT_METRIC_RULES[Metric.INIT].tolerance, DEFAULT_METRIC_RULES[Metric.INIT].target) == (
        0.10,
        0.25,
    )
    assert DEFAULT_METRIC_RULES[Metric.TOP1].tolerance == 0.01


def test_the_number_of_images_for_equal_models_is_the_codes():
    assert "about 1,900" in DOC
    needed = images_that_would_do(14, 14, 1000, margin=0.01)
    assert needed is not None
    assert 1750 < needed < 1950
