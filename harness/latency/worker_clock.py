"""Time of an invoke on every clock there is; imported by the worker, so numpy is all it may need."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import numpy

__all__ = ["WaitClock", "main_wait_ns", "time_invokes", "time_invokes_and_waits", "with_extra_work"]


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
    """How long the threads of this process ran, and how long they could have run while others had the CPU.

    Linux' time on the CPU and `run_delay`: the first two numbers of
    /proc/PID/task/TID/schedstat (Documentation/scheduler/sched-stats.rst).
    Threads that begin later are not seen. A wait is booked when it ends.
    """

    def __init__(self, tasks: str = "/proc/self/task") -> None:
        self._files: list[int] = []
        self._last: list[tuple[int, int]] = []
        try:
            self._files = [os.open(f"{tasks}/{each}/schedstat", os.O_RDONLY) for each in os.listdir(tasks)]  # noqa: PTH208
            told = [os.pread(each, 100, 0).split() for each in self._files]
            self._last = [(int(ran), int(waited)) for ran, waited, _ in told]
        except (OSError, ValueError):
            self.close()
        if not any(ran for ran, _ in self._last):  # a kernel that keeps no account tells zeros
            self.close()
        self._first = list(self._last)

    @property
    def works(self) -> bool:
        """Whether this system tells."""
        return bool(self._files)

    def read_ns(self) -> tuple[int, int]:
        """Nanoseconds run and waited, summed over threads. One that has ended stays as it was."""
        ran = waited = 0
        for number, each in enumerate(self._files):
            try:
                words = os.pread(each, 100, 0).split()
                self._last[number] = (int(words[0]), int(words[1]))
            except (OSError, IndexError):
                pass
            ran += self._last[number][0]
            waited += self._last[number][1]
        return ran, waited

    def threads_ns(self) -> list[tuple[int, int]]:
        """Nanoseconds that each thread ran and waited since the clock was made."""
        self.read_ns()
        return [
            (ran - ran_first, waited - waited_first)
            for (ran, waited), (ran_first, waited_first) in zip(self._last, self._first, strict=True)
        ]

    def close(self) -> None:
        """Read no more."""
        for each in self._files:
            os.close(each)
        self._files = []


def time_invokes_and_waits(
    invoke: Callable[[], None], count: int, max_ms: float, waits: WaitClock
) -> dict[str, list[int]]:
    """Of up to `count` invokes within `max_ms`: wall time, CPU time, and what threads ran and waited.

    All in nanoseconds. The account is read between the timed regions, once for
    each invoke: what is booked by then belongs to it.
    """
    wall: list[int] = []
    cpu: list[int] = []
    run: list[int] = []
    wait: list[int] = []
    deadline = time.perf_counter_ns() + int(max_ms * 1e6)
    ran, waited = waits.read_ns()
    for _ in range(count):
        [wall_ns], [cpu_ns] = time_invokes(invoke, 1, 0)
        ran_now, waited_now = waits.read_ns()
        wall.append(wall_ns)
        cpu.append(cpu_ns)
        run.append(ran_now - ran)
        wait.append(waited_now - waited)
        ran, waited = ran_now, waited_now
        if time.perf_counter_ns() >= deadline:
            break
    return {"wall_ns": wall, "cpu_ns": cpu, "wait_ns": wait, "run_ns": run}


def main_wait_ns(account: str = "/proc/self/schedstat") -> int | None:
    """How long the main thread has waited for a CPU; None where the system does not tell."""
    try:
        with open(account, encoding="ascii") as file:  # noqa: PTH123
            ran, waited, _ = file.read().split()
    except (OSError, ValueError):
        return None
    return int(waited) if int(ran) else None


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
