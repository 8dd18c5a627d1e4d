"""What a run was asked to do: echoed parameters, a command line in the log, ignored flags. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from harness.latency.benchmark_model.lines import Line
from harness.latency.benchmark_model.runs import is_command

__all__ = ["Parameters", "parse_flags", "read_parameters"]

# `Num threads: [4]`; tools of 2020 put a blank before the colon.
_ECHO = re.compile(r"([#A-Za-z][^\[\]:]{0,70}?)\s?:\s\[([^\]]*)\]")
_FLAG = re.compile(
    r"""(?<![\w-])--?([a-z][a-z0-9_-]{1,60})(?:=("[^"]*"|'[^']*'|[^\s"']*)|\s+(?!-)([^\s"']+))?"""
)
_IGNORED = "Unconsumed cmdline flags:"
_PYTHON_PORT = re.compile(r"(Model|Accelerators|Num threads):\s+(\S.*)$")
_EXIT = re.compile(r"#\s*exit status (\d{1,5})\b")
# Switches that choose a delegate by a word of harness, or none at all.
_OTHER_SWITCHES = frozenset(
    f"use_{name}"
    for name in (
        "caching",
        "coreml",
        "cpu",
        "gpu",
        "hexagon",
        "legacy_nnapi",
        "nnapi",
        "npu",
        "profiler",
        "xnnpack",
    )
)
_TRUE = frozenset({"", "1", "true", "t", "yes"})
_OPTIONS_READ = re.compile(r"`--use_nnapi=true` must be set for the provided NNAPI accelerator")


@dataclass(frozen=True, slots=True)
class Parameters:
    """Everything a log says of what was asked for.

    `echoed` has the tool's own words in lower case; `command` and `ignored` have
    flags without dashes. A flag in `ignored` was given and had no effect.
    """

    echoed: Mapping[str, str] = field(default_factory=dict)
    command: Mapping[str, str] = field(default_factory=dict)
    ignored: Mapping[str, str] = field(default_factory=dict)
    ignored_text: str | None = None
    exit_status: int | None = None
    accelerator_unused: bool = False
    """An NNAPI accelerator was named without NNAPI being switched on."""

    @property
    def lists_all(self) -> bool:
        """Whether parameters nobody set are echoed too: `--verbose=true`, and tools before that flag."""
        return self.echoed.get("log parameter values verbosely", "1") != "0"

    def says(self, flag: str, *names: str) -> bool | None:
        """Whether a switch was asked to be on; None where nothing tells.

        What was given and ignored counts: somebody asked for it.
        """
        if flag in self.ignored:
            return is_true(self.ignored[flag])
        echoed = self.value(*names)
        if echoed is not None and (is_true(echoed) or not self.lists_all):
            return is_true(echoed)
        if flag in self.command:
            return is_true(self.command[flag])
        return None

    def value(self, *names: str) -> str | None:
        """The first of these parameters that was echoed."""
        return next((self.echoed[name] for name in names if name in self.echoed), None)

    def text(self, flag: str, *names: str) -> str | None:
        """A parameter's text, echoed or in the command line; None where it is empty or missing."""
        if flag in self.ignored:
            return None
        return self.value(*names) or self.command.get(flag) or None

    def asked_text(self, flag: str, *names: str) -> str | None:
        """The same, of a flag the tool ignored too: somebody asked for it."""
        return self.ignored.get(flag) or self.text(flag, *names)

    @property
    def ignored_delegates(self) -> tuple[str, ...]:
        """Delegates that were asked for by switches the tool did not know, such as `edgetpu`."""
        return tuple(
            name.removeprefix("use_")
            for name, value in self.ignored.items()
            if name.startswith("use_") and name not in _OTHER_SWITCHES and is_true(value)
        )

    @property
    def threads(self) -> int | None:
        """Threads asked for; None where the tool chose."""
        echoed = self.value("#threads used for cpu inference", "num threads")
        if echoed is None and "num_threads" not in self.ignored:
            echoed = self.command.get("num_threads")
        known = echoed is not None and re.fullmatch(r"\d{1,4}", echoed.strip()) is not None
        return int(str(echoed)) if known else None


def is_true(text: str) -> bool:
    """A switch as the tool reads it; an empty value switches on."""
    return text.strip().lower() in _TRUE


def parse_flags(text: str) -> dict[str, str]:
    """Flags of a command line, the first of each name, as the tool takes them. Quotes around values go."""
    flags: dict[str, str] = {}
    for name, joined, apart in _FLAG.findall(text):
        flags.setdefault(name.replace("-", "_"), (joined or apart).strip("\"'"))
    return flags


def read_parameters(lines: Iterable[Line]) -> Parameters:
    """Collect them; of what is echoed twice the first counts, of command lines the first."""
    echoed: dict[str, str] = {}
    command: dict[str, str] = {}
    ignored: dict[str, str] = {}
    ignored_text: str | None = None
    exit_status: int | None = None
    unused = False
    for line in lines:
        text = line.text
        if _IGNORED in text:
            ignored_text = text.partition(_IGNORED)[2].strip()
            ignored = parse_flags(ignored_text)
        elif not command and is_command(line):
            command = parse_flags(text)
        elif "]" in text and (found := _ECHO.match(text)) is not None:
            echoed.setdefault(_name(found.group(1)), found.group(2))
        elif line.level is None and (port := _PYTHON_PORT.match(text)) is not None:
            echoed.setdefault(_name(port.group(1)), port.group(2).strip())
        elif text.startswith("#") and (ended := _EXIT.match(text)) is not None:
            exit_status = int(ended.group(1))
        unused = unused or (text.startswith("`--use_nnapi") and _OPTIONS_READ.match(text) is not None)
    return Parameters(echoed, command, ignored, ignored_text, exit_status, unused)


def _name(text: str) -> str:
    return text.strip().rstrip(".").lower()
