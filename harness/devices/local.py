"""This computer: what identifies it, and its state before and after a launch."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from harness.devices.android.kept import KeptFiles, kept_files, write_whole
from harness.devices.android.lock import last_owner
from harness.devices.android.owner import this_process
from harness.devices.control_group import cpu_quota
from harness.devices.kernel_file import ask_system, read_kernel_file
from harness.devices.profile import DeviceProfile
from harness.errors import HarnessError
from harness.records.launch import DeviceState

__all__ = ["LocalDevice", "seen_measuring"]

_GOVERNOR = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")


class LocalDevice:
    """The computer harness runs on."""

    simulated = False

    def __init__(self, profile: DeviceProfile) -> None:
        self.profile = profile
        self._last_cpu = ask_system(psutil.cpu_times)

    @property
    def cpu_count(self) -> int:
        """CPUs this process may use, which a container or taskset can make fewer than there are."""
        if hasattr(os, "sched_getaffinity"):
            return len(os.sched_getaffinity(0))
        return os.cpu_count() or 1

    def fingerprint(self) -> tuple[tuple[str, str], ...]:
        """Processor, cores, memory and system software."""
        return (
            ("system", f"{platform.system()} {platform.release()}"),
            ("machine", platform.machine()),
            ("processor", _processor_name()),
            ("cpus", str(ask_system(psutil.cpu_count) or os.cpu_count() or 0)),
            ("cpus_usable", str(self.cpu_count)),
            *_memory(),
            ("virtualized", _hypervisor()),
            ("python", platform.python_version()),
            *_quota(),
        )

    def state(self) -> DeviceState:
        """Load, steal since the last call, frequency, battery, temperature; None where unreadable."""
        frequency = _frequency()
        battery = ask_system(lambda: psutil.sensors_battery())
        load = ask_system(lambda: os.getloadavg())
        return DeviceState(
            load_1m=load[0] if load else None,
            steal_percent=self._steal_percent(),
            cpu_frequency_mhz=frequency[0],
            cpu_frequency_max_mhz=frequency[1],
            governor=read_kernel_file(_GOVERNOR),
            battery_percent=battery.percent if battery else None,
            on_battery=not battery.power_plugged if battery else None,
            temperature_c=_temperature_c(),
        )

    def _steal_percent(self) -> float | None:
        now, before = ask_system(psutil.cpu_times), self._last_cpu
        if now is None or before is None or not hasattr(now, "steal"):
            return None
        elapsed = sum(now) - sum(before)
        if elapsed <= 0:
            return None  # called again within one clock tick
        self._last_cpu = now
        return 100.0 * max(0.0, now.steal - before.steal) / elapsed


def _memory() -> tuple[tuple[str, str], ...]:
    memory = ask_system(psutil.virtual_memory)
    return (("memory_bytes", str(memory.total)),) if memory else ()


@contextmanager
def seen_measuring(*, on_notice: Callable[[str], None]) -> Iterator[None]:
    """Other harness processes see within the block that this one measures here, and this one is told of them.

    Nobody is refused: what each does to the other is measured, and marked where it cannot be undone.
    """
    try:
        kept = kept_files("this computer")
        lock = FileLock(kept.lock, timeout=0)
        lock.acquire()
    except Timeout:
        who = last_owner(kept.owner) or "another harness process"
        on_notice(f"{who} measures on this computer, too: each disturbs the other's times")
        yield
        return
    except (HarnessError, OSError):  # where nothing can be kept nobody can be seen
        yield
        return
    with lock, _named(kept):
        yield


@contextmanager
def _named(kept: KeptFiles) -> Iterator[None]:
    try:
        write_whole(kept.owner, this_process(kept.host_id).to_json())
        yield
    finally:
        kept.owner.unlink(missing_ok=True)


def _quota() -> tuple[tuple[str, str], ...]:
    quota = cpu_quota()
    return (("cpu_quota", f"{quota:g}"),) if quota is not None else ()


def _processor_name() -> str:
    """The name in /proc/cpuinfo, which `platform.processor()` lacks on Linux."""
    for line in (read_kernel_file(Path("/proc/cpuinfo")) or "").splitlines():
        if line.lower().startswith(("model name", "hardware")):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _hypervisor() -> str:
    flags = next(
        (
            line
            for line in (read_kernel_file(Path("/proc/cpuinfo")) or "").splitlines()
            if line.startswith("flags")
        ),
        "",
    )
    return "yes" if " hypervisor" in flags else "not seen"


def _frequency() -> tuple[float | None, float | None]:
    frequency = ask_system(psutil.cpu_freq)
    # Some systems answer None, some 0, where they do not know.
    return getattr(frequency, "current", None) or None, getattr(frequency, "max", None) or None


def _temperature_c() -> float | None:
    groups = ask_system(lambda: psutil.sensors_temperatures()) or {}
    readings = [each.current for group in groups.values() for each in group if each.current]
    return max(readings, default=None)
