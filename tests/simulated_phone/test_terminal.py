"""Typing into `adb shell`."""

from __future__ import annotations

import os
import select
import subprocess
import time

import pytest

from harness.simulated_phone.model import MODELS
from harness.simulated_phone.serve import serve
from harness.simulated_phone.shell.streams import Capture
from harness.simulated_phone.terminal import Terminal
from tests.adb_client import AdbClient


@pytest.mark.parametrize(
    ("keys", "lines"),
    [
        (b"ls\r", [b"ls\n"]),
        (b"lsx\x7f -l\rpwd\n", [b"ls -l\n", b"pwd\n"]),
        ("aü\x7f\x7f\x7fb\r".encode(), [b"b\n"]),
        (b"wrong\x03right\r", [b"right\n"]),
        (b"\x04", []),
        (b"a\x1b\r", [b"a\n"]),
        (b"no end", [b"no end"]),
    ],
)
def test_keys_become_lines(keys: bytes, lines: list[bytes]):
    left = [bytes([key]) for key in keys] + [b""]
    terminal = Terminal(lambda: left.pop(0) if left else b"", Capture(), "$ ")
    assert list(iter(terminal.readline, b"")) == lines


def test_what_is_typed_is_seen():
    screen = Capture()
    left = [b"echo", b" a\x7fb\r", b""]
    Terminal(lambda: left.pop(0), screen, "$ ").readline()
    assert screen.data == b"$ echo a\b \bb\n"


def test_a_session_at_a_terminal(adb: AdbClient):
    with serve(MODELS["pixel4"]) as phone:
        adb.connect(phone.address)
        ours, theirs = os.openpty()
        with subprocess.Popen(
            ["adb", "shell"], stdin=theirs, stdout=theirs, stderr=theirs, env=adb.environment
        ) as client:
            os.close(theirs)
            seen = hear(ours, b"$ ")
            os.write(ours, b"cd /data/local/tmp\rpwd\rexit 5\r")
            seen += hear(ours, b"\n/data/local/tmp\r")
            assert client.wait(timeout=10) == 5
        os.close(ours)
    assert seen.count(b"simulated:/ $ ") >= 2


def hear(terminal: int, wanted: bytes) -> bytes:
    """What appears until `wanted` does."""
    seen, deadline = b"", time.monotonic() + 10
    while wanted not in seen:
        ready, _, _ = select.select([terminal], [], [], max(0.0, deadline - time.monotonic()))
        assert ready, seen
        seen += os.read(terminal, 4096)
    return seen
