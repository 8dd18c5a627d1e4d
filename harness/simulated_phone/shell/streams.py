"""Where a command of the phone reads from and writes to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from harness.simulated_phone.files import PhoneFiles

__all__ = ["Capture", "FileSink", "NullSink", "Reader", "Sink", "StaticReader"]

_MOST_CAPTURED = 64 * 1024 * 1024


class Sink(Protocol):
    """Takes bytes."""

    def write(self, data: bytes) -> None:
        """Raises OSError where they cannot be kept."""
        ...


class Reader(Protocol):
    """Gives bytes."""

    def read(self) -> bytes:
        """Everything until the end."""
        ...

    def readline(self) -> bytes:
        """One line with its line feed, empty at the end."""
        ...


class StaticReader:
    """Bytes that are all there."""

    def __init__(self, data: bytes | Callable[[], bytes]) -> None:
        self._data = data

    def _all(self) -> bytes:
        if callable(self._data):
            self._data = self._data()
        return self._data

    def read(self) -> bytes:
        """Everything that has not been read."""
        data, self._data = self._all(), b""
        return data

    def readline(self) -> bytes:
        """The next line."""
        line, feed, self._data = self._all().partition(b"\n")
        return line + feed


class NullSink:
    """/dev/null."""

    def write(self, data: bytes) -> None:
        """Forget them."""


class Capture:
    """Keeps them in memory."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._lock = threading.Lock()

    def write(self, data: bytes) -> None:
        """Keep them, up to a limit."""
        with self._lock:
            if len(self._data) + len(data) > _MOST_CAPTURED:
                raise OSError(12, "Cannot allocate memory")
            self._data += data

    @property
    def data(self) -> bytes:
        """All of them."""
        return bytes(self._data)


class FileSink:
    """Appends them to a file of the phone."""

    def __init__(self, files: PhoneFiles, path: str) -> None:
        self._files = files
        self._path = path

    def write(self, data: bytes) -> None:
        """Raises OSError, as for a full disk."""
        self._files.write(self._path, data, append=True)
