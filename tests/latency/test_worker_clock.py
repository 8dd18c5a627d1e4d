"""The clock of waits for a CPU: what it can read, and what it does where it cannot."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from harness.latency.worker_clock import WaitClock


def task(folder: Path, name: str, text: str) -> None:
    (folder / name).mkdir()
    (folder / name / "schedstat").write_text(text)


def test_it_adds_the_waits_of_all_threads(tmp_path: Path):
    task(tmp_path, "10", "5000 300 2\n")
    task(tmp_path, "11", "0 40 1\n")
    clock = WaitClock(str(tmp_path))
    assert clock.works
    assert clock.read_ns() == 340
    clock.close()
    assert not clock.works


@pytest.mark.parametrize("text", ["0 0 0\n", "", "no numbers here\n", "1 2\n"])
def test_a_kernel_that_keeps_no_account_is_not_believed(tmp_path: Path, text: str):
    task(tmp_path, "10", text)
    assert not WaitClock(str(tmp_path)).works


def test_without_the_files_it_does_not_work(tmp_path: Path):
    assert not WaitClock(str(tmp_path / "nothing")).works
    (tmp_path / "10").mkdir()
    assert not WaitClock(str(tmp_path)).works


def test_a_thread_that_ends_keeps_what_it_waited_and_breaks_nothing():
    if not Path("/proc/self/task").exists():
        pytest.skip("this system does not tell")
    leave = threading.Event()
    other = threading.Thread(target=leave.wait)
    other.start()
    clock = WaitClock()
    before = clock.read_ns()
    leave.set()
    other.join()
    assert clock.read_ns() >= before
    clock.close()
