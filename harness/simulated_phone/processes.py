"""The phone's processes: ids, environments, and the signals that end them. No process of this computer."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Killed", "Process", "ProcessTable", "cpu_list"]


_LONGEST_S = 1e6


class Killed(Exception):
    """Raised inside a process that a signal has ended."""

    def __init__(self, signal: int) -> None:
        super().__init__(f"signal {signal}")
        self.signal = signal


@dataclass(slots=True)
class Process:
    """One running command of the phone."""

    pid: int
    parent: int
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    cpu_mask: int
    ignored: set[int] = field(default_factory=set)
    _signal: int | None = None
    _ended: threading.Event = field(default_factory=threading.Event)

    def kill(self, signal: int) -> None:
        """Send it a signal."""
        if signal not in self.ignored or signal == 9:
            self._signal = signal
            self._ended.set()

    def check(self) -> None:
        """Raise Killed when a signal has come."""
        if self._signal is not None:
            raise Killed(self._signal)

    def wait(self, seconds: float) -> None:
        """Sleep. Raises Killed as soon as a signal comes."""
        self._ended.wait(min(seconds, _LONGEST_S))
        self.check()


class ProcessTable:
    """All processes that run at one moment."""

    def __init__(self, cpu_mask: int) -> None:
        self._numbers = itertools.count(4001)
        self._running: dict[int, Process] = {}
        self._lock = threading.Lock()
        self._all_cpus = cpu_mask

    def start(
        self,
        arguments: tuple[str, ...],
        environment: Mapping[str, str],
        *,
        parent: Process | None = None,
        cpu_mask: int | None = None,
    ) -> Process:
        """Enter a new process; it inherits its parent's CPUs."""
        mask = cpu_mask or (parent.cpu_mask if parent else self._all_cpus)
        ignored = set(parent.ignored) if parent else set()
        with self._lock:
            process = Process(
                next(self._numbers), parent.pid if parent else 1, arguments, dict(environment), mask, ignored
            )
            self._running[process.pid] = process
        return process

    def finish(self, process: Process) -> None:
        """Take a process that has ended out of the table."""
        with self._lock:
            self._running.pop(process.pid, None)

    def find(self, pid: int) -> Process | None:
        """The running process of that id."""
        return self._running.get(pid)

    def running(self) -> list[Process]:
        """All of them, by id."""
        with self._lock:
            return [self._running[pid] for pid in sorted(self._running)]

    def kill_all(self) -> None:
        """The end of everything, as in a reboot."""
        for process in self.running():
            process.kill(9)

    def files(self) -> dict[int, dict[str, bytes]]:
        """What /proc/PID shows of each."""
        return {process.pid: _proc_files(process) for process in self.running()}


def cpu_list(mask: int) -> str:
    """The CPUs of a mask as the kernel lists them: `0-3,7`."""
    runs: list[list[int]] = []
    for cpu in range(mask.bit_length()):
        if not mask >> cpu & 1:
            continue
        if runs and runs[-1][-1] == cpu - 1:
            runs[-1].append(cpu)
        else:
            runs.append([cpu])
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def _proc_files(process: Process) -> dict[str, bytes]:
    name = process.arguments[0].rsplit("/", 1)[-1][:15]
    status = (
        f"Name:\t{name}\nState:\tS (sleeping)\nTgid:\t{process.pid}\nPid:\t{process.pid}\n"
        f"PPid:\t{process.parent}\nUid:\t2000\t2000\t2000\t2000\nVmHWM:\t   14336 kB\nThreads:\t1\n"
        f"Cpus_allowed:\t{process.cpu_mask:02x}\nCpus_allowed_list:\t{cpu_list(process.cpu_mask)}\n"
    )
    environ = "".join(f"{key}={value}\0" for key, value in process.environment.items())
    command = "".join(f"{each}\0" for each in process.arguments)
    return {
        "status": status.encode(),
        "environ": environ.encode("utf-8", "surrogateescape"),
        "cmdline": command.encode("utf-8", "surrogateescape"),
        "stat": f"{process.pid} ({name}) S {process.parent} 0 0\n".encode(),
    }
