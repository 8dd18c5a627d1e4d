"""What can be wrong with a simulated phone: one small class a fault.

Every hook of `Fault` does nothing; a fault overrides the one it needs. Faults
that strike once have `struck`, so that a retry meets a healthy phone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import ClassVar

from harness.errors import UnknownNameError, UsageError

__all__ = ["FAULTS", "DropConnection", "Fault", "Restart", "parse_fault", "parse_faults"]


class DropConnection(Exception):
    """The daemon is to close the connection at once."""


class Restart(DropConnection):
    """The daemon is to close everything and come back later; `reboot` ends all processes too."""

    def __init__(self, *, reboot: bool) -> None:
        super().__init__("reboot" if reboot else "restart")
        self.reboot = reboot


class Fault:
    """One thing that is wrong."""

    name: ClassVar[str]
    meaning: ClassVar[str]
    unit: ClassVar[str | None] = None
    """What the number after `=` counts; None where there is none."""
    default: ClassVar[int] = 0
    most: ClassVar[int] = 10**12

    def __init__(self, number: int | None = None) -> None:
        self.number = self.default if number is None else number
        self.struck = False

    def accepts_key(self) -> bool:
        """Whether the user of the phone allows an unknown computer."""
        return True

    def answers(self) -> bool:
        """Whether the daemon answers at all."""
        return True

    def push_limit(self) -> int | None:
        """How many bytes of a pushed file may come before `strike`; None: all of them."""
        return None

    def output_limit(self) -> int | None:
        """How many bytes of commands' output, all together, may leave before `strike`; None: all of them."""
        return None

    def strike(self) -> None:
        """A limit was reached: raises DropConnection."""
        self.struck = True
        raise DropConnection

    def on_benchmark(self) -> None:
        """When the benchmark has begun its measured runs; may raise DropConnection."""

    def output(self, data: bytes) -> bytes:
        """What leaves of a piece of a command's output; after a piece that was cut nothing follows."""
        return data

    def keeps_exit_code(self) -> bool:
        """Whether shell v2 sends its exit packet."""
        return True

    def delay_s(self, count_bytes: int) -> float:
        """How long so many bytes take on their way."""
        return 0.0

    def capacity_bytes(self) -> int | None:
        """How much fits on the phone, where it differs."""
        return None

    def refuses_to_execute(self, path: str) -> str | None:
        """Why a pushed file is not executed."""
        return None

    def properties(self) -> dict[str, str]:
        """Properties that differ."""
        return {}

    def battery_percent(self) -> int | None:
        """The battery's level, where it differs."""
        return None

    def throttling(self, busy_s: float, idle_s: float) -> int:
        """Android's thermal status after so much work and rest."""
        return 0

    def line(self, text: str) -> str:
        """One line of the benchmark's log as it is printed."""
        return text


class Unauthorized(Fault):
    """The dialog on the phone is never accepted."""

    name, meaning = "unauthorized", "the phone's user never allows USB debugging"

    def accepts_key(self) -> bool:
        return False


class Offline(Fault):
    """The daemon is there and says nothing."""

    name, meaning = "offline", "the daemon takes connections and never answers"

    def answers(self) -> bool:
        return False


class DropPush(Fault):
    """Once, in the middle of a push."""

    name, meaning = "drop-push", "the connection drops once, after N bytes of a push"
    unit, default = "bytes", 50_000

    def push_limit(self) -> int | None:
        return None if self.struck else self.number


class DropOutput(Fault):
    """Once, in the middle of a command's output."""

    name, meaning = "drop-output", "the connection drops once, after N bytes of commands' output"
    unit, default = "bytes", 2_000

    def output_limit(self) -> int | None:
        return None if self.struck else self.number


class DaemonRestart(Fault):
    """The daemon restarts once; what runs on the phone goes on."""

    name, meaning = "restart", "the daemon restarts once, after N bytes of commands' output"
    unit, default = "bytes", 2_000

    def output_limit(self) -> int | None:
        return None if self.struck else self.number

    def strike(self) -> None:
        self.struck = True
        raise Restart(reboot=False)


class Reboot(Fault):
    """The phone reboots during a benchmark: once by default."""

    name, meaning = "reboot", "the phone reboots during the first N benchmarks"
    unit, default = "launches", 1

    def on_benchmark(self) -> None:
        if self.number > 0:
            self.number -= 1
            raise Restart(reboot=True)


class MarkerLost(Fault):
    """The end of the output never arrives: no exit packet, no printed marker."""

    name, meaning = "marker-lost", "the end of commands' output is lost N times, exit code included"
    unit, default = "times", 1
    _MARKER = re.compile(rb"[0-9a-f]{32}-out:\d")

    def output(self, data: bytes) -> bytes:
        marker = self._MARKER.search(data)
        if self.number > 0 and marker:
            self.number -= 1
            return data[: marker.start()]
        return data

    def keeps_exit_code(self) -> bool:
        if self.number <= 0:
            return True
        self.number -= 1
        return False


class SlowLink(Fault):
    """A bad cable, a busy network."""

    name, meaning = "slow-link", "N kilobytes a second in each direction"
    unit, default = "kB/s", 200

    def delay_s(self, count_bytes: int) -> float:
        return count_bytes / (1000 * max(1, self.number))


class StorageFull(Fault):
    """Little fits."""

    name, meaning = "storage-full", "only N kilobytes fit on the phone"
    unit, default = "kB", 100

    def capacity_bytes(self) -> int | None:
        return self.number * 1000


class ExecDenied(Fault):
    """Nothing that was pushed may run."""

    name, meaning = "exec-denied", "pushed files may not be executed (SELinux, noexec)"

    def refuses_to_execute(self, path: str) -> str | None:
        return f"{path}: can't execute: Permission denied"


class WrongAbi(Fault):
    """A 32-bit userland on a 64-bit chip."""

    name, meaning = "wrong-abi", "the userland is 32-bit only and executes no 64-bit file"

    def properties(self) -> dict[str, str]:
        return {"ro.product.cpu.abi": "armeabi-v7a", "ro.product.cpu.abilist": "armeabi-v7a,armeabi"}

    def refuses_to_execute(self, path: str) -> str | None:
        return f"{path}: not executable: 64-bit ELF file"


class Throttling(Fault):
    """Work heats it: a step of thermal status for every N seconds of work, one back for as much rest."""

    name, meaning = "throttling", "thermal status rises one step every N seconds of benchmarking"
    unit, default = "seconds", 2

    def throttling(self, busy_s: float, idle_s: float) -> int:
        heated = int(busy_s / self.number) if self.number else 3 * (busy_s > 0)
        return max(0, min(3, heated) - int(idle_s / max(1, self.number)))


class LowBattery(Fault):
    """Nearly empty."""

    name, meaning = "low-battery", "the battery is at N percent and not charging"
    unit, default, most = "percent", 9, 100

    def battery_percent(self) -> int | None:
        return self.number


class NoBattery(Fault):
    """A board or a television box."""

    name, meaning = "no-battery", "the device has no battery; its service lists one of level 0"


class ShiftedSensors(Fault):
    """Samsung's thermal HAL."""

    name, meaning = (
        "shifted-sensors",
        "the thermal HAL numbers its sensors otherwise; only their names are right",
    )


class OldTool(Fault):
    """TensorFlow 2.4."""

    name, meaning = "old-tool", "the benchmark tool is that of TensorFlow 2.4: bare --help, no percentiles"

    def line(self, text: str) -> str:
        return re.sub(r" p5=\d+ median=\d+ p95=\d+", "", text)


class NnapiAbsent(Fault):
    """No library."""

    name, meaning = "nnapi-absent", "the phone has no NNAPI"


class NnapiPartial(Fault):
    """Only convolutions."""

    name, meaning = "nnapi-partial", "the accelerator supports convolutions only"


class NnapiNone(Fault):
    """Nothing."""

    name, meaning = "nnapi-none", "the accelerator supports no operation: all of it runs on the CPU"


class GpuInitFailure(Fault):
    """No OpenCL library."""

    name, meaning = "gpu-init", "the GPU delegate cannot be initialised"


class GpuPartial(Fault):
    """Some operations are missing."""

    name, meaning = "gpu-partial", "the GPU supports convolutions only"


class GpuCrash(Fault):
    """The driver takes the process down."""

    name, meaning = "gpu-crash", "the GPU driver crashes the process (SIGSEGV)"


class Hang(Fault):
    """The tool never ends."""

    name, meaning = "hang", "the first N benchmarks never end"
    unit, default = "launches", 1_000_000


class UnknownFlags(Fault):
    """An old or differently built tool."""

    name, meaning = (
        "unknown-flags",
        "the benchmark tool was built without NNAPI and GPU and ignores their flags",
    )


class GarbledLog(Fault):
    """Bytes of the log are overwritten."""

    name, meaning = "garbled-log", "parts of the benchmark's log are unreadable"

    def line(self, text: str) -> str:
        return (
            re.sub(r"(?<=[=:,])\s*[0-9.]+", "\ufffd\x1b", text)
            if "count=" in text or "timings" in text
            else text
        )


FAULTS: dict[str, type[Fault]] = {
    fault.name: fault
    for fault in (
        Unauthorized,
        Offline,
        DropPush,
        DropOutput,
        DaemonRestart,
        Reboot,
        MarkerLost,
        SlowLink,
        StorageFull,
        ExecDenied,
        WrongAbi,
        Throttling,
        LowBattery,
        NoBattery,
        ShiftedSensors,
        OldTool,
        NnapiAbsent,
        NnapiPartial,
        NnapiNone,
        GpuInitFailure,
        GpuPartial,
        GpuCrash,
        Hang,
        UnknownFlags,
        GarbledLog,
    )
}
"""Every fault by its name on the command line."""


def parse_fault(text: str) -> Fault:
    """`name` or `name=N`. Raises UnknownNameError, UsageError."""
    name, equals, number = text.partition("=")
    if name not in FAULTS:
        raise UnknownNameError("fault", name, FAULTS, list_command="harness devices simulate --help")
    kind = FAULTS[name]
    if not equals:
        return kind()
    known = number.isascii() and number.isdigit() and len(number) <= 13
    if kind.unit is None or not known or int(number) > kind.most:
        shape = f"{name}=N (N: 0 to {kind.most} {kind.unit})" if kind.unit else f"{name}, without a number"
        raise UsageError(f"--fault {text}: expected {shape}")
    return kind(int(number))


def parse_faults(texts: Iterable[str]) -> tuple[Fault, ...]:
    """All of them; see parse_fault."""
    return tuple(parse_fault(text) for text in texts)
