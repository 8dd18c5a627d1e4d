"""The folder on the phone where everything of harness lies, kept within a budget."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from harness.adb.base import BaseConnection
from harness.adb.connection import PushOutcome, ShellResult
from harness.adb.errors import StorageFull, TransferFailed
from harness.adb.quoting import remote_quote
from harness.errors import HarnessError
from harness.zoo.fetch.cache import digest_of

__all__ = ["BUDGET_BYTES", "WorkingFolder"]

BUDGET_BYTES = 2_000_000_000
"""Files of earlier runs are removed, the oldest first, before the folder grows beyond this."""

_ASK_S = 120.0
"""Removing gigabytes takes slow flash a while."""


class WorkingFolder:
    """A folder on the phone. `path` is absolute; it is made when something is first brought there."""

    def __init__(self, connection: BaseConnection, *, budget_bytes: int = BUDGET_BYTES) -> None:
        self._connection = connection
        self._budget_bytes = budget_bytes
        self._in_use: set[str] = set()

    @property
    def scratch(self) -> str | None:
        """The folder above it that the phone lets one write to."""
        return self._connection.repeat(lambda: self._connection.tools).scratch

    @property
    def path(self) -> str:
        """`/data/local/tmp/harness`, or below the scratch folder the phone has. Raises TransferFailed."""
        scratch = self.scratch
        if scratch is None:
            raise TransferFailed(
                f"{self._connection.serial}: no folder on the phone can be written to",
                next_step="harness needs /data/local/tmp or /tmp: adb shell ls -ld /data/local/tmp",
            )
        return f"{scratch}/harness"

    def bring(self, local: Path, *, mode: int = 0o644, name: str | None = None) -> str:
        """Bring a file to the phone and return its path there; what is there already is not sent again.

        The name on the phone begins with the content's digest: two files of one
        name never overwrite each other. Raises TransferFailed, StorageFull,
        ConnectionLost, PhoneNotReady.
        """
        remote = f"{self.path}/files/{digest_of(local)[:16]}-{_plain(name or local.name)}"
        self._in_use.add(remote)
        self.make_room(local.stat().st_size)
        if self._connection.push(local, remote, mode=mode) is PushOutcome.ALREADY_THERE:
            self._run(f"touch {remote_quote(remote)}")
        return remote

    def make_room(self, coming_bytes: int) -> None:
        """Remove the oldest files of earlier runs until `coming_bytes` more fit the budget.

        Raises StorageFull where the files of this run alone are too many.
        """
        files = self._files()
        excess = sum(size for _, size, _ in files) + coming_bytes - self._budget_bytes
        for _, size_bytes, path in sorted(files):
            if excess <= 0:
                return
            if path not in self._in_use:
                self._run(f"rm -f {remote_quote(path)}")
                excess -= size_bytes
        if excess > 0:
            raise StorageFull(
                f"{self._connection.serial}: the files of this run need more than the"
                f" {self._budget_bytes / 1e6:.0f} MB that harness takes of a phone",
                next_step="measure fewer models in one run",
            )

    def _files(self) -> list[tuple[int, int, str]]:
        """Time of last change, size in bytes and path of every file that was brought."""
        folder = f"{self.path}/files"
        script = (
            f'[ -d {folder} ] && cd {folder} && for f in *; do [ -f "$f" ] && stat -c \'%Y %s %n\' "$f"; done'
        )
        found = []
        for line in self._run(script).stdout.splitlines():
            match = re.fullmatch(r"(\d{1,12}) (\d{1,15}) ([\w.\-]+)", line.strip())
            if match:
                found.append((int(match[1]), int(match[2]), f"{folder}/{match[3]}"))
        return found

    def used_bytes(self) -> int:
        """Size of all files that were brought."""
        return sum(size for _, size, _ in self._files())

    def remove(self) -> None:
        """Remove the folder and everything in it. Raises HarnessError where that fails."""
        path = self.path
        result = self._run(f"rm -rf {remote_quote(path)}")
        if not result.ok:
            evidence = (result.stderr or result.stdout).strip()[:200]
            raise HarnessError(f"{self._connection.serial}: {path} could not be removed: {evidence}")

    def _run(self, script: str) -> ShellResult:
        """Run what may be run twice."""
        return self._connection.repeat(lambda: self._connection.shell(script, timeout_s=_ASK_S))


def _plain(name: str) -> str:
    """The name with only characters no shell gives a meaning to, its end kept: it tells the kind of file."""
    return re.sub(r"[^A-Za-z0-9._]+", "_", PurePosixPath(name).name)[-80:]
