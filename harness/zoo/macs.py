"""Multiply-accumulates of one inference, from the shapes in the file."""

from __future__ import annotations

import math
from collections.abc import Callable

from harness.zoo.flatbuffer import Scalar
from harness.zoo.tflite_file import CUSTOM, Graph, GraphTensor, Node, TfliteFile

__all__ = ["MAC_OPERATORS", "count_macs"]


def count_macs(file: TfliteFile) -> int | None:
    """Multiply-accumulates of convolutions, matrix products and fully connected layers, batch of one.

    None where a shape is open, where a custom operator hides what it computes,
    or where control flow decides how often a graph runs.
    """
    if len(file.graphs) != 1:
        return None
    total = 0
    for node in file.main.nodes:
        if node.operator.startswith(f"{CUSTOM}:"):
            return None
        count = MAC_OPERATORS.get(node.operator)
        macs = 0 if count is None else _macs(file.main, node, count)
        if macs is None:
            return None
        total += macs
    return total


Shape = tuple[int, ...]
Count = Callable[[Node, "list[Shape]", Shape], int]


def _macs(graph: Graph, node: Node, count: Count) -> int | None:
    tensors = [graph.tensors[index] for index in node.inputs if index >= 0]
    output = graph.tensors[node.outputs[0]] if node.outputs else None
    if output is None or any(each.elements is None for each in (*tensors, output)):
        return None
    try:
        return count(node, [_batch_of_one(each) for each in tensors], _batch_of_one(output))
    except (IndexError, ValueError):
        # A layer whose tensors have not the rank its operator asks for.
        return None


def _batch_of_one(tensor: GraphTensor) -> Shape:
    return (1, *tensor.shape[1:]) if tensor.shape[:1] == (-1,) else tensor.shape


def _convolution(node: Node, inputs: list[Shape], output: Shape) -> int:
    # Weights [out, height, width, in]; `in` is that of one group.
    _, height, width, channels = inputs[1]
    return math.prod(output) * height * width * channels


def _depthwise(node: Node, inputs: list[Shape], output: Shape) -> int:
    # Weights [1, height, width, out].
    _, height, width, _ = inputs[1]
    return math.prod(output) * height * width


def _fully_connected(node: Node, inputs: list[Shape], output: Shape) -> int:
    # Weights [out, in].
    return math.prod(output) * inputs[1][-1]


def _transposed(node: Node, inputs: list[Shape], output: Shape) -> int:
    # Inputs: output shape, weights [out, height, width, in], image.
    out, height, width, _ = inputs[1]
    return math.prod(inputs[2]) * height * width * out


def _matrix_product(node: Node, inputs: list[Shape], output: Shape) -> int:
    transposed = node.options is not None and bool(node.options.number(0, Scalar.INT8))
    return math.prod(output) * inputs[0][-2 if transposed else -1]


MAC_OPERATORS: dict[str, Count] = {
    "CONV_2D": _convolution,
    "DEPTHWISE_CONV_2D": _depthwise,
    "FULLY_CONNECTED": _fully_connected,
    "TRANSPOSE_CONV": _transposed,
    "BATCH_MATMUL": _matrix_product,
}
