"""An append-only file of JSON lines that survives being killed at any byte.

A line counts when it ends in a newline. What a killed process left behind the
last newline is set aside in a file of its own, never deleted and never guessed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Generic, TypeVar

from harness.errors import RunFolderError
from harness.results.atomic import write_bytes
from harness.results.codec import decode, encode

__all__ = ["Journal"]

Record = TypeVar("Record")


class Journal(Generic[Record]):
    """The records of one kind in one file."""

    def __init__(self, path: Path, kind: type[Record]) -> None:
        self.path = path
        self._kind = kind

    def append(self, record: Record) -> None:
        """Add one record; it is on the disk when this returns. Raises RunFolderError."""
        try:
            with self.path.open("ab") as file:
                file.write(encode(record) + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise RunFolderError(f"{self.path}: cannot be written: {error.strerror}") from error

    def records(self) -> Iterator[Record]:
        """Every complete record in order; a torn end is passed over.

        Raises RunFolderError for a damaged line, naming file and line.
        """
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if line.endswith(b"\n"):
                    yield decode(self._kind, line, where=f"{self.path}:{number}")

    def repair(self) -> str | None:
        """Set a torn end aside, so that appending starts on a fresh line.

        Returns a sentence about it, or None where there is none. Raises RunFolderError
        where the end cannot be kept, as on a full disk; the journal is then as it was.
        """
        if not self.path.exists():
            return None
        whole = self.path.read_bytes()
        end = whole.rfind(b"\n") + 1
        if end == len(whole):
            return None
        aside = self._free_name()
        write_bytes(aside, whole[end:])
        try:
            with self.path.open("r+b") as file:
                file.truncate(end)
                os.fsync(file.fileno())
        except OSError as error:
            raise RunFolderError(f"{self.path}: cannot be written: {error.strerror}") from error
        torn = f"{self.path.name} ended in a torn line of {len(whole) - end} bytes"
        return f"{torn}; it was set aside as {aside.name}"

    def _free_name(self) -> Path:
        number = 1
        while (aside := self.path.with_name(f"{self.path.name}.torn-{number}")).exists():
            number += 1
        return aside
