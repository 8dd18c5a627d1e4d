"""The parent's end, against processes that answer, hang and die for real."""

from __future__ import annotations

import stat
import time
from pathlib import Path

import pytest

from harness.latency.process import WorkerDied, WorkerProcess, WorkerRefused, WorkerTimeout, describe_exit


def interpreter(folder: Path, script: str) -> str:
    """An executable that stands where Python would and does what the script says."""
    path = folder / "python"
    path.write_text("#!/bin/sh\n" + script)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_an_answer_is_returned(tmp_path: Path):
    python = interpreter(tmp_path, 'read line; echo \'{"ok": true, "value": 7}\'')
    with WorkerProcess(log=tmp_path / "log", timeout_s=10, python=python) as worker:
        assert worker.ask("load") == {"value": 7}


def test_a_refusal_carries_its_reason_and_kind(tmp_path: Path):
    python = interpreter(
        tmp_path, 'read line; echo \'{"ok": false, "kind": "unsupported", "reason": "no GPU"}\''
    )
    with (
        pytest.raises(WorkerRefused, match="no GPU") as caught,
        WorkerProcess(log=tmp_path / "log", timeout_s=10, python=python) as worker,
    ):
        worker.ask("load")
    assert caught.value.unsupported


def test_a_hang_is_ended_in_time(tmp_path: Path):
    python = interpreter(tmp_path, "exec sleep 60")
    start = time.monotonic()
    with (
        pytest.raises(WorkerTimeout, match="within 0 s"),
        WorkerProcess(log=tmp_path / "log", timeout_s=0.2, python=python) as worker,
    ):
        worker.ask("load")
    assert time.monotonic() - start < 10


def test_a_crash_names_its_signal_and_the_request(tmp_path: Path):
    python = interpreter(tmp_path, "read line; kill -SEGV $$")
    with (
        pytest.raises(WorkerDied, match=r"'invoke'.*SIGSEGV"),
        WorkerProcess(log=tmp_path / "log", timeout_s=10, python=python) as worker,
    ):
        worker.ask("invoke")


def test_a_process_that_cannot_start_python_is_a_death_not_a_hang(tmp_path: Path):
    python = interpreter(tmp_path, "exit 3")
    with (
        pytest.raises(WorkerDied, match="exit status 3"),
        WorkerProcess(log=tmp_path / "log", timeout_s=10, python=python) as worker,
    ):
        worker.ask("load")
        worker.ask("load")


def test_what_the_process_prints_to_stderr_is_in_the_log(tmp_path: Path):
    python = interpreter(tmp_path, "echo complaint >&2; read line; echo '{\"ok\": true}'")
    with WorkerProcess(log=tmp_path / "log", timeout_s=10, python=python) as worker:
        worker.ask("load")
    assert "complaint" in (tmp_path / "log").read_text()


def test_exit_states_in_words():
    assert describe_exit(1) == "exit status 1"
    assert describe_exit(-11) == "signal SIGSEGV"
    assert describe_exit(-250) == "signal 250"
