"""What both ways to a phone have in common: commands that end, files that arrive.

A way to a phone supplies five primitives (one stream of a shell with or without
protocol v2, sending and fetching one file, setting the link up); everything a
caller can rely on is built on them here.
"""

from __future__ import annotations

import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from harness.adb.connection import PushOutcome, ShellResult
from harness.adb.errors import CommandTimeout, ConnectionLost, PhoneNotReady
from harness.adb.marker import Marker, NotRun, new_token, parse_marked, tagged
from harness.adb.processes import end_processes
from harness.adb.state import PhoneState
from harness.adb.tools import RemoteTools, probe_tools
from harness.adb.transfer import pull_file, push_file

__all__ = ["BaseConnection", "StreamTimeout"]

T = TypeVar("T")

_MOST_COMMAND_BYTES = 2500
"""Before Android 7 a command and all that is put around it must fit into one message of 4096 bytes."""

_ATTEMPTS = 5
_PATIENCE_S = 20.0
"""How long a lost phone may take to come back; a daemon's restart takes a few seconds."""


class StreamTimeout(Exception):
    """A stream gave no end within its time. Internal: callers see CommandTimeout."""


class BaseConnection(ABC):
    """A connection whose commands have exit codes and whose files are verified."""

    def __init__(self, serial: str) -> None:
        self._serial = serial
        self.other_ways: tuple[str, ...] = ()
        """Other names adb has for the same phone, as over the network; not used."""
        self._tools: RemoteTools | None = None
        self._litter: list[str] = []
        """Scratch files of commands whose end was not seen; the next command removes them."""

    @property
    def serial(self) -> str:
        """The phone's serial number, or HOST:PORT."""
        return self._serial

    @abstractmethod
    def _has_shell_v2(self) -> bool:
        """Whether exit codes come in packets. May raise ConnectionLost or PhoneNotReady."""

    @abstractmethod
    def _stream_v2(self, command: str, timeout_s: float) -> ShellResult:
        """Run through shell v2. Raises StreamTimeout; ConnectionLost without an exit packet."""

    @abstractmethod
    def _stream(self, command: str, timeout_s: float) -> bytes:
        """All that `shell:` sends until it closes. Raises StreamTimeout, ConnectionLost."""

    @abstractmethod
    def send_file(self, local: Path, remote: str, mode: int) -> None:
        """Send one file as it is, unverified. Raises TransferFailed, StorageFull, ConnectionLost."""

    @abstractmethod
    def fetch_file(self, remote: str, local: Path) -> None:
        """Fetch one file, straight into `local`. Raises TransferFailed, ConnectionLost."""

    @abstractmethod
    def state(self) -> PhoneState:
        """Whether the phone is ready; never raises for a state."""

    @abstractmethod
    def reconnect(self) -> None:
        """Set the link up anew, at once or not at all."""

    @abstractmethod
    def close(self) -> None:
        """Give the link up."""

    def shell(self, command: str, *, timeout_s: float) -> ShellResult:
        """Run one command; see `Connection.shell`."""
        token = new_token()
        try:
            return self._run(tagged(self._fitting(command, token), token), timeout_s)
        except StreamTimeout:
            ended = self._end(token)
            raise CommandTimeout(self.serial, command, timeout_s, ended=ended) from None

    def _fitting(self, command: str, token: str) -> str:
        """The command itself, or where it is too long for old daemons, one that runs it from a file."""
        if len(command.encode()) <= _MOST_COMMAND_BYTES or self.tools.scratch is None:
            return command
        remote = f"{self.tools.scratch}/.harness-{token}.sh"
        with tempfile.TemporaryDirectory(prefix="harness-script-") as folder:
            script = Path(folder) / "script"
            script.write_text(f"rm -f {remote}\n{command}\n", encoding="utf-8", newline="\n")
            self.send_file(script, remote, 0o600)
        return f"sh {remote}"

    def _run(self, command: str, timeout_s: float) -> ShellResult:
        if self._has_shell_v2():
            return self._stream_v2(command, timeout_s)
        try:
            return self._run_marked(command, timeout_s, scratch=self.tools.scratch)
        except NotRun:
            return self._run_marked(command, timeout_s, scratch=None)

    def _run_marked(self, command: str, timeout_s: float, *, scratch: str | None) -> ShellResult:
        marker = Marker(new_token(), scratch)
        swept = f"rm -f {' '.join(self._litter)}; " if self._litter else ""
        try:
            output = self._stream(swept + marker.wrap(command), timeout_s)
            result = parse_marked(output, marker)
        except (StreamTimeout, ConnectionLost):
            self._litter += marker.scratch_files
            raise
        if result is None:
            self._litter += marker.scratch_files
            raise ConnectionLost(
                f"{self.serial}: the output ended after {len(output)} bytes without its end marker",
                next_step="its daemon or the cable went away in the middle of a command: adb devices -l",
            )
        self._litter.clear()
        return result

    @property
    def tools(self) -> RemoteTools:
        """What this phone has for checking files and keeping scratch data; probed once."""
        if self._tools is None:
            self._tools = probe_tools(self._probe)
        return self._tools

    def _probe(self, command: str) -> ShellResult:
        if self._has_shell_v2():
            return self._stream_v2(command, 15.0)
        return self._run_marked(command, 15.0, scratch=None)

    def _end(self, token: str) -> bool:
        """End every remote process that carries the token; whether they are known to be gone."""
        try:
            self.reconnect_patiently(10.0)
            return end_processes(lambda command: self._run(tagged(command, new_token()), 10.0), token)
        except (ConnectionLost, PhoneNotReady, StreamTimeout):
            return False

    def push(self, local: Path, remote: str, *, mode: int = 0o644) -> PushOutcome:
        """Bring a file to the phone; see `Connection.push`. Tried again after a lost connection."""
        return self.repeat(lambda: push_file(self, local, remote, mode))

    def pull(self, remote: str, local: Path) -> None:
        """Fetch one file; see `Connection.pull`. Tried again after a lost connection."""
        self.repeat(lambda: pull_file(self, remote, local))

    def repeat(self, work: Callable[[], T]) -> T:
        """Do work that may safely be done twice; again when the link breaks, with a new one each time."""
        for _ in range(_ATTEMPTS - 1):
            try:
                return work()
            except (ConnectionLost, PhoneNotReady) as error:
                if isinstance(error, PhoneNotReady) and not error.may_pass:
                    raise
                self.reconnect_patiently(_PATIENCE_S)
        return work()

    def reconnect_patiently(self, patience_s: float) -> None:
        """Set the link up, waiting while the phone is absent or offline: daemons restart, cables wobble."""
        deadline, pause_s = time.monotonic() + patience_s, 0.1
        while True:
            try:
                self.reconnect()
                return
            except ConnectionLost:
                if time.monotonic() + pause_s > deadline:
                    raise
            except PhoneNotReady as error:
                if not error.may_pass or time.monotonic() + pause_s > deadline:
                    raise
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, 2.0)

    def __enter__(self: T) -> T:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
