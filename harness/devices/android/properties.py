"""Android's system properties, as `getprop` lists them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["abis_of", "is_emulator", "parse_properties", "sdk_of"]

# A value may go over several lines; it ends with a bracket at the end of a line.
_PROPERTY = re.compile(r"^\[(?P<name>[^\]\n]+)\]: \[(?P<value>.*?)\]\r?$", re.MULTILINE | re.DOTALL)

_ABI = re.compile(r"[a-z0-9_\-]{2,20}")

_ABIS_BY_MACHINE = {
    "aarch64": ("arm64-v8a",),
    "armv8l": ("armeabi-v7a",),
    "armv7l": ("armeabi-v7a",),
    "x86_64": ("x86_64",),
    "i686": ("x86",),
    "riscv64": ("riscv64",),
}


def parse_properties(text: str) -> dict[str, str]:
    """Every property by name; empty for any text that is no list of properties."""
    return {match["name"]: match["value"].strip() for match in _PROPERTY.finditer(text)}


def abis_of(properties: Mapping[str, str], machine: str | None) -> tuple[str, ...]:
    """Binary interfaces the system's userland runs, best first; by the kernel where no property tells.

    A 64-bit processor under a 32-bit userland lists 32-bit interfaces only:
    that is why the name of the processor decides nothing.
    """
    listed = properties.get("ro.product.cpu.abilist") or properties.get("ro.product.cpu.abi") or ""
    abis = tuple(each for each in (part.strip() for part in listed.split(",")) if _ABI.fullmatch(each))
    return abis or _ABIS_BY_MACHINE.get(machine or "", ())


def sdk_of(properties: Mapping[str, str]) -> int | None:
    """Android's API level."""
    text = properties.get("ro.build.version.sdk", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else None


def is_emulator(properties: Mapping[str, str]) -> bool:
    """Whether the properties are those of Android's emulator."""
    marks = ("ro.kernel.qemu", "ro.boot.qemu")
    return any(properties.get(mark) == "1" for mark in marks) or properties.get("ro.hardware") in (
        "goldfish",
        "ranchu",
    )
