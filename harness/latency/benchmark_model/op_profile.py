"""The op profile the tool prints with `--enable_op_profiling=true`, as table or as its "CSV". Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from harness.latency.benchmark_model.lines import plain_lines
from harness.latency.benchmark_model.timings import parse_number

__all__ = ["OpProfile", "ProfiledNode", "read_op_profile"]

_RUNS = "Profiling Info for Regular Benchmark Runs"
_SECTION = re.compile(r"={10,} (.{1,60}?) ={10,}")
_ORDER = "Run Order"
_HEADERS = ("[node type]", "node type,")
_COLUMNS = 8
_COUNT = re.compile(r"Timings \(microseconds\): count=(\d{1,12})")
# Kernels a delegate puts in place of nodes, and the operations it lists below them.
_DELEGATED = re.compile(r"Delegate/|TfLite\w*Delegate|LITERT_")


@dataclass(frozen=True, slots=True)
class ProfiledNode:
    """One line in run order."""

    node_type: str
    mean_ms: float
    share_percent: float
    calls: int
    name: str

    @property
    def delegated(self) -> bool:
        """Whether a delegate computes it; the others are the ops that stayed with TFLite's own kernels."""
        return _DELEGATED.search(self.node_type) is not None or self.name.startswith("Delegate/")


@dataclass(frozen=True, slots=True)
class OpProfile:
    """The profile of the measured runs; that of the preparation is left out."""

    nodes: tuple[ProfiledNode, ...] = ()
    runs: int | None = None

    @property
    def left_on_cpu(self) -> tuple[str, ...]:
        """Types of nodes no delegate took, in run order, each once."""
        return tuple(dict.fromkeys(node.node_type for node in self.nodes if not node.delegated))


def read_op_profile(text: str) -> OpProfile:
    """Read the profile; empty where the text holds none. Never raises."""
    nodes: list[ProfiledNode] = []
    runs: int | None = None
    section: str | None = None
    for line in _of_runs(plain_lines(text)):
        if (banner := _SECTION.search(line)) is not None:
            section = banner.group(1)
        elif section == _ORDER and (node := _node(line)) is not None:
            nodes.append(node)
        elif (count := _COUNT.search(line)) is not None:
            runs = int(count.group(1))
    return OpProfile(tuple(nodes), runs)


def _of_runs(lines: Iterable[str]) -> Iterable[str]:
    """The lines after the heading of the runs."""
    started = False
    for line in lines:
        if started:
            yield line
        started = started or _RUNS in line


def _node(line: str) -> ProfiledNode | None:
    """A row of eight columns.

    In the CSV the type may hold commas, which are not escaped, while those of
    the name are tabs: so it is split from the right.
    """
    if any(header in line for header in _HEADERS):
        return None
    cells = line.strip().split("\t", _COLUMNS - 1)
    if len(cells) != _COLUMNS:
        cells = line.strip().rsplit(", ", _COLUMNS - 1)
    if len(cells) != _COLUMNS:
        return None
    node_type, _, mean, share, _, _, calls, name = (cell.strip() for cell in cells)
    figures = (parse_number(mean), parse_number(share.rstrip("%")), parse_number(calls))
    if any(figure is None for figure in figures) or not node_type:
        return None
    mean_ms, share_percent, count = (figure or 0.0 for figure in figures)
    return ProfiledNode(node_type, mean_ms, share_percent, int(count), name.replace("\t", ","))
