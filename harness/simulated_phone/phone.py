"""One simulated phone: its files, its processes, its state, and how its commands are executed."""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from harness.simulated_phone import commands  # noqa: F401 - enters every command in the register
from harness.simulated_phone.condition import Condition
from harness.simulated_phone.faults import Fault, Restart
from harness.simulated_phone.files import PhoneFiles, normalise
from harness.simulated_phone.kernel_files import add_kernel_files
from harness.simulated_phone.model import Cluster, PhoneModel
from harness.simulated_phone.processes import Killed, Process, ProcessTable
from harness.simulated_phone.shell.builtins import Exit
from harness.simulated_phone.shell.context import COMMANDS, BadArgument, Context, Program
from harness.simulated_phone.shell.run import Shell, Streams
from harness.simulated_phone.userland import ANDROID, Userland

__all__ = ["SERIAL", "Phone"]

_PATH = {
    "PATH": "/system/bin:/vendor/bin",
    "HOME": "/",
    "TMPDIR": "/data/local/tmp",
    "SHELL": "/system/bin/sh",
}

SERIAL = "SIMULATED4"


class Phone:
    """The phone behind the daemon."""

    def __init__(
        self,
        model: PhoneModel,
        folder: Path,
        *,
        serial: str = SERIAL,
        faults: Sequence[Fault] = (),
        userland: Userland = ANDROID,
    ) -> None:
        self.model = model
        self.faults = list(faults)
        self.userland = userland
        sizes = [size for fault in faults if (size := fault.capacity_bytes()) is not None]
        self.files = PhoneFiles(
            folder,
            capacity_bytes=min(sizes, default=model.capacity_bytes),
            writable=userland.writable,
        )
        mask = sum(1 << cpu for cpu in model.cpus)
        self.processes = ProcessTable(mask)
        self.condition = Condition(self.faults)
        self.properties = model.properties(serial)
        for fault in faults:
            self.properties.update(fault.properties())
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._time_in_state: dict[tuple[int, int], float] = {}
        self.on_restart: Callable[[Restart], None] | None = None
        """Set by the daemon: what a reboot means for its connections."""
        self._boot()
        add_kernel_files(self)

    def _boot(self) -> None:
        self.boot_id = str(uuid.uuid4())
        self.booted_at = self._last_looked = time.monotonic()

    def add_fault(self, fault: Fault) -> None:
        """From now on this is wrong too. Only how much fits on the phone was settled at its start."""
        self.faults.append(fault)
        self.properties.update(fault.properties())

    def has_fault(self, kind: type[Fault]) -> bool:
        """Whether a fault of that kind is on."""
        return any(isinstance(fault, kind) for fault in self.faults)

    def keep(self, thread: threading.Thread) -> None:
        """Remember a thread in which processes run, to wait for its end when the phone is switched off."""
        with self._lock:
            self._threads = [each for each in self._threads if each.is_alive() or each.ident is None]
            self._threads.append(thread)

    def run(self, script: str, streams: Streams, environment: Mapping[str, str] | None = None) -> int:
        """Run a script in a shell of its own and return its exit code, 128 + n for a signal."""
        words = ("/system/bin/sh", "-c", script)
        process = self.processes.start(words, {**_PATH, **(environment or {})})
        try:
            return Shell(self, process, process.environment).run_text(script, streams)
        except Killed as killed:
            return 128 + killed.signal
        finally:
            self.processes.finish(process)

    def run_lines(self, streams: Streams) -> int:
        """An interactive shell: one line after another, until the end of input or `exit`."""
        process = self.processes.start(("/system/bin/sh", "-"), _PATH)
        shell = Shell(self, process, process.environment)
        try:
            while line := streams.stdin.readline():
                shell.run_line(line.decode("utf-8", "surrogateescape"), streams)
            return shell.status
        except Exit as leaving:
            return leaving.code
        except Killed as killed:
            return 128 + killed.signal
        finally:
            self.processes.finish(process)

    def execute(
        self,
        words: list[str],
        environment: Mapping[str, str],
        streams: Streams,
        *,
        parent: Process,
        cwd: str,
        cpu_mask: int | None = None,
    ) -> int:
        """Run one command in a process of its own and return its exit code."""
        program = self._program(words[0], cwd)
        if isinstance(program, str):
            streams.stderr.write(f"/system/bin/sh: {program}\n".encode("utf-8", "surrogateescape"))
            return 127 if program.endswith("not found") else 126
        process = self.processes.start(tuple(words), environment, parent=parent, cpu_mask=cpu_mask)
        context = Context(
            self,
            process,
            words[1:],
            words[0].rsplit("/", 1)[-1],
            cwd,
            streams.stdin,
            streams.stdout,
            streams.stderr,
        )
        try:
            return program(context)
        except Killed as killed:
            names = {6: "Aborted", 9: "Killed", 11: "Segmentation fault", 15: "Terminated"}
            streams.stderr.write(f"{names.get(killed.signal, f'Signal {killed.signal}')} \n".encode())
            return 128 + killed.signal
        except BadArgument as problem:
            return context.fail(str(problem))
        except OSError as error:
            return context.fail(error.strerror or os.strerror(error.errno or 5))
        finally:
            self.processes.finish(process)

    def _program(self, name: str, cwd: str) -> Program | str:
        """What a command's name means, or why it means nothing."""
        bare = name.removeprefix("/system/bin/")
        if "/" not in bare:
            known = COMMANDS.get(bare) if self.userland.has(bare) else None
            return known or f"{name}: inaccessible or not found"
        path = normalise(name, cwd)
        if not self.files.exists(path):
            return f"{name}: not found"
        if self.files.is_folder(path) or not self.files.stat(path).mode & 0o111 or path.startswith("/sdcard"):
            return f"{name}: can't execute: Permission denied"
        refused = next((why for fault in self.faults if (why := fault.refuses_to_execute(name))), None)
        if refused:
            return refused
        if "benchmark_model" in path.rsplit("/", 1)[-1]:
            return COMMANDS["benchmark_model"]
        if self.files.read(path).startswith(b"#!"):
            return lambda context: self._run_file(path, context)
        return f"{name}: not executable: this simulated phone runs shell scripts and benchmark_model only"

    def _run_file(self, path: str, context: Context) -> int:
        shell = Shell(self, context.process, context.process.environment, context.cwd, context.arguments)
        text = self.files.read(path).decode("utf-8", "surrogateescape")
        return shell.run_text(text, Streams(context.stdin, context.stdout, context.stderr))

    def residency(self, cluster: Cluster) -> bytes:
        """`time_in_state` of a cluster, in 10 ms: time since the last look is given to the clock it has."""
        now = time.monotonic()
        since, self._last_looked = now - self._last_looked, now
        for each in self.model.clusters:
            key = (each.cpus[0], self.condition.cap_khz(each))
            self._time_in_state[key] = self._time_in_state.get(key, 0.0) + since
        rows = [
            (step, self._time_in_state.get((cluster.cpus[0], step), 0.0)) for step in cluster.frequencies_khz
        ]
        return "".join(f"{step} {seconds * 100:.0f}\n" for step, seconds in rows).encode()

    def load(self) -> float:
        """Processes that run now."""
        return float(sum("benchmark_model" in process.arguments[0] for process in self.processes.running()))

    def restart(self, restart: Restart) -> None:
        """What a fault or `reboot` asked for: a reboot ends all processes and gives a new boot id."""
        # The link goes first: how the processes end is not told to anyone any more.
        if self.on_restart is not None:
            self.on_restart(restart)
        if restart.reboot:
            self.processes.kill_all()
            self.condition.rebooted()
            self._boot()

    def switch_off(self) -> list[threading.Thread]:
        """End every process and wait until its thread is gone; the threads that did not end."""
        deadline = time.monotonic() + 10.0
        while True:
            self.processes.kill_all()
            with self._lock:
                left = [thread for thread in self._threads if thread.is_alive()]
            if not left or time.monotonic() > deadline:
                return left
            left[0].join(timeout=0.1)
