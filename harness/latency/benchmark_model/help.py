"""Which tool wrote a text, and which flags a binary knows by its `--help`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from harness.latency.benchmark_model.lines import Line, clean_lines

__all__ = ["Tool", "ToolHelp", "read_help", "tool_of"]

# The column `optional` or `required` came with TensorFlow 2.5.
_FLAG = re.compile(r"--([a-z][a-z0-9_-]{1,80})=(\S{0,400})\s+(?:int32|int64|float|bool|string)\b(?!\s*=)")
_USAGE = "usage: "


class Tool(str, Enum):
    """A tool, in words that end the sentence "it looks like …"."""

    TFLITE = "benchmark_model"
    LITERT = "LiteRT's benchmark_model"
    HELP = "the help text of benchmark_model"
    SIGNATURES = "a list of signatures"
    EVALUATION = "output of the image classification evaluation tool"
    INFERENCE_DIFF = "output of the inference diff tool"
    LABEL_IMAGE = "output of label_image"
    TENSORFLOW = "output of TensorFlow's own benchmark_model, which runs its graphs and no .tflite"
    EMPTY = "an empty file"
    UNKNOWN = "output of none of TFLite's tools"

    def __str__(self) -> str:
        return str(self.value)

    @property
    def measures(self) -> bool:
        """Whether its output holds latencies harness can read."""
        return self in (Tool.TFLITE, Tool.LITERT)


# The first tool of which a sign occurs anywhere wins. The signs of the other tools come first:
# they share the runtime's lines with benchmark_model, but none of its own.
_SIGNS: tuple[tuple[Tool, tuple[str, ...]], ...] = (
    (Tool.EVALUATION, ("Top-1 Accuracy:", "\nEvaluated: ", "Could not run the task evaluation")),
    (Tool.INFERENCE_DIFF, ("Test run latency:", "Reference run latency:", "OutputDiff[0]")),
    (Tool.TENSORFLOW, (", with stats: ", "detailed stat logging")),
    (
        Tool.HELP,
        ("SetProgramUsageMessage() never called", "\nTry --helpfull to get", "NPU Vendor Flags from LiteRT"),
    ),
    (
        Tool.LITERT,
        (
            "BENCHMARK RESULTS",
            "benchmark_litert_model",
            "Model file not found:",
            "\nAccelerators:",
            "\nIllegal value '",
        ),
    ),
    (
        Tool.TFLITE,
        (
            "nference timings in us:",
            "Running benchmark for at least",
            "STARTING!",
            "Benchmarking failed.",
            "Log parameter values verbosely:",
            "Min num runs:",
            "Unconsumed cmdline flags:",
            "#threads used for CPU inference:",
        ),
    ),
    (Tool.LABEL_IMAGE, ("average time:", "resolved reporter")),
)


_LITERT_RUNTIME = "Creating LiteRT environment"
"""Any program that uses LiteRT prints it; beside the words of benchmark_model it is LiteRT's."""


@dataclass(frozen=True, slots=True)
class ToolHelp:
    """A binary's own list of flags with their defaults; `tool` is UNKNOWN where it lists none."""

    tool: Tool = Tool.UNKNOWN
    defaults: Mapping[str, str] = field(default_factory=dict)

    @property
    def flags(self) -> frozenset[str]:
        """Names without dashes."""
        return frozenset(self.defaults)

    def knows(self, flag: str) -> bool:
        """Whether the binary lists this flag."""
        return flag in self.defaults


def read_help(text: str) -> ToolHelp:
    """The flags a binary lists; LiteRT's tool is told by its accelerator switches."""
    defaults: dict[str, str] = {}
    for line in clean_lines(text):
        found = _FLAG.match(line.text)
        if found is not None:
            defaults.setdefault(found.group(1), found.group(2))
    if "graph" not in defaults:
        return ToolHelp(Tool.UNKNOWN, defaults)
    newer = "use_cpu" in defaults or "use_npu" in defaults
    return ToolHelp(Tool.LITERT if newer else Tool.TFLITE, defaults)


def tool_of(lines: Iterable[Line]) -> Tool:
    """The tool that wrote a log, by words only it prints."""
    kept = tuple(line for line in lines if not line.text.startswith("#"))
    if not kept:
        return Tool.EMPTY
    text = "\n" + "\n".join(line.text for line in kept)
    tool = next((tool for tool, signs in _SIGNS if any(sign in text for sign in signs)), Tool.UNKNOWN)
    if tool is Tool.TFLITE:
        return _without_run(kept) or (Tool.LITERT if _LITERT_RUNTIME in text else tool)
    if tool is Tool.UNKNOWN and any(_is_usage(line) for line in kept):
        return Tool.HELP
    return tool


def _without_run(lines: tuple[Line, ...]) -> Tool | None:
    """Help and the list of signatures end with `Benchmarking failed.` although nothing failed."""
    if any("Failed to parse flag" in line.text for line in lines):
        return None
    if any(_is_usage(line) for line in lines):
        return Tool.HELP
    if any("The Model contains" in line.text and "signature key" in line.text for line in lines):
        return Tool.SIGNATURES
    return None


def _is_usage(line: Line) -> bool:
    return line.text.startswith(_USAGE) and "<flags>" in line.text
