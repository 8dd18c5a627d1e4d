"""Time of an invoke on every clock there is; imported by the worker, so numpy is all it may need."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import numpy

__all__ = ["WaitClock", "time_invokes", "time_invokes_and_waits", "with_extra_work"]


def time_invokes(invoke: Callable[[], None], count: int, max_ms: float) -> tuple[list[int], list[int]]:
    """Wall and process CPU time in nanoseconds of up to `count` invokes, at least one, within `max_ms`."""
    wall, cpu = [], []
    clock, cpu_clock = time.perf_counter_ns, time.process_time_ns
    deadline = clock() + int(max_ms * 1e6)
    for _ in range(count):
        cpu_start = cpu_clock()
        start = clock()
        invoke()
        end = clock()
        cpu.append(cpu_clock() - cpu_start)
        wall.append(end - start)
        if end >= deadline:
            break
    return wall, cpu


class WaitClock:
    """How long the threads of this process could have run while other processes had the CPU.

    Linux' `run_delay`: second number of /proc/PID/task/TID/schedstat
    (Documentation/scheduler/sched-stats.rst). Threads that begin later are not seen.
    """

    def __init__(self, tasks: str = "/proc/self/task") -> None:
        self._files: list[int] = []
        self._last_ns: list[int] = []
        try:
            self._files = [os.open(f"{tasks}/{each}/schedstat", os.O_RDONLY) for each in os.listdir(tasks)]  # noqa: PTH208
            told = [os.pread(each, 100, 0).split() for each in self._files]
            self._last_ns = [int(waited_ns) for _, waited_ns, _ in told]
            ran = any(int(ran_ns) for ran_ns, _, _ in told)
        except (OSError, ValueError):
            ran = False
        if not ran:  # a kernel that keeps no account tells zeros
            self.close()

    @property
    def works(self) -> bool:
        """Whether this system tells."""
        return bool(self._files)

    def read_ns(self) -> int:
        """Nanoseconds since each thread began, summed over threads. One that has ended waits no more."""
        for number, each in enumerate(self._files):
            try:
                self._last_ns[number] = int(os.pread(each, 100, 0).split()[1])
            except (OSError, IndexError):
                continue
        return sum(self._last_ns)

    def close(self) -> None:
        """Read no more."""
        for each in self._files:
            os.close(each)
        self._files = []


def time_invokes_and_waits(
    invoke: Callable[[], None], count: int, waits: WaitClock
) -> tuple[list[int], list[int], list[int]]:
    """Wall time, CPU time, and time waited for a CPU, in nanoseconds, of `count` invokes."""
    wall, cpu, waited = [], [], []
    for _ in range(count):
        wait_start = waits.read_ns()
        [wall_ns], [cpu_ns] = time_invokes(invoke, 1, 0)
        waited.append(waits.read_ns() - wait_start)
        wall.append(wall_ns)
        cpu.append(cpu_ns)
    return wall, cpu, waited


def with_extra_work(invoke: Callable[[], None], repeats: int) -> Callable[[], None]:
    """The invoke and after it `repeats` times a small operation, some hundred nanoseconds each.

    It makes a slowdown of a known size for calibration: real work on the same
    core in the same region, which contention stretches as it stretches a model.
    What it touches is small enough to leave the model's data in the caches.
    """
    if not repeats:
        return invoke

    def more() -> None:
        invoke()
        for _ in range(repeats):
            numpy.sqrt(_OPERAND, out=_RESULT)

    return more


_OPERAND = numpy.linspace(0.0, 1.0, 512, dtype=numpy.float32)
_RESULT = numpy.empty_like(_OPERAND)
