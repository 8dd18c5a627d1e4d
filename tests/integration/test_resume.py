"""kill -9 at any moment, then --resume: nothing lost, nothing measured twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.integration.command import COMMAND, QUICK, exported, harness, launches, only_run

ARGUMENTS = ["run", "--models", "starter_small_*", "--subset", "32", *QUICK]


def start_and_stop(folder: Path, number: int, *, after_launches: int) -> tuple[int, str]:
    """Start a run, wait until the journal has that many lines, send the signal; exit code and stderr."""
    process = subprocess.Popen(
        [*COMMAND, *ARGUMENTS], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    journal_lines = 0
    while process.poll() is None and journal_lines < after_launches:
        time.sleep(0.02)
        journal_lines = sum(
            path.read_bytes().count(b"\n") for path in (folder / "reports").glob("*/measurements.jsonl")
        )
    assert process.poll() is None, "the run ended before it could be stopped"
    os.kill(process.pid, number)
    _, said = process.communicate(timeout=60)
    return process.returncode, said.decode()


@pytest.mark.parametrize("after_launches", [0, 1, 5])
def test_a_killed_run_is_completed(tmp_path: Path, after_launches: int):
    start_and_stop(tmp_path, signal.SIGKILL, after_launches=max(after_launches, 1))
    run = only_run(tmp_path)
    before = (run / "measurements.jsonl").read_bytes()
    done = harness("run", "--resume", str(run), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    journal = launches(run)
    assert (run / "measurements.jsonl").read_bytes().startswith(before.rpartition(b"\n")[0])
    assert set(Counter((launch["trial"], launch["index"]) for launch in journal).values()) == {1}
    assert len(journal) == 8
    assert {row["status"] for row in exported(run)} == {"ok"}


def test_a_torn_last_line_is_set_aside_with_a_notice(tmp_path: Path):
    start_and_stop(tmp_path, signal.SIGKILL, after_launches=2)
    run = only_run(tmp_path)
    with (run / "measurements.jsonl").open("ab") as journal:
        journal.write(b'{"trial": "half a li')
    done = harness("run", "--resume", str(run), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "measurements.jsonl ended in a torn line of 20 bytes; it was set aside" in done.stderr
    assert any(
        "torn" in path.name and b"half a li" in path.read_bytes() for path in run.iterdir() if path.is_file()
    )
    assert len(launches(run)) == 8


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_says_how_to_go_on(tmp_path: Path, number: signal.Signals):
    exit_code, said = start_and_stop(tmp_path, number, after_launches=2)
    assert exit_code == 130
    assert f"--resume {only_run(tmp_path).relative_to(tmp_path)}" in said


def test_a_finished_run_resumes_to_itself(tmp_path: Path):
    arguments = ["--models", "starter_small_int8", "--only", "latency", *QUICK]
    assert harness("run", *arguments, cwd=tmp_path).returncode == 0
    run = only_run(tmp_path)
    before = (run / "measurements.jsonl").read_bytes()
    assert harness("run", "--resume", str(run), cwd=tmp_path).returncode == 0
    assert (run / "measurements.jsonl").read_bytes() == before


def test_the_plan_of_a_killed_run_is_what_it_still_lacks(tmp_path: Path):
    start_and_stop(tmp_path, signal.SIGKILL, after_launches=3)
    run = only_run(tmp_path)
    before = {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()}
    done = harness("run", "--resume", str(run), "--plan", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert sum(json.loads(done.stdout)["launches"].values()) == 8 - len(launches(run))
    assert {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()} == before


def test_changed_options_are_refused_with_the_difference(tmp_path: Path):
    arguments = ["--models", "starter_small_int8", "--only", "latency", *QUICK]
    assert harness("run", *arguments, cwd=tmp_path).returncode == 0
    run = only_run(tmp_path)
    before = {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()}
    done = harness("run", "--resume", str(run), "--threads", "2", cwd=tmp_path)
    assert done.returncode == 2
    assert "threads" in done.stderr
    assert {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()} == before


def test_a_changed_model_is_refused_with_its_digest(tmp_path: Path):
    from harness.resources import starter_path

    model = tmp_path / "mine.tflite"
    model.write_bytes((starter_path() / "models" / "starter_small_int8.tflite").read_bytes())
    assert harness("run", "--models", str(model), "--only", "latency", *QUICK, cwd=tmp_path).returncode == 0
    model.write_bytes((starter_path() / "models" / "starter_small_float32.tflite").read_bytes())
    done = harness("run", "--resume", str(only_run(tmp_path)), cwd=tmp_path)
    assert done.returncode == 2
    assert "mine" in done.stderr
    assert "sha256" in done.stderr


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path):
    (tmp_path / "run.json").write_text(json.dumps({"schema": 999}))
    for folder in (tmp_path, tmp_path / "missing"):
        done = harness("run", "--resume", str(folder), cwd=tmp_path)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
