"""Long commands outlive cables and daemons, and never a reboot."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from harness.adb.connection import ShellResult
from harness.adb.detached import run_detached
from harness.adb.errors import CommandTimeout, JobVanished, PhoneRestarted
from harness.simulated_phone.faults import parse_fault
from tests.adb.ways import WAYS, Bench

NEW_AND_OLD = pytest.mark.parametrize(
    "way", [way for way in WAYS if way.dialect.name != "android6"], ids=str, indirect=True
)


def run(phone: Bench, command: str, *, timeout_s: float = 30, poll_s: float = 0.05) -> ShellResult:
    folder = f"{phone.folder}/jobs"
    return run_detached(phone.connection, command, folder=folder, timeout_s=timeout_s, poll_s=poll_s)


@contextmanager
def meanwhile(work: Callable[[], None], *, after_s: float = 0.4) -> Iterator[None]:
    """Something happens while the block runs."""
    timer = threading.Timer(after_s, work)
    timer.start()
    try:
        yield
    finally:
        timer.join()


def test_it_gives_what_the_command_gave(phone: Bench):
    result = run(phone, "echo out; echo err >&2; sleep 0.3; echo 'a\"b'; exit 5")
    assert (result.exit_code, result.stdout, result.stderr) == (5, 'out\na"b\n', "err\n")
    assert phone.files.names(f"{phone.folder}/jobs") == []


def test_a_job_that_takes_too_long_is_ended_with_its_children(phone: Bench):
    with pytest.raises(CommandTimeout) as caught:
        run(phone, "sleep 100 & sleep 100", timeout_s=0.3)
    assert caught.value.ended
    assert phone.running("sleep") == 0
    assert phone.files.names(f"{phone.folder}/jobs") == []


def test_a_pulled_cable_does_not_lose_it(phone: Bench):
    with meanwhile(phone.simulated.drop_connections):
        assert run(phone, "echo before; sleep 1; echo after").stdout == "before\nafter\n"


@NEW_AND_OLD
def test_a_cable_that_is_out_for_a_while_does_not_lose_it(phone: Bench):
    with meanwhile(lambda: phone.simulated.go_down(1.5)):
        assert run(phone, "echo before; sleep 1; echo after").stdout == "before\nafter\n"


@NEW_AND_OLD
@pytest.mark.parametrize("number", [0, 1, 40, 200, 500, 900])
def test_a_daemon_that_restarts_at_any_byte_does_not_lose_it(phone: Bench, number: int):
    # Written at once: pieces that are fetched while the job still writes may all be short of the byte.
    command = 's=; i=0; while [ $i -lt 200 ]; do s="$s line$i"; i=$((i+1)); done; echo $s'
    phone.connection.shell("true", timeout_s=10)
    phone.simulated.add_fault(parse_fault(f"restart={number}"))
    result = run(phone, command)
    assert phone.simulated.phone.faults[0].struck
    assert result.stdout.split() == [f"line{each}" for each in range(200)]


@NEW_AND_OLD
def test_a_job_whose_start_is_told_twice_runs_once(phone: Bench):
    phone.connection.shell("true", timeout_s=10)
    phone.simulated.add_fault(parse_fault("marker-lost=2"))
    count = f"{phone.folder}/count"
    assert run(phone, f"echo ran >>{count}; sleep 0.3; cat {count}").stdout == "ran\n"


@NEW_AND_OLD
def test_a_job_that_cannot_start_says_why(phone: Bench):
    with pytest.raises(JobVanished, match="Read-only file system"):
        run_detached(phone.connection, "true", folder="/system/jobs", timeout_s=5)


@NEW_AND_OLD
def test_a_reboot_is_told_by_the_boot_id(phone: Bench):
    with meanwhile(phone.simulated.reboot), pytest.raises(PhoneRestarted, match="restarted while"):
        run(phone, "sleep 100")
    assert phone.connection.shell("echo alive", timeout_s=10).stdout == "alive\n"
    assert phone.files.names(f"{phone.folder}/jobs") == []


@NEW_AND_OLD
def test_a_job_that_android_kills_is_named(phone: Bench):
    def kill_all() -> None:
        for process in phone.simulated.phone.processes.running():
            process.kill(9)

    with meanwhile(kill_all), pytest.raises(JobVanished, match="left no exit code"):
        run(phone, "sleep 100")


@NEW_AND_OLD
def test_what_nobody_watches_any_more_is_ended(phone: Bench):
    def press_ctrl_c() -> None:
        os.kill(os.getpid(), signal.SIGINT)

    with meanwhile(press_ctrl_c, after_s=1.5), pytest.raises(KeyboardInterrupt):
        run(phone, "sleep 100", poll_s=10.0)
    assert phone.running("sleep") == 0
    assert phone.files.names(f"{phone.folder}/jobs") == []
