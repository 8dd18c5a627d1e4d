"""/proc and /sys of the simulated phone."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from harness.simulated_phone.files import Maker
from harness.simulated_phone.model import Cluster

if TYPE_CHECKING:
    from harness.simulated_phone.phone import Phone

__all__ = ["add_kernel_files"]

_CPU = "/sys/devices/system/cpu"
_ZONES = (
    ("cpu-0-0-usr", "cpu"),
    ("cpu-1-0-usr", "cpu"),
    ("gpuss-0-usr", "gpu"),
    ("skin-therm", "skin"),
    ("battery", "battery"),
)


def add_kernel_files(phone: Phone) -> None:
    """Let the phone's virtual files exist."""
    files = phone.files.virtual
    files.per_process = phone.processes.files
    last = phone.model.cpus[-1]
    for name in ("online", "possible", "present"):
        files.add(f"{_CPU}/{name}", lambda _: f"0-{last}\n".encode())
    for cluster in phone.model.clusters:
        for cpu in cluster.cpus:
            _add_cpu(phone, cluster, cpu)
    _add_thermal(phone)
    _add_proc(phone)
    supply = "/sys/class/power_supply/battery"
    files.add(f"{supply}/capacity", lambda _: f"{phone.condition.battery_percent}\n".encode())
    files.add(f"{supply}/temp", lambda _: f"{phone.condition.temperature_c('battery') * 10:.0f}\n".encode())
    files.add(f"{supply}/status", lambda _: b"Charging\n" if phone.condition.charging else b"Discharging\n")


def _add_cpu(phone: Phone, cluster: Cluster, cpu: int) -> None:
    files, folder = phone.files.virtual, f"{_CPU}/cpu{cpu}"
    facts = {
        "cpuinfo_max_freq": cluster.max_khz,
        "cpuinfo_min_freq": cluster.frequencies_khz[0],
        "scaling_min_freq": cluster.frequencies_khz[0],
        "scaling_governor": "schedutil",
        "related_cpus": " ".join(map(str, cluster.cpus)),
        "scaling_available_frequencies": " ".join(map(str, cluster.frequencies_khz)),
    }
    files.add(f"{folder}/cpu_capacity", lambda _: f"{cluster.capacity}\n".encode())
    for name, value in facts.items():
        files.add(f"{folder}/cpufreq/{name}", _always(value))
    for name in ("scaling_cur_freq", "scaling_max_freq"):
        files.add(f"{folder}/cpufreq/{name}", lambda _: f"{phone.condition.cap_khz(cluster)}\n".encode())
    files.add(f"{folder}/cpufreq/stats/time_in_state", lambda _: phone.residency(cluster))


def _add_thermal(phone: Phone) -> None:
    files = phone.files.virtual
    for number, (name, kind) in enumerate(_ZONES):
        zone = f"/sys/class/thermal/thermal_zone{number}"
        files.add(f"{zone}/type", _always(name))
        files.add(f"{zone}/temp", _millidegrees(phone, kind))
    files.add("/sys/class/thermal/cooling_device0/type", lambda _: b"thermal-cpufreq-0\n")
    files.add("/sys/class/thermal/cooling_device0/cur_state", lambda _: f"{phone.condition.heat}\n".encode())


def _always(value: object) -> Maker:
    return lambda _: f"{value}\n".encode()


def _millidegrees(phone: Phone, kind: str) -> Maker:
    return lambda _: f"{phone.condition.temperature_c(kind) * 1000:.0f}\n".encode()


def _add_proc(phone: Phone) -> None:
    add = phone.files.virtual.add
    add("/proc/sys/kernel/random/boot_id", lambda _: f"{phone.boot_id}\n".encode())
    add("/proc/version", lambda _: b"Linux version 4.14.0-simulated (harness) aarch64\n")
    add("/proc/uptime", lambda _: f"{time.monotonic() - phone.booted_at:.2f} 0.00\n".encode())
    add("/proc/loadavg", lambda _: f"{phone.load():.2f} 0.10 0.05 1/700 4000\n".encode())
    add("/proc/stat", lambda _: _processor_time(phone))
    add("/proc/cpuinfo", lambda _: _cpuinfo(phone))
    memory = f"MemTotal: {phone.model.memory_kb:>12} kB\nMemAvailable: {phone.model.memory_kb // 2:>8} kB\n"
    add("/proc/meminfo", lambda _: memory.encode())


def _processor_time(phone: Phone) -> bytes:
    """Time since boot in 10 ms; while a benchmark runs one core is busy, otherwise all of them rest."""
    up, busy = time.monotonic() - phone.booted_at, phone.condition.busy_s
    cores = len(phone.model.cpus)
    rows = [("cpu ", busy, cores * up - busy), ("cpu0", busy, up - busy)]
    rows += [(f"cpu{number}", 0.0, up) for number in range(1, cores)]
    lines = [f"{name} {on * 100:.0f} 0 0 {max(0.0, off) * 100:.0f} 0 0 0 0 0 0\n" for name, on, off in rows]
    return "".join(lines).encode()


def _cpuinfo(phone: Phone) -> bytes:
    parts = {cpu: cluster.part for cluster in phone.model.clusters for cpu in cluster.cpus}
    text = "".join(
        f"processor\t: {cpu}\nCPU implementer\t: 0x51\nCPU part\t: {parts[cpu]}\n\n"
        for cpu in phone.model.cpus
    )
    return f"{text}Hardware\t: simulated by harness\n".encode()
