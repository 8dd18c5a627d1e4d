"""A folder on the phone for one launch: made, filled, read, and removed."""

from __future__ import annotations

import re
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from harness.adb.base import BaseConnection
from harness.adb.detached import run_detached
from harness.adb.errors import TransferFailed
from harness.adb.quoting import remote_quote
from harness.errors import HarnessError
from harness.latency.benchmark_model.flags import InputFile
from harness.latency.launcher import LaunchOrder

__all__ = ["Room", "parse_size_bytes"]

_ASK_S = 20.0
_MOST_BYTES = 64 * 2**20
"""A launch's files have kilobytes; an op profile and a list of nodes some megabytes at most."""


# Toolbox, which Android had before 6, knows neither wc nor stat.
_SIZE = "[ -f {file} ] && {{ wc -c <{file} || stat -c %s {file} || ls -l {file}; }} 2>/dev/null"
_LISTED = re.compile(r"\s(\d{1,15})\s+(?:\d{4}-\d\d-\d\d|[A-Z][a-z]{2}\s+\d{1,2})\s")


def parse_size_bytes(text: str) -> int | None:
    """A file's size as `wc -c` and `stat -c %s` print it, or in its line of `ls -l`. Pure."""
    if re.fullmatch(r"\s*\d{1,15}\s*", text):
        return int(text)
    listed = _LISTED.search(text)
    return int(listed[1]) if listed else None


class Room:
    """The folder of one launch. A phone that cannot be reached keeps it until `harness devices clean`."""

    def __init__(self, connection: BaseConnection, folder: str) -> None:
        self._connection = connection
        self.path = f"{folder}/jobs/launch-{secrets.token_hex(6)}"
        """Absolute, on the phone."""

    def __enter__(self) -> Room:
        """Make it. Raises TransferFailed where there is no room for it."""
        made = self._connection.shell(f"mkdir -p {remote_quote(self.path)}", timeout_s=_ASK_S)
        if not made.ok:
            raise TransferFailed(
                f"{self._connection.serial}: cannot make {self.path}: {made.stderr.strip()[:200]}"
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._connection.shell(f"rm -rf {remote_quote(self.path)}", timeout_s=_ASK_S)
        except HarnessError:
            return

    def run(
        self, script: str, *, timeout_s: float, poll_s: float, on_poll: Callable[[], None] = lambda: None
    ) -> int:
        """Run a script detached, through lost connections; its exit code. Raises as `run_detached` does."""
        return run_detached(
            self._connection,
            script,
            folder=self.path,
            timeout_s=timeout_s,
            poll_s=poll_s,
            on_poll=on_poll,
        ).exit_code

    def content(self, name: str) -> bytes:
        """A file's content; empty where there is none, or one that is far too large."""
        remote = f"{self.path}/{name}"
        asked = self._connection.shell(_SIZE.format(file=remote_quote(remote)), timeout_s=_ASK_S)
        size_bytes = parse_size_bytes(asked.stdout)
        if not asked.ok or size_bytes is None or not 0 < size_bytes <= _MOST_BYTES:
            return b""
        with tempfile.TemporaryDirectory(prefix="harness-launch-") as folder:
            local = Path(folder) / "file"
            self._connection.pull(remote, local)
            return local.read_bytes()

    def text(self, name: str) -> str:
        """The same as text; bytes that are not UTF-8 become U+FFFD."""
        return self.content(name).decode("utf-8", "replace")

    def bring(self, content: bytes, name: str) -> str:
        """A file with this content in the folder; its path on the phone. Raises TransferFailed."""
        remote = f"{self.path}/{name}"
        with tempfile.TemporaryDirectory(prefix="harness-launch-") as folder:
            local = Path(folder) / "file"
            local.write_bytes(content)
            self._connection.push(local, remote)
        return remote

    def bring_inputs(self, order: LaunchOrder) -> tuple[InputFile, ...]:
        """The order's own input as a file of raw bytes on the phone; none for random data of a known size."""
        array, shape = order.model_input.array, order.model_input.shape
        if order.model.facts is None or (array is None and shape is None):
            return ()
        name = order.model.facts.inputs[0].name
        if array is None:
            return (InputFile(name, shape or (), None),)
        import numpy as np

        values = np.load(array, allow_pickle=False)
        remote = self.bring(values.tobytes(), "input.raw")
        return (InputFile(name, tuple(int(size) for size in values.shape), remote),)
