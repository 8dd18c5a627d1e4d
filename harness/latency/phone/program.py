"""What a program file is made for, by its first bytes: the check before it is pushed."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.errors import UsageError

__all__ = ["Program", "check_program", "read_program"]

# System V ABI, figure 4-4 and the processors' supplements: e_machine.
_MACHINES = {3: "x86", 40: "arm", 62: "x86_64", 183: "aarch64", 243: "riscv64"}
_ABIS = {
    "aarch64": ("arm64-v8a",),
    "arm": ("armeabi-v7a", "armeabi"),
    "x86_64": ("x86_64",),
    "x86": ("x86",),
    "riscv64": ("riscv64",),
}
_EXECUTABLE, _SHARED = 2, 3
_BITS = {1: 32, 2: 64}


@dataclass(frozen=True, slots=True)
class Program:
    """A program's machine and word size; a script has neither."""

    machine: str | None = None
    bits: int | None = None

    @property
    def is_script(self) -> bool:
        """Whether a shell reads it."""
        return self.machine is None

    def __str__(self) -> str:
        return "a script" if self.is_script else f"{self.bits}-bit {self.machine}"

    def runs_on(self, abis: Sequence[str]) -> bool:
        """Whether a userland with these binary interfaces executes it."""
        return self.machine is None or any(abi in _ABIS.get(self.machine, ()) for abi in abis)


def read_program(head: bytes) -> Program | None:
    """The program whose first 20 bytes these are; None for a file of another kind. Pure."""
    if head.startswith(b"#!"):
        return Program()
    if len(head) < 20 or not head.startswith(b"\x7fELF") or head[4] not in _BITS or head[5] not in (1, 2):
        return None
    order = "<" if head[5] == 1 else ">"
    kind, machine = struct.unpack_from(f"{order}HH", head, 16)
    if kind not in (_EXECUTABLE, _SHARED):
        return None
    return Program(_MACHINES.get(machine, f"machine {machine}"), _BITS[head[4]])


def check_program(path: Path, abis: Sequence[str]) -> Program:
    """The program at `path`, if a phone with these ABIs (none: unknown) can execute it. Raises UsageError."""
    try:
        with path.open("rb") as file:
            program = read_program(file.read(20))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    if program is None:
        raise UsageError(f"{path}: no program (neither an ELF executable nor a script)")
    if abis and not program.runs_on(abis):
        raise UsageError(
            f"{path.name} is {program}, but the phone runs {', '.join(abis)}",
            next_step="give one that is made for it, or none: it is fetched by ABI",
        )
    return program
