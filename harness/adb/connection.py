"""What every way to a phone can do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

from harness.adb.state import PhoneState

__all__ = ["Connection", "PushOutcome", "ShellResult"]


@dataclass(frozen=True, slots=True)
class ShellResult:
    """How one remote command ended. Text is UTF-8; bytes that are not become U+FFFD."""

    exit_code: int
    """The command's own; 128 + n where signal n ended it."""
    stdout: str
    stderr: str
    stderr_separate: bool = True
    """False where the phone gave both streams as one: then all of it is in `stdout`."""

    @property
    def ok(self) -> bool:
        """Whether the command said it succeeded."""
        return self.exit_code == 0


class PushOutcome(str, Enum):
    """What a push had to do."""

    SENT = "sent"
    ALREADY_THERE = "already there"

    __str__ = str.__str__


class Connection(Protocol):
    """A phone that can be spoken to. Not safe for use by several threads at once."""

    @property
    def serial(self) -> str:
        """The phone's serial number, or HOST:PORT."""
        ...

    def shell(self, command: str, *, timeout_s: float) -> ShellResult:
        """Run one shell command and wait for its end.

        Raises CommandTimeout (the remote process was ended, where the phone let
        it be found), ConnectionLost when the link broke before the end was seen,
        and PhoneNotReady.
        """
        ...

    def push(self, local: Path, remote: str, *, mode: int = 0o644) -> PushOutcome:
        """Bring a file to an absolute path on the phone, verified by SHA-256; folders above it are made.

        Raises TransferFailed, StorageFull, ConnectionLost, PhoneNotReady.
        """
        ...

    def pull(self, remote: str, local: Path) -> None:
        """Fetch one file. Raises TransferFailed, ConnectionLost, PhoneNotReady; then `local` is untouched."""
        ...

    def state(self) -> PhoneState:
        """Whether the phone is ready, and why not; never raises for a state."""
        ...

    def reconnect(self) -> None:
        """Set the link up anew. Raises PhoneNotReady while that is not possible."""
        ...

    def close(self) -> None:
        """Give the link up; closing twice does no harm."""
        ...
