"""The parent's end of a measuring process: start it, ask, wait no longer than allowed, end it."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from harness.errors import LaunchError

__all__ = ["WorkerDied", "WorkerProcess", "WorkerRefused", "WorkerTimeout"]

WORKER_SCRIPT = Path(__file__).with_name("worker.py")

# OpenBLAS starts a thread a core when numpy is imported and lets them spin for a
# while. They are not the model's, and would run beside it.
_QUIET_NUMPY = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


class WorkerDied(LaunchError):
    """The process ended without an answer."""


class WorkerTimeout(LaunchError):
    """The process did not answer in time and was killed."""


class WorkerRefused(LaunchError):
    """The process answered that it could not do what was asked."""

    def __init__(self, reason: str, *, unsupported: bool) -> None:
        super().__init__(reason)
        self.unsupported = unsupported


class WorkerProcess:
    """One measuring process. Use as a context manager: it never outlives the block."""

    def __init__(
        self,
        *,
        log: Path,
        timeout_s: float,
        python: str = sys.executable,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.allow(timeout_s)
        self._python = python
        self._log = log
        self._environment = {**os.environ, **_QUIET_NUMPY, **(environment or {})}
        self._unread = b""

    def __enter__(self) -> WorkerProcess:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [self._python, str(WORKER_SCRIPT)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=self._environment,
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue  # the process died first; its end is reported where it was noticed
        if kind is None:
            self._await_end()
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    def allow(self, timeout_s: float) -> None:
        """Give the process this long from now on."""
        self._timeout_s = timeout_s
        self._deadline = time.monotonic() + timeout_s

    def ask(self, op: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON values
        """Send one request and return the answer.

        Raises WorkerRefused, WorkerTimeout or WorkerDied.
        """
        self.send(op, **arguments)
        return self.answer(op)

    def send(self, op: str, **arguments: Any) -> None:  # noqa: ANN401 - JSON values
        """Send one request; its answer must be fetched before the next. Raises WorkerDied."""
        assert self._process.stdin is not None
        request = json.dumps({"op": op, **arguments}) + "\n"
        try:
            self._process.stdin.write(request.encode())
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._died(op) from None

    def answer(self, op: str) -> dict[str, Any]:
        """The answer to the request sent last. Raises WorkerRefused, WorkerTimeout or WorkerDied."""
        answer: dict[str, Any] = json.loads(self._read_line(op))
        if not answer.pop("ok"):
            raise WorkerRefused(str(answer["reason"]), unsupported=answer["kind"] == "unsupported")
        return answer

    def _read_line(self, op: str) -> bytes:
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, selectors.EVENT_READ)
            while b"\n" not in self._unread:
                if not selector.select(max(0.0, self._deadline - time.monotonic())):
                    self._process.kill()
                    raise WorkerTimeout(f"no answer to {op!r} within {self._timeout_s:.0f} s")
                chunk = os.read(descriptor, 1 << 16)
                if not chunk:
                    raise self._died(op)
                self._unread += chunk
        line, _, self._unread = self._unread.partition(b"\n")
        return line

    def _died(self, op: str) -> WorkerDied:
        code = self._process.wait()
        return WorkerDied(f"the measuring process ended during {op!r}: {describe_exit(code)}")

    def _await_end(self) -> None:
        try:
            self._process.wait(timeout=max(1.0, self._deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._process.kill()


def describe_exit(code: int) -> str:
    """An exit status in words; negative is a signal, as subprocess has it."""
    if code >= 0:
        return f"exit status {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"
