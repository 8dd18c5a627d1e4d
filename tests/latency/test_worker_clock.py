"""The clock of waits for a CPU: what it can read, and what it does where it cannot."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from harness.latency.worker_clock import WaitClock, main_wait_ns, time_invokes_and_waits


def task(folder: Path, name: str, text: str) -> None:
    (folder / name).mkdir()
    (folder / name / "schedstat").write_text(text)


def test_it_adds_the_waits_of_all_threads(tmp_path: Path):
    task(tmp_path, "10", "5000 300 2\n")
    task(tmp_path, "11", "0 40 1\n")
    clock = WaitClock(str(tmp_path))
    assert clock.works
    assert clock.read_ns() == (5000, 340)
    clock.close()
    assert not clock.works


@pytest.mark.parametrize("text", ["0 0 0\n", "", "no numbers here\n", "1 2\n"])
def test_a_kernel_that_keeps_no_account_is_not_believed(tmp_path: Path, text: str):
    task(tmp_path, "10", text)
    assert not WaitClock(str(tmp_path)).works


def test_it_tells_each_thread_since_it_was_made(tmp_path: Path):
    task(tmp_path, "10", "5000 300 2\n")
    task(tmp_path, "11", "700 40 1\n")
    clock = WaitClock(str(tmp_path))
    (tmp_path / "11" / "schedstat").write_text("900 140 3\n")
    assert sorted(clock.threads_ns()) == [(0, 0), (200, 100)]
    clock.close()


def test_what_is_booked_after_an_invoke_belongs_to_it(tmp_path: Path):
    task(tmp_path, "10", "1000 0 1\n")
    clock = WaitClock(str(tmp_path))
    booked = iter([(1500, 0), (2100, 70), (2600, 70)])

    def invoke() -> None:
        ran, waited = next(booked)
        (tmp_path / "10" / "schedstat").write_text(f"{ran} {waited} 1\n")

    told = time_invokes_and_waits(invoke, 3, 1e9, clock)
    assert told["run_ns"] == [500, 600, 500]
    assert told["wait_ns"] == [0, 70, 0]
    assert len(told["wall_ns"]) == len(told["cpu_ns"]) == 3
    clock.close()


def test_it_stops_when_the_time_is_over_but_not_before_one_invoke(tmp_path: Path):
    task(tmp_path, "10", "1000 0 1\n")
    assert len(time_invokes_and_waits(lambda: None, 10, 0.0, WaitClock(str(tmp_path)))["wall_ns"]) == 1


@pytest.mark.parametrize(("text", "expected"), [("5000 300 2\n", 300), ("0 0 0\n", None), ("nothing", None)])
def test_the_main_threads_wait_is_told_where_the_kernel_keeps_an_account(
    tmp_path: Path, text: str, expected: int | None
):
    account = tmp_path / "schedstat"
    assert main_wait_ns(str(account)) is None
    account.write_text(text)
    assert main_wait_ns(str(account)) == expected


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
    threads = list(Path("/proc/self/task").iterdir())
    clock = WaitClock()
    before = clock.read_ns()
    leave.set()
    other.join()
    assert clock.read_ns() >= before
    assert len(clock.threads_ns()) == len(threads)
    clock.close()
