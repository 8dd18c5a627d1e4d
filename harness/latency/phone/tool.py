"""The stock tool on a phone: pushed once, and asked for its flags before it is trusted with a trial."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.adb.base import BaseConnection
from harness.adb.errors import TransferFailed
from harness.adb.quoting import remote_command
from harness.errors import HarnessError
from harness.latency.benchmark_model.help import Tool, ToolHelp, read_help
from harness.zoo.fetch.cache import digest_of

__all__ = ["PhoneTool", "ToolFailure", "install_tool", "refusal"]

_HELP_S = 60.0
_HELP = ("--help=true", "--help")
"""Tools of TensorFlow 2.4 and before know only the second, newer ones only the first."""

_REFUSALS = (
    (
        re.compile(r"(64|32)-bit ELF file|Exec format error|not executable"),
        "the phone's userland cannot execute it",
        "its ABI is not the phone's: look at ro.product.cpu.abilist, and give another --benchmark-binary",
    ),
    (
        re.compile(r"CANNOT LINK EXECUTABLE|cannot locate symbol|library \S+ not found"),
        "the phone cannot link it",
        "it was built for a newer Android, or needs libc++_shared.so: give a static build",
    ),
    (
        re.compile(r"Permission denied|Operation not permitted"),
        "the phone refuses to execute it",
        "SELinux or a noexec folder: adb logcat -d | grep 'avc: denied'",
    ),
    (
        re.compile(r"not found|No such file"),
        "it is not there",
        "something removed it between two commands: try again",
    ),
)


class ToolFailure(HarnessError):
    """The tool cannot be used on this phone; every trial that needs it fails with this reason."""


@dataclass(frozen=True, slots=True)
class PhoneTool:
    """A tool that runs there."""

    path: str
    """Absolute, on the phone."""
    sha256: str
    help: ToolHelp

    @property
    def name(self) -> str:
        """Its file's name there, by which its process is found."""
        return self.path.rpartition("/")[2]

    @property
    def version(self) -> str:
        """What stands for a version: the tool has none, so it is pinned by its digest."""
        kind = "LiteRT" if self.help.tool is Tool.LITERT else "TFLite"
        return f"{kind} {self.sha256[:12]}"


def install_tool(connection: BaseConnection, bring: Callable[[Path], str], binary: Path) -> PhoneTool:
    """Bring the tool to the phone with `bring` and read its `--help`.

    Raises ToolFailure, and what a lost connection raises.
    """
    try:
        path = bring(binary)
    except TransferFailed as error:
        raise ToolFailure(
            f"the tool cannot be brought to the phone: {error.message}", next_step=error.next_step
        ) from error
    for ask in _HELP:
        answer = connection.shell(remote_command(path, ask), timeout_s=_HELP_S)
        text = f"{answer.stdout}\n{answer.stderr}"
        known = read_help(text)
        if known.tool.measures:
            return PhoneTool(path, digest_of(binary), known)
        refused = refusal(binary.name, text, answer.exit_code)
        if refused is not None:
            raise refused
    raise ToolFailure(
        f"{binary.name} is no benchmark_model: its --help lists no --graph ({_last_line(text)})",
        next_step="give another one with --benchmark-binary FILE",
    )


def refusal(tool: str, text: str, exit_code: int) -> ToolFailure | None:
    """Why a shell did not execute a program, with what helps; None where it did."""
    if exit_code not in (126, 127) and "CANNOT LINK" not in text:
        return None
    line = _last_line(text)
    for pattern, what, remedy in _REFUSALS:
        if pattern.search(text):
            return ToolFailure(f"{tool}: {what}: {line}", next_step=remedy)
    return ToolFailure(f"{tool} was not executed (exit code {exit_code}): {line}")


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:200] if lines else "it printed nothing"
