"""What a run says of where it was made."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from harness.results.provenance import provenance_here

AUTHOR = ("-c", "user.name=a", "-c", "user.email=a@example.org")


def test_in_a_checkout_it_names_the_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    for command in (("init", "-q"), (*AUTHOR, "commit", "-q", "--allow-empty", "-m", "one")):
        subprocess.run(["git", *command], check=True)
    head = subprocess.run(["git", "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    assert provenance_here(()).git_commit == head.stdout.strip()


def test_elsewhere_it_is_what_the_job_says_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITHUB_SHA", "c0ffee")
    assert provenance_here(()).git_commit == "c0ffee"
    monkeypatch.delenv("GITHUB_SHA")
    assert provenance_here(()).git_commit is None


def test_the_command_is_kept_as_text_that_prints(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.argv", ["harness", "run", "--models", "a\x1b[31m\udcff.tflite"])
    assert provenance_here(()).command == "harness run --models 'a\\u001b[31m\\xff.tflite'"
