"""What `harness gate` writes beside its verdict, from recorded pairs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from harness.gate.record import pack
from harness.records.gate import GatePlan, PlannedCell, Rule
from harness.resources import starter_path
from tests.gate.pairs import CELL, pairs
from tests.integration.command import harness
from tests.report.gate_results import PROVENANCE

NO_GITHUB = {"GITHUB_STEP_SUMMARY": "", "GITHUB_ACTIONS": ""}


def record(
    folder: Path, slower: float, *, scatter: float = 0.004, count: int = 10, advisory: str | None = None
) -> str:
    """A packed run whose B is slower by so much."""
    halves = np.abs(np.random.default_rng(7).standard_normal(count // 2 + 1))
    drawn = [sign * each for each in halves for sign in (1, -1)][:count]
    plan = GatePlan(
        "2026-11-23T10-15-00_gate",
        "2026-11-23T10:15:00+00:00",
        (PlannedCell(CELL, Rule()),),
        1,
        30,
        PROVENANCE,
        preflight_pairs=0,
        advisory=advisory,
    )
    pack(folder / "record.jsonl.gz", plan, pairs([(1 + slower) * float(np.exp(scatter * x)) for x in drawn]))
    return "record.jsonl.gz"


def test_every_file_is_written_and_the_exit_code_stays(tmp_path: Path):
    asked = ["--junit", "gate.xml", "--summary", "gate.md", "--html", "gate.html"]
    done = harness("gate", "--replay", record(tmp_path, 0.08), *asked, cwd=tmp_path, env=NO_GITHUB)
    assert done.returncode == 1, done.stderr
    assert done.stdout.splitlines()[-1].startswith("REGRESSION: 1 comparison")
    suite = ElementTree.parse(tmp_path / "gate.xml").getroot()[0]
    assert suite.get("failures") == "1"
    assert (tmp_path / "gate.md").read_text(encoding="utf-8").startswith("## ❌ harness gate: REGRESSION")
    assert "REGRESSION: 1 comparison" in (tmp_path / "gate.html").read_text(encoding="utf-8")
    assert "::error" not in done.stdout + done.stderr


def test_a_folder_is_no_file_to_write_and_that_is_said_first(tmp_path: Path):
    done = harness("gate", "a.tflite", "b.tflite", "--junit", ".", cwd=tmp_path, env=NO_GITHUB)
    assert done.returncode == 2
    assert "--junit .: is a folder" in done.stderr


def test_a_github_job_gets_summary_and_annotations(tmp_path: Path):
    summary = tmp_path / "step.md"
    summary.write_text("what came before\n")
    env = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}
    done = harness("gate", "--replay", record(tmp_path, 0.08), "--json", cwd=tmp_path, env=env)
    assert done.returncode == 1
    text = summary.read_text(encoding="utf-8")
    assert text.startswith("what came before\n## ❌ harness gate")
    [annotation] = [line for line in done.stderr.splitlines() if line.startswith("::")]
    assert annotation.startswith("::error title=REGRESSION%3A new on local")
    assert done.stdout.startswith("{"), "standard output stays data"


def test_a_summary_that_cannot_be_written_does_not_hide_the_verdict(tmp_path: Path):
    env = {"GITHUB_ACTIONS": "", "GITHUB_STEP_SUMMARY": str(tmp_path / "no" / "step.md")}
    done = harness("gate", "--replay", record(tmp_path, 0.0), cwd=tmp_path, env=env)
    assert done.returncode == 0
    assert "cannot be written" in done.stderr


def test_a_missing_folder_is_refused_before_anything_is_measured(tmp_path: Path):
    done = harness("gate", "a.tflite", "b.tflite", "--junit", "no/gate.xml", cwd=tmp_path, env=NO_GITHUB)
    assert done.returncode == 2
    assert "--junit no/gate.xml: there is no folder no" in done.stderr


@pytest.mark.parametrize(("option", "code", "tag"), [("fail", 3, "error"), ("warn", 0, "skipped")])
def test_inconclusive_is_told_alike_by_code_and_files(tmp_path: Path, option: str, code: int, tag: str):
    replay = record(tmp_path, 0.034, scatter=0.08, count=85)
    done = harness(
        "gate", "--replay", replay, "--inconclusive", option, "--junit", "g.xml", cwd=tmp_path, env=NO_GITHUB
    )
    assert done.returncode == code, done.stdout
    assert ElementTree.parse(tmp_path / "g.xml").getroot().find(f".//{tag}") is not None


def test_advice_fails_nothing_and_says_so_everywhere(tmp_path: Path):
    replay = record(tmp_path, 0.08, advisory="the file of the baseline is gone")
    done = harness(
        "gate", "--replay", replay, "--junit", "g.xml", "--summary", "g.md", cwd=tmp_path, env=NO_GITHUB
    )
    assert done.returncode == 0, done.stderr
    assert "advice only: the file of the baseline is gone" in done.stdout
    assert ElementTree.parse(tmp_path / "g.xml").getroot().get("failures") == "0"
    assert "Advice only" in (tmp_path / "g.md").read_text(encoding="utf-8")


ASKED = ("--junit", "gate.xml", "--summary", "gate.md", "--html", "gate.html")


def told(folder: Path) -> tuple[str, str]:
    """Message of JUnit's only error, and the summary; the page says the same."""
    root = ElementTree.parse(folder / "gate.xml").getroot()
    assert (root.get("errors"), root.get("failures"), root.get("tests")) == ("1", "0", "1")
    [error] = root.iter("error")
    message = error.get("message") or ""
    summary = (folder / "gate.md").read_text(encoding="utf-8")
    assert summary.startswith("## ⚠️ harness gate: No verdict")
    assert "No verdict" in (folder / "gate.html").read_text(encoding="utf-8")
    return message, summary


@pytest.mark.parametrize(
    ("sides", "says"),
    [
        (("old.tflite", "missing.tflite"), "missing.tflite"),
        (("old.tflite", "cut.tflite"), "cut"),
        (("old.tflite@litert==abc", "old.tflite"), "abc"),
        (("old.tflite",), "two sides"),
        (("old.tflite", "old.tflite", "--tolerance", "two"), "no share"),
        (("old.tflite", "old.tflite", "--no-such-option"), "--no-such-option"),
        (("old.tflite", "old.tflite", "--metric", "speed"), "speed"),
        (("--replay", "nowhere"), "no record"),
    ],
)
def test_every_file_says_why_there_is_no_verdict(tmp_path: Path, sides: tuple[str, ...], says: str):
    model = (starter_path() / "models" / "starter_small_int8.tflite").read_bytes()
    (tmp_path / "old.tflite").write_bytes(model)
    (tmp_path / "cut.tflite").write_bytes(model[: len(model) // 2])
    done = harness("gate", *ASKED, *sides, cwd=tmp_path, env=NO_GITHUB)
    assert done.returncode == 2, done.stderr
    message, summary = told(tmp_path)
    assert says in message and says in summary
    assert "Traceback" not in done.stderr


def test_an_interrupted_gate_leaves_its_files_and_how_to_go_on(tmp_path: Path):
    model = str(starter_path() / "models" / "starter_small_int8.tflite")
    command = [sys.executable, "-m", "harness", "gate", *ASKED, model, model, "--no-preflight"]
    child = subprocess.Popen(
        command, cwd=tmp_path, env={**os.environ, **NO_GITHUB}, stderr=subprocess.PIPE, text=True
    )
    assert child.stderr is not None
    for line in child.stderr:
        if line.startswith("record:"):
            break
    time.sleep(1)
    child.send_signal(signal.SIGTERM)
    child.communicate(timeout=60)
    assert child.returncode == 130
    message, summary = told(tmp_path)
    assert "interrupted" in message
    assert "harness gate" in summary and "resume" in summary


def test_a_github_job_gets_the_error_too(tmp_path: Path):
    env = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(tmp_path / "step.md")}
    done = harness("gate", "no.tflite", "no2.tflite", cwd=tmp_path, env=env)
    assert done.returncode == 2
    assert "::error title=No verdict%3A usage (exit code 2)::" in done.stderr
    assert (tmp_path / "step.md").read_text(encoding="utf-8").startswith("## ⚠️")
