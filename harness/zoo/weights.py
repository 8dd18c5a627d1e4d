"""Weights of a graph: how many there are, and how they and the activations are stored."""

from __future__ import annotations

from collections import Counter

from harness.records.vocabulary import Quantization
from harness.zoo.macs import MAC_OPERATORS
from harness.zoo.tflite_file import Graph, GraphTensor, Node, TfliteFile

__all__ = ["parameters", "quantization"]

_FULL_INTEGER = {"uint8": Quantization.UINT8, "int8": Quantization.INT8, "int16": Quantization.INT8}
"""By the type of the activations; the weights beside int16 activations are int8."""

_INTEGER_WEIGHTS = ("int8", "uint8", "int4", "uint4", "int2")


def parameters(file: TfliteFile) -> int:
    """Elements of all constant weight tensors: kernels, biases, slopes, factors.

    Integers without a scale are shapes, axes and paddings, and do not count.
    """
    return sum(
        tensor.elements or 0
        for graph in file.graphs
        for tensor in _read_tensors(graph)
        if tensor.constant and (tensor.dtype.startswith(("float", "bfloat")) or tensor.scales)
    )


def _read_tensors(graph: Graph) -> list[GraphTensor]:
    used = {index for node in graph.nodes for index in node.inputs if index >= 0}
    return [graph.tensors[index] for index in sorted(used)]


def quantization(file: TfliteFile) -> Quantization:
    """How most of the weights are computed with.

    Each layer that multiplies counts with its number of weights: INT8 and UINT8
    where its output is an integer; otherwise DYNAMIC for integer weights, FLOAT16
    and FLOAT32 by the type the weights are stored in. A file without such layers is
    judged by the type of its input.
    """
    votes: Counter[Quantization] = Counter()
    for graph in file.graphs:
        producers = {output: node for node in graph.nodes for output in node.outputs}
        for node in graph.nodes:
            if node.operator in MAC_OPERATORS and len(node.inputs) > 1 and node.outputs:
                kind, weight = _layer(graph, node, producers)
                votes[kind] += weight
    if votes:
        return votes.most_common(1)[0][0]
    main = file.main
    dtype = main.tensors[main.inputs[0]].dtype if main.inputs else "float32"
    return _FULL_INTEGER.get(dtype, Quantization.FLOAT32)


def _layer(graph: Graph, node: Node, producers: dict[int, Node]) -> tuple[Quantization, int]:
    stored = _stored(graph, node.inputs[1], producers)
    count = stored.elements or 1
    activations = graph.tensors[node.outputs[0]].dtype
    if activations in _FULL_INTEGER:
        return _FULL_INTEGER[activations], count
    if stored.dtype in _INTEGER_WEIGHTS:
        return Quantization.DYNAMIC, count
    return (Quantization.FLOAT16 if stored.dtype == "float16" else Quantization.FLOAT32), count


def _stored(graph: Graph, index: int, producers: dict[int, Node]) -> GraphTensor:
    """The weights as the file has them: float16 and weight-only int8 pass through DEQUANTIZE first."""
    node = producers.get(index)
    if node is not None and node.operator == "DEQUANTIZE" and node.inputs and node.inputs[0] >= 0:
        return graph.tensors[node.inputs[0]]
    return graph.tensors[index]
