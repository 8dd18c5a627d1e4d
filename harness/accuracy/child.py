"""The parent's end of an evaluating child process."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType

import numpy as np

from harness.accuracy.job import Activity, Job, Message, write_job

__all__ = ["Child", "ChildDied", "ChildSilent"]

_SCRIPT = Path(__file__).with_name("worker_main.py")
_READ_BYTES = 1 << 16

_ENVIRONMENT = {
    # One interpreter per thread computes on one thread; a BLAS pool beside it would only disturb.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    # glibc gives large blocks back to the kernel at once, and faulting them in again for
    # every image takes longer than resizing it.
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
}


class ChildDied(Exception):
    """The process ended before its job did. The text says of what."""


class ChildSilent(Exception):
    """The process said nothing for too long and was killed."""


class Child:
    """One evaluating process. Use as a context manager: it never outlives the block."""

    def __init__(self, job: Job, *, silence_s: float) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="harness-accuracy-")
        folder = Path(self._folder.name)
        self._state, self._log, self._job_path = folder / "state", folder / "stderr.log", folder / "job.json"
        self._job = replace(job, state_path=str(self._state))
        self._silence_s = silence_s

    def __enter__(self) -> Child:
        write_job(self._job, self._job_path)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(_SCRIPT), str(self._job_path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, **_ENVIRONMENT},
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._folder.cleanup()

    def messages(self) -> Iterator[Message]:
        """Every message up to the end of the job. Raises ChildDied or ChildSilent."""
        for line in self._lines():
            message: Message = json.loads(line)
            if message.get("end"):
                return
            yield message
        raise ChildDied(self._cause_of_death())

    def busy(self) -> list[tuple[Activity, int]]:
        """What each thread is doing, or was when the process ended."""
        state = np.fromfile(self._state, np.int32).reshape(-1, 2).tolist()
        return [(Activity(activity), number) for activity, number in state]

    def _lines(self) -> Iterator[bytes]:
        """Complete lines; one that the process could not finish is dropped."""
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        unread = b""
        while True:
            if not _readable(descriptor, self._silence_s):
                self._process.kill()
                raise ChildSilent(f"it did not answer for {self._silence_s:g} s")
            data = os.read(descriptor, _READ_BYTES)
            if not data:
                return
            *lines, unread = (unread + data).split(b"\n")
            yield from lines

    def _cause_of_death(self) -> str:
        code = self._process.wait()
        cause = (
            f"its process died of {signal.Signals(-code).name}" if code < 0 else f"its process ended ({code})"
        )
        last = _last_line(self._log)
        return f"{cause}: {last}" if last else cause


def _readable(descriptor: int, timeout_s: float) -> bool:
    """Whether something, or the end, can be read within the time."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN | select.POLLHUP)
    deadline = time.monotonic() + timeout_s
    while (left_s := deadline - time.monotonic()) > 0:
        if poll.poll(min(left_s, 3600.0) * 1000):
            return True
    return False


def _last_line(log: Path) -> str:
    """The last words that are no mere information."""
    text = log.read_text(encoding="utf-8", errors="replace")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("INFO:")]
    return lines[-1][:200] if lines else ""
