"""A folder of journals: read by anyone, written by one process at a time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from filelock import FileLock, Timeout

from harness.errors import RunFolderError
from harness.results.journal import Journal

__all__ = ["JournalFolder"]

Self = TypeVar("Self", bound="JournalFolder")


class JournalFolder:
    """Reading needs nothing more; as a context manager it may also be written."""

    def __init__(self, path: Path, journals: Sequence[Journal[Any]], *, what: str) -> None:
        self.path = path
        self.notices: tuple[str, ...] = ()
        """What was set aside when it was taken for writing."""
        self._journals = tuple(journals)
        self._what = what
        self._lock = FileLock(path / ".lock")

    def __enter__(self: Self) -> Self:
        """Take the folder for writing and set torn ends of journals aside. Raises RunFolderError."""
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise RunFolderError(f"{self.path}: another process is writing to this {self._what}") from None
        except OSError as error:
            raise RunFolderError(f"{self.path}: cannot be written: {error.strerror}") from error
        try:
            repaired = tuple(each.repair() for each in self._journals)
        except RunFolderError as error:
            self._release()
            raise RunFolderError(
                error.message, next_step="make room on its disk, then give the same command again"
            ) from error
        self.notices = tuple(text for text in repaired if text is not None)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._release()

    def _release(self) -> None:
        self._lock.release()
        (self.path / ".lock").unlink(missing_ok=True)
