"""`harness devices simulate`: a process that serves a phone until it is told to end."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from harness.simulated_phone.faults import FAULTS
from tests.adb_client import AdbClient

COMMAND = [sys.executable, "-m", "harness", "devices", "simulate"]


@contextmanager
def simulating(*words: str, end: signal.Signals = signal.SIGINT) -> Iterator[str]:
    """The address of a phone that is served by another process, which ends well."""
    with subprocess.Popen(
        [*COMMAND, "pixel4", "--port", "0", *words], stdout=-1, stderr=-1, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.send_signal(end)
            _, advice = process.communicate(timeout=30)
        assert process.returncode == 0
        assert "adb connect 127.0.0.1:" in advice
        assert "Traceback" not in advice


def refused(*words: str) -> str:
    done = subprocess.run([*COMMAND, *words], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_told_to_end(adb: AdbClient, end: signal.Signals):
    with simulating(end=end) as address:
        adb.connect(address)
        assert adb("shell", "getprop ro.harness.simulated; exit 3").returncode == 3
    host, _, port = address.partition(":")
    with pytest.raises(ConnectionRefusedError), socket.create_connection((host, int(port)), timeout=5):
        pass


def test_it_ends_well_while_something_runs_on_it(adb: AdbClient):
    with simulating() as address:
        adb.connect(address)
        adb("shell", "sleep 1000 >/dev/null 2>&1 </dev/null &")


def test_faults_and_old_daemons_are_chosen_by_name(adb: AdbClient):
    with simulating("--fault", "low-battery=4", "--adb", "android6") as address:
        adb.connect(address)
        assert b"level: 4\r\n" in adb("shell", "dumpsys battery").stdout


def test_help_lists_every_fault():
    done = subprocess.run([*COMMAND, "--help"], capture_output=True, text=True, timeout=60, check=True)
    assert all(f" {name}" in done.stdout for name in FAULTS)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["pixl4"], "Did you mean pixel4"),
        (["pixel4", "--fault", "drop-puhs"], "Did you mean drop-push"),
        (["pixel4", "--fault", "offline=3"], "without a number"),
        (["pixel4", "--fault", "low-battery=101"], "0 to 100 percent"),
        (["pixel4", "--fault", "drop-push=-1"], "bytes"),
        (["pixel4", "--adb", "android8"], "Did you mean android7"),
        (["pixel4", "--userland", "linux"], "plain-linux"),
        (["pixel4", "--port", "70000"], "65535"),
    ],
)
def test_what_is_wrong_is_said_with_what_is_meant(words: list[str], sentence: str):
    assert sentence in refused(*words)


def test_a_port_that_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        said = refused("pixel4", "--port", str(port))
    assert f"port {port} is taken" in said
    assert "--port" in said.splitlines()[-1]
