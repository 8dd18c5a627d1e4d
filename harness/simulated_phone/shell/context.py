"""What a command of the phone is given, and how commands are entered in the register."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.simulated_phone.files import PhoneFiles, normalise
from harness.simulated_phone.processes import Process
from harness.simulated_phone.shell.streams import Reader, Sink

if TYPE_CHECKING:
    from harness.simulated_phone.phone import Phone

__all__ = ["COMMANDS", "BadArgument", "Context", "Program", "command"]


class BadArgument(Exception):
    """A command was given something it cannot use; the text says what."""


@dataclass(slots=True)
class Context:
    """One running command."""

    phone: Phone
    process: Process
    arguments: list[str]
    """Without the command's name."""
    name: str
    cwd: str
    stdin: Reader
    stdout: Sink
    stderr: Sink

    @property
    def files(self) -> PhoneFiles:
        """The phone's file system."""
        return self.phone.files

    def path(self, name: str) -> str:
        """The absolute path of a name given to the command."""
        return normalise(name, self.cwd)

    def say(self, text: str) -> None:
        """A line on standard output."""
        self.stdout.write((text + "\n").encode("utf-8", "surrogateescape"))

    def fail(self, text: str, code: int = 1) -> int:
        """A line on standard error, beginning with the command's name, and the exit code."""
        self.stderr.write(f"{self.name}: {text}\n".encode("utf-8", "surrogateescape"))
        return code

    @staticmethod
    def number(text: str) -> float:
        """A number among the arguments. Raises BadArgument for any other text."""
        try:
            value = float(text)
        except ValueError:
            raise BadArgument(f"{text[:40]}: not a number") from None
        if not abs(value) < 1e12:
            raise BadArgument(f"{text[:40]}: out of range")
        return value

    def options(self, known: str) -> tuple[set[str], list[str]]:
        """Single letters before the first operand or `--`, and the operands."""
        letters: set[str] = set()
        rest = list(self.arguments)
        while rest and rest[0].startswith("-") and rest[0] != "-":
            first = rest.pop(0)
            if first == "--":
                break
            if not set(first[1:]) <= set(known):
                rest.insert(0, first)
                break
            letters |= set(first[1:])
        return letters, rest


Program = Callable[[Context], int]

COMMANDS: dict[str, Program] = {}
"""Every command the phone has, by name."""


def command(*names: str) -> Callable[[Program], Program]:
    """Enter a function as a command of the phone."""

    def enter(program: Program) -> Program:
        for name in names:
            COMMANDS[name] = program
        return program

    return enter
