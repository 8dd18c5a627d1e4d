"""What a phone is: everything that does not change while it runs, asked in one shell call."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.adb.base import BaseConnection
from harness.adb.errors import CommandTimeout
from harness.devices.android.ask import NO_ANSWER, Answer, Answers, ask_patiently
from harness.devices.android.properties import abis_of, is_emulator, parse_properties, sdk_of
from harness.devices.android.topology import TOPOLOGY_QUESTION, Topology, parse_topology

__all__ = ["FACT_QUESTIONS", "UNKNOWN", "PhoneFacts", "fingerprint_of", "parse_facts", "read_facts"]

UNKNOWN = "unknown"
"""Stands in a fingerprint for what the phone did not tell; never 0 and never empty."""

_ESSENTIAL = {
    "properties": "getprop",
    "topology": TOPOLOGY_QUESTION,
    "kernel": "uname -s -r -m",
    "memory": "cat /proc/meminfo",
    "boot_id": "cat /proc/sys/kernel/random/boot_id",
    "processors": "cat /proc/cpuinfo",
}

_SERVICES = {
    "gpu": "dumpsys SurfaceFlinger | grep GLES | head -n 1",
    "drivers": "service list | grep neuralnetworks",
    "old_drivers": "lshal | grep neuralnetworks",
    "thermal": "dumpsys thermalservice | grep -i HAL | head -n 4",
}
"""Questions Android's services answer; a service that hangs must not hide the rest."""

FACT_QUESTIONS: Mapping[str, str] = {**_ESSENTIAL, **_SERVICES}

_SERVICES_S = 40.0


@dataclass(frozen=True, slots=True)
class PhoneFacts:
    """What identifies a phone's hardware and system software. None: the phone does not tell."""

    properties: Mapping[str, str] = field(default_factory=dict)
    topology: Topology = field(default_factory=Topology)
    kernel: str | None = None
    machine: str | None = None
    memory_bytes: int | None = None
    boot_id: str | None = None
    processor: str | None = None
    gpu: str | None = None
    nn_drivers: tuple[str, ...] | None = None
    """Names of NNAPI's accelerators; () where the phone says it has none."""
    thermal_hal: str | None = None

    @property
    def abis(self) -> tuple[str, ...]:
        """Binary interfaces of the userland, best first."""
        return abis_of(self.properties, self.machine)

    @property
    def sdk(self) -> int | None:
        """Android's API level."""
        return sdk_of(self.properties)

    @property
    def emulator(self) -> bool:
        """Whether it is Android's emulator."""
        return is_emulator(self.properties)

    @property
    def simulated(self) -> bool:
        """Whether it is the phone that harness simulates."""
        return self.properties.get("ro.harness.simulated") == "1"

    @property
    def serial(self) -> str | None:
        """The phone's own serial number, the same over USB and over the network."""
        return self.properties.get("ro.serialno") or self.properties.get("ro.boot.serialno") or None


def read_facts(connection: BaseConnection) -> PhoneFacts:
    """Ask the phone. Raises what `Connection.shell` raises."""
    try:
        return parse_facts(ask_patiently(connection, FACT_QUESTIONS, timeout_s=_SERVICES_S))
    except CommandTimeout:
        return parse_facts(ask_patiently(connection, _ESSENTIAL))


def parse_facts(answers: Answers) -> PhoneFacts:
    """Facts from the answers to FACT_QUESTIONS. Pure; never raises on any text."""

    def answer(name: str) -> Answer:
        return answers.get(name, NO_ANSWER)

    kernel = _first_line(answer("kernel"))
    return PhoneFacts(
        properties=parse_properties(answer("properties").text),
        topology=parse_topology(answer("topology").text),
        kernel=kernel,
        machine=kernel.split()[-1] if kernel else None,
        memory_bytes=_memory_bytes(answer("memory").text),
        boot_id=_first_line(answer("boot_id")),
        processor=_processor(answer("processors").text),
        gpu=_gpu(answer("gpu").text),
        nn_drivers=_drivers(answer("drivers"), answer("old_drivers")),
        thermal_hal=_thermal_hal(answer("thermal").text),
    )


def _first_line(answer: Answer) -> str | None:
    lines = answer.text.splitlines()
    return lines[0].strip() or None if answer.ok and lines else None


def _memory_bytes(text: str) -> int | None:
    match = re.search(r"^MemTotal:\s+([1-9]\d{0,12}) kB", text, re.MULTILINE)
    return int(match[1]) * 1024 if match else None


def _processor(text: str) -> str | None:
    """The name in /proc/cpuinfo: `Hardware` on old ARM kernels, `model name` on PCs; new ones have none."""
    match = re.search(r"^(?:Hardware|model name)\s*:\s*(\S.*?)\s*$", text, re.MULTILINE)
    return match[1] if match else None


def _gpu(text: str) -> str | None:
    match = re.search(r"GLES:\s*(\S.*?)\s*$", text, re.MULTILINE)
    return match[1][:200] if match else None


_AIDL_DRIVER = re.compile(r"android\.hardware\.neuralnetworks\.IDevice/([\w.\-]{1,80})")
_HIDL_DRIVER = re.compile(r"android\.hardware\.neuralnetworks@[\d.]+::IDevice/([\w.\-]{1,80})")


def _drivers(services: Answer, old: Answer) -> tuple[str, ...] | None:
    """Drivers of Android 12 and later, and those of before; None where neither list could be read.

    Both questions end in `grep`, whose exit code 1 says that a list had no driver.
    """
    names = _AIDL_DRIVER.findall(services.text) + _HIDL_DRIVER.findall(old.text)
    if not names and services.exit_code is None:
        return None
    if not names and "not found" in services.text:
        return None
    return tuple(dict.fromkeys(names))


def _thermal_hal(text: str) -> str | None:
    version = re.search(r"Thermal\s?HAL\s+(.+?)\s+connected:\s*(yes|true)", text, re.IGNORECASE)
    if version:
        return version[1]
    ready = re.search(r"HAL Ready:\s*(true|false)", text)
    if ready:
        return "present" if ready[1] == "true" else "none"
    return None


_PROPERTIES = {
    "model": "ro.product.model",
    "manufacturer": "ro.product.manufacturer",
    "device": "ro.product.device",
    "board": "ro.product.board",
    "soc": "ro.soc.model",
    "hardware": "ro.hardware",
    "platform": "ro.board.platform",
    "android": "ro.build.version.release",
    "sdk": "ro.build.version.sdk",
    "security_patch": "ro.build.version.security_patch",
    "build": "ro.build.fingerprint",
    "build_type": "ro.build.type",
    "debuggable": "ro.debuggable",
}


def fingerprint_of(facts: PhoneFacts) -> tuple[tuple[str, str], ...]:
    """Name and value of every fact; UNKNOWN for what was not told. No serial numbers. Pure."""
    named = {name: facts.properties.get(key) or None for name, key in _PROPERTIES.items()}
    drivers = facts.nn_drivers
    named |= {
        "abis": ",".join(facts.abis) or None,
        "kernel": facts.kernel,
        "processor": facts.processor,
        "cpus": str(facts.topology) if facts.topology.clusters else None,
        "max_khz": _per_cluster(facts.topology, "max_khz"),
        "capacity": _per_cluster(facts.topology, "capacity"),
        "memory_bytes": str(facts.memory_bytes) if facts.memory_bytes else None,
        "gpu": facts.gpu,
        "nn_drivers": None if drivers is None else ", ".join(drivers) or "none",
        "thermal_hal": facts.thermal_hal,
        "emulator": "yes" if facts.emulator else "not seen",
        "simulated": "yes" if facts.simulated else "no",
    }
    return tuple((name, value or UNKNOWN) for name, value in named.items())


def _per_cluster(topology: Topology, fact: str) -> str | None:
    values = [getattr(cluster, fact) for cluster in topology.clusters]
    known = any(value is not None for value in values)
    return " + ".join(str(value) if value is not None else UNKNOWN for value in values) if known else None
