"""The graph inside a `.tflite` file, as far as harness looks at it.

Slots are positions in tensorflow/lite/schema/schema.fbs, version 3. Names of
operators and types come from the schema the runtime ships, so a newer runtime
brings the newer names.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

from harness.zoo.flatbuffer import FlatbufferError, Scalar, Table, root_table

__all__ = ["CUSTOM", "FILE_IDENTIFIER", "Graph", "GraphTensor", "Node", "TfliteFile", "read_tflite"]

FILE_IDENTIFIER = b"TFL3"
CUSTOM = "CUSTOM"

_SCHEMA_VERSION = 3
_METADATA_NAME = "TFLITE_METADATA"
_MOST_DIMENSIONS = 32
_PLACEHOLDER_FOR_GREATER_OP_CODES = 127
"""BuiltinOperator: codes from 127 on are in the 32-bit field that came later."""


@dataclass(frozen=True, slots=True)
class GraphTensor:
    """One tensor. `shape` has -1 where a size is open; `constant`: its values are in the file.

    `laid_out` is the shape it has until it is resized.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    constant: bool
    scales: int
    scale: float | None
    zero_point: int | None
    span: tuple[int, int] | None = None
    """Where the values of a constant stand: first byte and number of bytes."""
    laid_out: tuple[int, ...] = ()

    @property
    def elements(self) -> int | None:
        """Number of elements for a batch of one; None where another size is open."""
        sizes = (1, *self.shape[1:]) if self.shape[:1] == (-1,) else self.shape
        return math.prod(sizes) if all(size >= 0 for size in sizes) else None


@dataclass(frozen=True, slots=True)
class Node:
    """One operator of a graph. Indices are those of tensors; -1 stands for an input left out."""

    operator: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Table | None


@dataclass(frozen=True, slots=True)
class Graph:
    """One subgraph, its nodes in order of execution."""

    tensors: tuple[GraphTensor, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class TfliteFile:
    """What was read. `custom_operators` are names; `metadata` is the embedded metadata buffer."""

    graphs: tuple[Graph, ...]
    custom_operators: tuple[str, ...]
    description: str | None
    metadata: bytes | None
    data: bytes = b""

    @property
    def main(self) -> Graph:
        """The graph that is run."""
        return self.graphs[0]


def read_tflite(data: bytes) -> TfliteFile:
    """Parse a whole `.tflite` file. Raises FlatbufferError with the reason why it is none."""
    if not data:
        raise FlatbufferError("it is empty")
    if data[4:8] != FILE_IDENTIFIER:
        raise FlatbufferError(f"it lacks the mark {FILE_IDENTIFIER.decode()} that follows its first 4 bytes")
    model = root_table(data)
    version = model.number(0, Scalar.UINT32)
    if version != _SCHEMA_VERSION:
        raise FlatbufferError(f"it has schema version {version}; runtimes read version {_SCHEMA_VERSION}")
    buffers = model.tables(4)
    codes = tuple(_operator_name(code) for code in model.tables(1))
    spans = tuple(_values_at(buffer) for buffer in buffers)
    graphs = tuple(_graph(table, codes, spans) for table in model.tables(2))
    if not graphs:
        raise FlatbufferError("it holds no graph")
    return TfliteFile(
        graphs=graphs,
        custom_operators=_custom_names(codes),
        description=model.text(3),
        metadata=_metadata(model, buffers),
        data=data,
    )


_Span = tuple[int, int]


def _values_at(buffer: Table) -> _Span | None:
    """First byte and length of a buffer's values, inside the document or (large models) behind it."""
    inside = buffer.span(0, item_bytes=1)
    return inside if inside is not None and inside[1] else _outside(buffer)


def _outside(buffer: Table) -> _Span | None:
    offset, size = buffer.number(1, Scalar.UINT64), buffer.number(2, Scalar.UINT64)
    # 0 and 1 both mean that the values are not stored outside.
    if offset <= 1:
        return None
    buffer.source.require(offset, size)
    return (offset, size) if size > 0 else None


def _operator_name(code: Table) -> str:
    old, new = code.number(0, Scalar.INT8), code.number(3, Scalar.INT32)
    number = max(old, new) if old < _PLACEHOLDER_FOR_GREATER_OP_CODES else new
    name = _builtin_names().get(number, f"BUILTIN_{number}")
    return f"{CUSTOM}:{code.text(1) or '(unnamed)'}" if name == CUSTOM else name


def _custom_names(codes: tuple[str, ...]) -> tuple[str, ...]:
    prefix = f"{CUSTOM}:"
    return tuple(dict.fromkeys(code.removeprefix(prefix) for code in codes if code.startswith(prefix)))


def _graph(table: Table, codes: tuple[str, ...], spans: tuple[_Span | None, ...]) -> Graph:
    tensors = tuple(_tensor(each, index, spans) for index, each in enumerate(table.tables(0)))
    graph = Graph(
        tensors=tensors,
        inputs=table.integers(1, Scalar.INT32),
        outputs=table.integers(2, Scalar.INT32),
        nodes=tuple(_node(each, codes) for each in table.tables(3)),
    )
    _check_indices(graph)
    return graph


def _node(table: Table, codes: tuple[str, ...]) -> Node:
    index = table.number(0, Scalar.UINT32)
    if index >= len(codes):
        raise FlatbufferError(f"a node is of operator {index}, and only {len(codes)} are declared")
    return Node(
        operator=codes[index],
        inputs=table.integers(1, Scalar.INT32),
        outputs=table.integers(2, Scalar.INT32),
        options=table.table(4) if table.number(3, Scalar.UINT8) else None,
    )


def _check_indices(graph: Graph) -> None:
    most = len(graph.tensors)
    required = [*graph.inputs, *graph.outputs, *(each for node in graph.nodes for each in node.outputs)]
    optional = [each for node in graph.nodes for each in node.inputs]
    for index, lowest in [*((each, 0) for each in required), *((each, -1) for each in optional)]:
        if not lowest <= index < most:
            raise FlatbufferError(f"a node refers to tensor {index}, and there are only {most}")


def _tensor(table: Table, index: int, spans: tuple[_Span | None, ...]) -> GraphTensor:
    shape, signature = table.integers(0, Scalar.INT32), table.integers(7, Scalar.INT32)
    if len(shape) > _MOST_DIMENSIONS:
        raise FlatbufferError(f"tensor {index} has {len(shape)} dimensions")
    if min(shape, default=0) < -1:
        raise FlatbufferError(f"tensor {index} has a negative size")
    buffer = table.number(2, Scalar.UINT32)
    if buffer >= max(len(spans), 1):
        raise FlatbufferError(f"tensor {index} is stored in buffer {buffer}, and there are only {len(spans)}")
    name = table.text(3) or ""
    scales, scale, zero_point = _quantization(table.table(4), shape, f"tensor {index} ({name})")
    return GraphTensor(
        name=name,
        shape=signature if len(signature) == len(shape) else shape,
        dtype=_type_names().get(table.number(1, Scalar.INT8), "unknown"),
        constant=bool(spans) and spans[buffer] is not None,
        scales=scales,
        scale=scale,
        zero_point=zero_point,
        span=spans[buffer] if spans else None,
        laid_out=shape,
    )


def _quantization(
    table: Table | None, shape: tuple[int, ...], what: str
) -> tuple[int, float | None, int | None]:
    """Number of scales, and scale and zero point where there is one of each.

    Refuses what TFLite's interpreter_builder.cc (ParseQuantization) refuses.
    """
    scales = (table.span(2, item_bytes=4) or (0, 0))[1] if table is not None else 0
    if table is None or scales == 0:
        return 0, None, None
    zeros = table.span(3, item_bytes=8)
    if zeros is None or zeros[1] not in (1, scales):
        raise FlatbufferError(f"{what} has {scales} scales and {zeros[1] if zeros else 0} zero points")
    dimension = table.number(6, Scalar.INT32)
    if shape and not 0 <= dimension < len(shape):
        raise FlatbufferError(
            f"{what} is quantized along dimension {dimension}, and has only {len(shape)} of them"
        )
    if shape and scales not in (1, shape[dimension]):
        raise FlatbufferError(f"{what} has {scales} scales for {shape[dimension]} channels")
    if scales > 1:
        return scales, None, None
    (scale,) = table.floats(2, first=1)
    # Scale 0 marks a tensor without quantization.
    return (
        (1, scale, table.integers(3, Scalar.INT64)[0])
        if scale > 0 and math.isfinite(scale)
        else (0, None, None)
    )


def _metadata(model: Table, buffers: tuple[Table, ...]) -> bytes | None:
    for entry in model.tables(6):
        index = entry.number(1, Scalar.UINT32)
        if entry.text(0) == _METADATA_NAME and index < len(buffers):
            found = buffers[index].span(0, item_bytes=1)
            return model.source.data[found[0] : found[0] + found[1]] if found else None
    return None


@cache
def _builtin_names() -> dict[int, str]:
    from ai_edge_litert.schema_py_generated import BuiltinOperator

    return _constants(BuiltinOperator)


@cache
def _type_names() -> dict[int, str]:
    from ai_edge_litert.schema_py_generated import TensorType

    return {value: name.lower() for value, name in _constants(TensorType).items()}


def _constants(enumeration: type) -> dict[int, str]:
    return {value: name for name, value in vars(enumeration).items() if isinstance(value, int)}
