"""Ending remote processes: closing a stream does not end what runs behind it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from harness.adb.connection import ShellResult
from harness.adb.marker import RUN_VARIABLE

__all__ = ["end_processes"]

_ENVIRON = re.compile(r"^/proc/(\d+)/environ$")


def end_processes(run: Callable[[str], ShellResult], token: str) -> bool:
    """Kill every process whose environment carries the token; whether all are known to be gone.

    False where the phone does not let one read environments: then nothing is known.
    """
    for _ in range(5):
        pids = _carriers(run, token)
        if pids is None:
            return False
        if not pids:
            return True
        run(f"kill -9 {' '.join(map(str, pids))}")
        time.sleep(0.05)
    return False


def _carriers(run: Callable[[str], ShellResult], token: str) -> list[int] | None:
    """Processes with the token; None where the asking process cannot see even its own environment."""
    variable = f"{RUN_VARIABLE}={token}"
    result = run(
        f"grep -l {RUN_VARIABLE}= /proc/self/environ 2>/dev/null;"
        f" grep -l {variable} /proc/[0-9]*/environ 2>/dev/null"
    )
    lines = [line.strip() for line in result.stdout.splitlines()]
    if "/proc/self/environ" not in lines:
        return None
    return [int(match.group(1)) for line in lines if (match := _ENVIRON.match(line))]
