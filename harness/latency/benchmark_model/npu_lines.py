"""What LiteRT's log says of an NPU: its compiler, its dispatch library, and what they took. Pure.

A vendor's compiler rewrites the graph before it runs: the counts of the original graph
stand only in `Partitioned subgraph<0>`; what the dispatch delegate replaces afterwards
are nodes of the rewritten one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["NpuLines"]

_PARTITIONED = re.compile(
    r"Partitioned subgraph<(\d{1,6})>, selected (\d{1,9}) ops?, from a total of (\d{1,9}) ops?\."
    r"(?: resulted in (\d{1,9}) partitions?)?"
)
_PLUGINS = re.compile(r"(\d{1,4}) compiler plugins? were applied successfully")
_CONTEXT = re.compile(r"InvocationContext Initialize SUCCESS")
_LIBRARY = re.compile(r"libLiteRt(?:Dispatch|CompilerPlugin)_(\w{1,40})\.so")
_DEVICE = re.compile(r"Using Intel OpenVINO device: (\w{1,20})")
# Why no NPU ran, the most telling first: what comes later in a log often only follows from it.
_FAILURES = (
    "Plugin errs:",
    "Unsupported dispatch runtime version",
    "unresolved custom op: DISPATCH_OP",
    "Failed to create QNN",
    "No dispatch library found",
    "Failed to initialize Dispatch API",
    "Failed to create a dispatch delegate kernel",
    "Failed to apply compiler plugins",
    "No compiler plugin found",
    "Failed to load plugin at",
    "NPU accelerator could not be loaded",
)


@dataclass(slots=True)
class NpuLines:
    """The facts of one run, line by line. Counts are of the original graph; None: not said."""

    selected: int | None = None
    total: int | None = None
    partitions: int | None = None
    compiled: bool = False
    """A vendor's compiler was applied in this run."""
    contexts: int = 0
    """Parts of the graph that the vendor's runtime made ready."""
    dispatched: tuple[int, int] | None = None
    """Nodes of the rewritten graph that the dispatch delegate took, and all of them."""
    vendor: str | None = None
    device: str | None = None
    """The device of Intel's OpenVINO, which need not be an NPU."""
    failure: str | None = None
    evidence: str = ""

    @property
    def took(self) -> bool:
        """Whether the NPU's delegate runs a part of the graph."""
        return bool(
            self.contexts or (self.dispatched and self.dispatched[0]) or (self.compiled and self.selected)
        )

    @property
    def whole(self) -> bool:
        """Whether one part is the whole graph, as far as a log without the original counts tells."""
        if self.dispatched is not None:
            return self.dispatched[0] == self.dispatched[1]
        return self.contexts <= 1

    def replaced(self, nodes: int, of: int, text: str) -> None:
        """The dispatch delegate took nodes of the rewritten graph."""
        self.dispatched = (nodes, of)
        self.evidence = self.evidence or text

    def read(self, text: str) -> bool:
        """Take the line in; whether it is of an NPU and of nothing else."""
        self._whose(text)
        if (found := _PARTITIONED.search(text)) is not None:
            self._partition(found, text)
        elif (plugins := _PLUGINS.search(text)) is not None:
            self.compiled = int(plugins[1]) > 0
        elif _CONTEXT.search(text) is not None:
            self.contexts += 1
            self.evidence = self.evidence or text
        elif (rank := _rank(text)) < len(_FAILURES):
            if self.failure is None or rank < _rank(self.failure):
                self.failure = text
        else:
            return False
        return True

    def _partition(self, found: re.Match[str], text: str) -> None:
        if found[1] != "0":
            return
        self.selected, self.total = int(found[2]), int(found[3])
        self.partitions = int(found[4]) if found[4] else None
        self.evidence = text

    def _whose(self, text: str) -> None:
        if (library := _LIBRARY.search(text)) is not None:
            self.vendor = self.vendor or library[1]
        if (device := _DEVICE.search(text)) is not None:
            self.device = device[1]


def _rank(text: str) -> int:
    return next((n for n, sign in enumerate(_FAILURES) if sign in text), len(_FAILURES))
