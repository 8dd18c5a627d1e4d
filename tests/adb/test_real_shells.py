"""What is sent to phones, run by real shells as an old daemon runs them, with and without a PTY."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import select
import shutil
import subprocess
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.adb.base import BaseConnection, StreamTimeout
from harness.adb.connection import PushOutcome, ShellResult
from harness.adb.detached import run_detached
from harness.adb.errors import CommandTimeout, JobVanished, TransferFailed
from harness.adb.state import PhoneState

SHELLS = [
    [path, *more]
    for name, more in (("sh", ()), ("dash", ()), ("bash", ()), ("mksh", ()), ("busybox", ("sh",)))
    if (path := shutil.which(name))
]
ODD_NAMES = ["with space", "qu'o\"te", "semi;colon", "$(id)", "`id`", "ünïcode 📱", "-rf", "*", "back\\slash"]


class OwnShell(BaseConnection):
    """This computer in the place of a phone: no shell v2, and commands outlive their streams."""

    def __init__(self, shell: list[str], *, pty: bool) -> None:
        super().__init__("this computer")
        self._shell = shell
        self._pty = pty
        self.left: list[subprocess.Popen[bytes]] = []
        self.scratch_files: set[str] = set()

    def _has_shell_v2(self) -> bool:
        return False

    def _stream_v2(self, command: str, timeout_s: float) -> ShellResult:
        raise NotImplementedError

    def _stream(self, command: str, timeout_s: float) -> bytes:
        self.scratch_files |= set(re.findall(r"/tmp/\.harness-[0-9a-f]+\.err", command))
        ours, theirs = os.openpty() if self._pty else os.pipe()

        def take_terminal() -> None:
            os.setsid()
            if self._pty:
                fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)

        process = subprocess.Popen(
            [*self._shell, "-c", command],
            stdin=theirs if self._pty else subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
            preexec_fn=take_terminal,
        )
        self.left.append(process)
        os.close(theirs)
        try:
            return b"".join(_until_closed(ours, time.monotonic() + timeout_s))
        finally:
            os.close(ours)  # the terminal is gone: who runs in its foreground is hung up on

    def send_file(self, local: Path, remote: str, mode: int) -> None:
        shutil.copyfile(local, remote)

    def fetch_file(self, remote: str, local: Path) -> None:
        try:
            shutil.copyfile(remote, local)
        except OSError as error:
            raise TransferFailed(str(error)) from error

    def state(self) -> PhoneState:
        return PhoneState.READY

    def reconnect(self) -> None:
        """There is no link."""

    @property
    def litter(self) -> list[str]:
        """Scratch files that remain of its commands, once the last ones have had time to see their ends."""
        for process in self.left:
            process.wait(timeout=10)
        return [name for name in self.scratch_files if Path(name).exists()]

    def close(self) -> None:
        for process in self.left:
            process.kill()
            process.wait(timeout=10)


def _until_closed(descriptor: int, deadline: float) -> Iterator[bytes]:
    while True:
        ready, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            raise StreamTimeout
        try:
            data = os.read(descriptor, 65536)
        except OSError as error:
            if error.errno != errno.EIO:  # how a terminal says that its other side has closed
                raise
            return
        if not data:
            return
        yield data


@pytest.fixture(params=[False, True], ids=["pipe", "pty"])
def pty(request: pytest.FixtureRequest) -> bool:
    return request.param


@pytest.fixture(params=SHELLS, ids=lambda words: Path(words[0]).name)
def own(request: pytest.FixtureRequest, pty: bool) -> Iterator[OwnShell]:
    with contextlib.closing(OwnShell(request.param, pty=pty)) as connection:
        yield connection


def runs(command: str) -> bool:
    return subprocess.run(["pgrep", "-fx", command], capture_output=True, check=False).returncode == 0


def test_exit_codes_and_streams(own: OwnShell):
    result = own.shell("echo out; echo err >&2; printf 'no end'; exit 42", timeout_s=10)
    assert (result.exit_code, result.stdout, result.stderr) == (42, "out\nno end", "err\n")
    assert own.shell("kill -9 $$", timeout_s=10).exit_code == 137
    assert own.shell("cat", timeout_s=10).stdout == ""
    assert own.shell("if then", timeout_s=10).exit_code not in (0, None)
    assert own.shell("echo " + "word " * 2000, timeout_s=10).stdout.count("word") == 2000


def test_a_command_that_takes_too_long_is_ended_with_its_children(own: OwnShell):
    with pytest.raises(CommandTimeout) as caught:
        own.shell("sleep 98.125 & sleep 98.125; true", timeout_s=0.5)
    assert caught.value.ended
    assert not runs("sleep 98.125")
    assert own.litter == []


@pytest.mark.parametrize("name", ODD_NAMES)
def test_names_of_every_kind(own: OwnShell, tmp_path: Path, name: str):
    local, remote = tmp_path / "local", f"{tmp_path}/there/{name}"
    local.write_text(name)
    assert own.push(local, remote, mode=0o755) is PushOutcome.SENT
    assert own.push(local, remote, mode=0o700) is PushOutcome.ALREADY_THERE
    assert Path(remote).stat().st_mode & 0o777 == 0o700
    assert [each.name for each in (tmp_path / "there").iterdir()] == [name]


def test_detached_jobs(own: OwnShell, tmp_path: Path):
    result = run_detached(
        own,
        "echo out; sleep 0.4; echo err >&2; exit 7",
        folder=f"{tmp_path}/a job's",
        timeout_s=20,
        poll_s=0.1,
    )
    assert (result.exit_code, result.stdout, result.stderr) == (7, "out\n", "err\n")
    with pytest.raises(CommandTimeout) as caught:
        run_detached(own, "sleep 97.125; true", folder=f"{tmp_path}/jobs", timeout_s=0.5, poll_s=0.1)
    assert caught.value.ended
    assert not runs("sleep 97.125")
    assert list((tmp_path / "jobs").iterdir()) == []
    with pytest.raises(JobVanished):
        run_detached(own, "true", folder="/proc/jobs", timeout_s=5)
