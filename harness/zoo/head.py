"""What computes a model's output: the operator that tells class scores from a feature vector."""

from __future__ import annotations

from harness.zoo.flatbuffer import Scalar
from harness.zoo.tflite_file import Graph, Node

__all__ = ["find_head"]

_PASS_THROUGH = frozenset(
    {"RESHAPE", "SQUEEZE", "EXPAND_DIMS", "QUANTIZE", "DEQUANTIZE", "CAST", "TRANSPOSE", "PACK", "IDENTITY"}
)
"""Operators that give the values another shape or type and leave them what they are."""

_MOST_STEPS = 64

_ACTIVATION_SLOT = {"CONV_2D": 3, "FULLY_CONNECTED": 0, "ADD": 0, "AVERAGE_POOL_2D": 5, "MAX_POOL_2D": 5}
"""Where an operator's options have their fused activation (schema.fbs)."""

_ACTIVATIONS = {1: "RELU", 2: "RELU_N1_TO_1", 3: "RELU6", 4: "TANH"}
"""ActivationFunctionType."""


def find_head(graph: Graph, output: int) -> str | None:
    """Name of the operator that tensor `output` comes from, shape and type changes left out.

    A fused activation counts as the operator it is. None where the output is an input.
    """
    producers = {made: node for node in graph.nodes for made in node.outputs}
    index = output
    for _ in range(_MOST_STEPS):
        node = producers.get(index)
        if node is None:
            return None
        if node.operator not in _PASS_THROUGH or not node.inputs or node.inputs[0] < 0:
            return _fused_activation(node) or node.operator
        index = node.inputs[0]
    return None


def _fused_activation(node: Node) -> str | None:
    slot = _ACTIVATION_SLOT.get(node.operator)
    if slot is None or node.options is None:
        return None
    return _ACTIVATIONS.get(node.options.number(slot, Scalar.INT8))
