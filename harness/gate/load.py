"""What else happens on the machine while the gate is calibrated: a core burns, or less of it is allowed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from harness.devices.control_group import limited
from harness.records.vocabulary import Condition

__all__ = ["under"]

# Ends by itself when its parent has gone, so that nothing keeps burning after a crash.
_BURN = """
import os, sys, time
on_s, off_s, parent = float(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
while os.getppid() == parent:
    left = on_s
    while left > 0 and os.getppid() == parent:
        end = time.monotonic() + min(left, 0.2)
        while time.monotonic() < end:
            sum(range(1000))
        left -= 0.2
    time.sleep(off_s)
"""
_SECONDS = {Condition.BUSY: (1.0, 0.0), Condition.BURSTS: (5.0, 5.0)}
_LIMIT_CPUS = 0.5


@contextmanager
def under(condition: Condition) -> Iterator[None]:
    """The block runs while the machine is in this condition. Raises UsageError where it cannot be."""
    if condition is Condition.LIMITED:
        with limited(_LIMIT_CPUS):
            yield
    elif condition in _SECONDS:
        with _burning(*_SECONDS[condition]):
            yield
    else:
        yield


@contextmanager
def _burning(on_s: float, off_s: float) -> Iterator[None]:
    arguments = [str(on_s), str(off_s), str(os.getpid())]
    # Pipes it inherited would stay open as long as it burns.
    nothing = subprocess.DEVNULL
    process = subprocess.Popen(
        [sys.executable, "-c", _BURN, *arguments], stdin=nothing, stdout=nothing, stderr=nothing
    )
    try:
        yield
    finally:
        process.kill()
        process.wait()
