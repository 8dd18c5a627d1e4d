"""What the simulated accelerators take of a graph. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

__all__ = ["CONVOLUTIONS", "Delegated", "GPU_OPERATORS", "NNAPI_OPERATORS", "delegate"]

CONVOLUTIONS = frozenset({"CONV_2D"})

_COMMON = {
    "ADD",
    "AVERAGE_POOL_2D",
    "CONCATENATION",
    "CONV_2D",
    "DEPTHWISE_CONV_2D",
    "FULLY_CONNECTED",
    "MAX_POOL_2D",
    "MEAN",
    "MUL",
    "PAD",
    "RELU",
    "RELU6",
    "RESHAPE",
    "SOFTMAX",
}

GPU_OPERATORS = frozenset(
    _COMMON | {"DEQUANTIZE", "HARD_SWISH", "LOGISTIC", "QUANTIZE", "RESIZE_BILINEAR", "SUB"}
)
"""A choice for the simulation, not the list of any driver."""

NNAPI_OPERATORS = frozenset(_COMMON | {"QUANTIZE"})
"""The simulated DSP; it takes integer models only, like the real ones."""


@dataclass(frozen=True, slots=True)
class Delegated:
    """What a delegate took."""

    nodes: int
    total: int
    kernels: int
    partitions: int
    unsupported: tuple[str, ...]
    groups: tuple[tuple[int, ...], ...] = ()
    """Numbers of the nodes each kernel replaces."""

    @property
    def complete(self) -> bool:
        """Whether nothing is left."""
        return self.nodes == self.total


def delegate(operators: Sequence[str], supported: frozenset[str], *, most_kernels: int = 0) -> Delegated:
    """Partition a graph in its order of execution; the largest `most_kernels` parts are taken, all for 0."""
    numbered = [
        (can, [number for number, _ in group])
        for can, group in groupby(enumerate(operators), key=lambda each: each[1] in supported)
    ]
    parts = sorted((group for can, group in numbered if can), key=len, reverse=True)
    taken = parts[:most_kernels] if most_kernels > 0 else parts
    missing = tuple(sorted(set(operators) - supported))
    partitions = len(numbered) if len(taken) == len(parts) else 2 * len(taken) + 1
    groups = tuple(sorted(tuple(group) for group in taken))
    return Delegated(sum(map(len, taken)), len(operators), len(taken), partitions, missing, groups)
