"""Settings of a project: what wins, what is refused, and where the mistake stands."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import SettingsError, UsageError
from harness.gate.settings import (
    CellSettings,
    GateSettings,
    Margins,
    rules_for,
    unmatched,
)
from harness.gate.settings_file import find_settings, read_settings
from harness.records.vocabulary import Delegate, Metric
from tests.gate.pairs import CELL

TOML = """
[project]
name = "x"
tolerance = "not ours"

[tool.harness.gate]
tolerance = "1%"
target = 0.03
inconclusive = "warn"
threads = [1, 2]
delegates = ["cpu", "gpu"]

[tool.harness.gate.metrics.memory]
tolerance = "10%"

[[tool.harness.gate.cells]]
match = "mobilenet_*/gpu"
target = "8%"

[[tool.harness.gate.cells]]
match = "mobilenet_v2/*/2"
tolerance = "4%"
metrics = { init = { judge = false }, size = { tolerance = "3%" } }
"""
YAML = """
tolerance: 1%
target: 0.03
inconclusive: warn
threads: [1, 2]
delegates: [cpu, gpu]
metrics:
  memory: {tolerance: 10%}
cells:
  - match: mobilenet_*/gpu
    target: 8%
  - match: mobilenet_v2/*/2
    tolerance: 4%
    metrics:
      init: {judge: false}
      size: {tolerance: 3%}
"""


def read(tmp_path: Path, text: str, name: str = "gate.yaml") -> GateSettings:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_settings(path)


@pytest.mark.parametrize(("text", "name"), [(TOML, "pyproject.toml"), (YAML, "gate.yaml")])
def test_both_files_say_the_same(tmp_path: Path, text: str, name: str):
    found = read(tmp_path, text, name)
    assert replace(found, source=None) == GateSettings(
        margins=Margins(0.01, 0.03),
        metrics={Metric.MEMORY: Margins(0.10)},
        cells=(
            CellSettings("mobilenet_*/gpu", Margins(target=0.08)),
            CellSettings(
                "mobilenet_v2/*/2",
                Margins(tolerance=0.04),
                {Metric.INIT: Margins(judged=False), Metric.SIZE: Margins(0.03)},
            ),
        ),
        inconclusive="warn",
        threads=(1, 2),
        delegates=(Delegate.CPU, Delegate.GPU),
    )
    assert find_settings(tmp_path) == found


def test_a_project_may_say_nothing(tmp_path: Path):
    assert find_settings(tmp_path) == GateSettings()
    (tmp_path / "pyproject.toml").write_text("[tool.other]\nx = 1\n")
    assert find_settings(tmp_path) == GateSettings()


@pytest.mark.parametrize("names", [("gate.yaml", "pyproject.toml"), ("gate.yaml", "gate.yml")])
def test_two_files_are_one_too_many(tmp_path: Path, names: tuple[str, str]):
    for name in names:
        (tmp_path / name).write_text(TOML if name.endswith("toml") else YAML)
    with pytest.raises(SettingsError, match="too"):
        find_settings(tmp_path)


# What wins


def test_each_value_comes_from_the_last_entry_that_fits(tmp_path: Path):
    found = read(tmp_path, YAML)
    both = replace(CELL, name="mobilenet_v2", delegate=Delegate.GPU, threads=2)
    assert rules_for(both, found).margins == Margins(0.04, 0.08)
    assert rules_for(replace(both, threads=1), found).margins == Margins(0.01, 0.08)
    assert rules_for(replace(both, name="Mobilenet_v2"), found).margins == Margins(0.01, 0.03)


def test_the_command_line_wins_over_every_entry(tmp_path: Path):
    both = replace(CELL, name="mobilenet_v2", delegate=Delegate.GPU, threads=2)
    given_margins = Margins(tolerance=0.005)
    assert rules_for(both, read(tmp_path, YAML), given=given_margins).margins == Margins(0.005, 0.08)


def test_metrics_are_merged_and_may_be_left_out(tmp_path: Path):
    found = read(tmp_path, YAML)
    cell = replace(CELL, name="mobilenet_v2", threads=2)
    rules = {rule.metric: rule for rule in rules_for(cell, found).metrics}
    assert Metric.INIT not in rules
    assert (rules[Metric.SIZE].tolerance, rules[Metric.SIZE].target) == (0.03, 0.03)
    assert rules[Metric.MEMORY].tolerance == 0.10
    others = {rule.metric: rule for rule in rules_for(CELL, found).metrics}
    assert (others[Metric.INIT].tolerance, others[Metric.SIZE].tolerance) == (0.10, 0.01)


def test_margins_that_cross_after_merging_are_refused():
    crossing = GateSettings(source="gate.yaml", metrics={Metric.INIT: Margins(0.3, 0.2)})
    with pytest.raises(UsageError, match=r"gate\.yaml: init of new/cpu/1"):
        rules_for(CELL, crossing)


def test_an_entry_that_fits_nothing_is_told_with_what_it_may_have_meant(tmp_path: Path):
    found = read(tmp_path, "cells:\n  - match: news/cpu/1\n    target: 9%\n")
    [sentence] = unmatched(found, [CELL])
    assert "'news/cpu/1' fits no comparison" in sentence
    assert "near it: new/cpu/1" in sentence
    assert unmatched(found, [replace(CELL, name="news")]) == ()


# What is refused


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("tolerence: 1%", 1, "unknown key 'tolerence', did you mean tolerance?"),
        ("target: 5%\ncells:\n  - match: a\n    tolerance: 1%\n    targt: 1%", 5, "unknown key 'targt'"),
        ("metrics:\n  memry: {tolerance: 1%}", 2, "unknown key 'memry', did you mean memory?"),
        ("metrics:\n  memory:\n    tol: 1%", 3, "unknown key 'tol'; known are tolerance, target, judge"),
        ("cells:\n  - target: 1%", 2, "the key 'match' is missing"),
        ("tolerance: 2", 1, "tolerance: 2 is no share; write 2% or 0.02"),
        ("tolerance: 2%%", 1, "is no share"),
        ("tolerance: -1%", 1, "is no share"),
        ("tolerance: true", 1, "is no share"),
        ("tolerance: .nan", 1, "is no share"),
        ("tolerance: 5%\ntarget: 2%", 1, "the target 0.02 lies below the tolerance 0.05"),
        ("tolerance: 5%\ntarget: 5%", 1, "must lie apart"),
        ("cells:\n  - match: a//1", 2, "is no pattern"),
        ("cells:\n  - match: a/b/c/d", 2, "is no pattern"),
        ("cells:\n  - match: a/gpuu", 2, "'gpuu' is no delegate; known are gpu"),
        ("cells:\n  - match: a/cpu/two", 2, "'two' is no count of threads"),
        ("inconclusive: ignore", 1, "inconclusive: Input should be"),
        ("threads: [0]", 1, "threads.0"),
        ("threads: []", 1, "threads"),
        ("- 1", 1, "valid dictionary"),
        ("a: &x 1", 1, "anchors"),
        ("tolerance: [", 2, "no valid YAML"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_by_line_and_key(tmp_path: Path, text: str, line: int, says: str):
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, text)
    assert caught.value.message.startswith(f"{tmp_path / 'gate.yaml'}:"), caught.value.message
    assert says in caught.value.message
    at = int(caught.value.message.removeprefix(f"{tmp_path / 'gate.yaml'}:").split(":")[0])
    assert abs(at - line) <= (1 if "YAML" in says else 0), caught.value.message


@pytest.mark.parametrize(
    ("change", "line", "says"),
    [
        (("target = 0.03", "targte = 0.03"), 8, "unknown key 'targte', did you mean target?"),
        (
            ("[tool.harness.gate.metrics.memory]", "[tool.harness.gate.metrics.memori]"),
            13,
            "'memori', did you",
        ),
        (('target = "8%"', 'targets = "8%"'), 18, "unknown key 'targets'"),
        (('tolerance = "4%"', "tolerance = 4"), 22, "4 is no share"),
        (
            ("init = { judge = false }", "init = { juge = false }"),
            23,
            "unknown key 'juge', did you mean judge?",
        ),
        (("threads = [1, 2]", "threads = [1, 2"), 10, "no valid TOML"),
    ],
)
def test_a_mistake_in_toml_is_found_again_in_its_text(
    tmp_path: Path, change: tuple[str, str], line: int, says: str
):
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, TOML.replace(*change), "pyproject.toml")
    assert says in caught.value.message
    at = int(caught.value.message.split(":")[1])
    assert abs(at - line) <= (1 if "no valid" in says else 0), caught.value.message


def test_a_toml_file_without_the_table_is_told(tmp_path: Path):
    with pytest.raises(SettingsError, match=r"no table \[tool\.harness\.gate\]"):
        read(tmp_path, "[tool.other]\n", "pyproject.toml")


def test_a_missing_file_and_one_that_is_no_text(tmp_path: Path):
    with pytest.raises(SettingsError, match="cannot be read"):
        read_settings(tmp_path / "gate.yaml")
    (tmp_path / "gate.yaml").write_bytes(b"target: 1%\n\xff")
    with pytest.raises(SettingsError, match=r"gate\.yaml:2: no UTF-8"):
        read_settings(tmp_path / "gate.yaml")


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_settings_or_a_sentence(tmp_path_factory: pytest.TempPathFactory, text: str):
    folder = tmp_path_factory.mktemp("fuzz")
    for name in ("gate.yaml", "pyproject.toml"):
        (folder / name).write_text(text, encoding="utf-8", errors="replace")
        try:
            read_settings(folder / name)
        except SettingsError as error:
            assert str(folder / name) in error.message
