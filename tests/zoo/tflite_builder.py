"""Small `.tflite` files made for a test, written by the schema's own generated code."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

TYPES = schema.TensorType
OPERATORS = schema.BuiltinOperator


def tensor(
    name: str,
    shape: Sequence[int],
    dtype: int = TYPES.FLOAT32,
    *,
    buffer: int = 0,
    scale: float | None = None,
    zero_point: int = 0,
    open_batch: bool = False,
) -> schema.TensorT:
    made = schema.TensorT()
    made.name, made.shape, made.type, made.buffer = name, list(shape), dtype, buffer
    if open_batch:
        made.shapeSignature = [-1, *shape[1:]]
    if scale is not None:
        made.quantization = schema.QuantizationParametersT()
        made.quantization.scale, made.quantization.zeroPoint = [scale], [zero_point]
    return made


def node(code: int, inputs: Sequence[int], outputs: Sequence[int]) -> schema.OperatorT:
    made = schema.OperatorT()
    made.opcodeIndex, made.inputs, made.outputs = code, list(inputs), list(outputs)
    return made


def model_bytes(
    tensors: Sequence[schema.TensorT],
    operators: Sequence[int | str],
    nodes: Sequence[schema.OperatorT],
    inputs: Sequence[int],
    outputs: Sequence[int],
    buffers: Sequence[bytes] = (),
    metadata: bytes | None = None,
) -> bytes:
    """A file of one graph. Buffer 0 is the empty one; a string among the operators is a custom one."""
    graph = schema.SubGraphT()
    graph.tensors, graph.operators = list(tensors), list(nodes)
    graph.inputs, graph.outputs = list(inputs), list(outputs)
    model = schema.ModelT()
    model.version, model.subgraphs, model.description = 3, [graph], "made for a test"
    model.operatorCodes = [operator_code(each) for each in operators]
    model.buffers = [buffer_of(each) for each in (b"", *buffers)]
    if metadata is not None:
        entry = schema.MetadataT()
        entry.name, entry.buffer = "TFLITE_METADATA", len(model.buffers)
        model.metadata = [entry]
        model.buffers.append(buffer_of(metadata))
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


def operator_code(operator: int | str) -> schema.OperatorCodeT:
    made = schema.OperatorCodeT()
    if isinstance(operator, str):
        made.customCode, operator = operator, OPERATORS.CUSTOM
    made.builtinCode, made.deprecatedBuiltinCode = operator, min(operator, 127)
    return made


def buffer_of(data: bytes) -> schema.BufferT:
    made = schema.BufferT()
    made.data = np.frombuffer(data, np.uint8) if data else None
    return made


def classifier(
    *,
    input_shape: Sequence[int] = (1, 8, 8, 3),
    input_type: int = TYPES.FLOAT32,
    output_shape: Sequence[int] = (1, 4),
    head: Sequence[int | str] = (OPERATORS.SOFTMAX,),
    metadata: bytes | None = None,
    open_batch: bool = False,
    input_scale: float | None = None,
) -> bytes:
    """Conv 4x3x3x3 to [1, 8, 8, 4] with bias, then the head's operators, all of the output's shape."""
    tensors = [
        tensor("image", input_shape, input_type, open_batch=open_batch, scale=input_scale, zero_point=0),
        tensor("kernel", (4, 3, 3, 3), buffer=1),
        tensor("bias", (4,), buffer=2),
        tensor("features", (1, 8, 8, 4), open_batch=open_batch),
    ]
    nodes = [node(0, (0, 1, 2), (3,))]
    for index, _ in enumerate(head):
        tensors.append(tensor(f"head {index}", output_shape, open_batch=open_batch))
        nodes.append(node(1 + index, (3 + index,), (4 + index,)))
    buffers = [bytes(4 * 4 * 3 * 3 * 3), bytes(4 * 4)]
    operators = [OPERATORS.CONV_2D, *head]
    return model_bytes(tensors, operators, nodes, (0,), (3 + len(head),), buffers, metadata)


def with_files(data: bytes, files: dict[str, bytes]) -> bytes:
    """The model with a zip archive behind it, as Task Library models have."""
    made = io.BytesIO(data)
    made.seek(0, io.SEEK_END)
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def metadata_bytes(
    *,
    mean: Sequence[float] = (127.5,),
    std: Sequence[float] = (127.5,),
    label_file: str | None = "labels.txt",
    name: str = "made",
) -> bytes:
    """Task Library metadata: one image input with a normalization, one output with a label file."""
    b = flatbuffers.Builder(256)
    unit = _table(b, 2, {1: _table(b, 2, {0: _floats(b, mean), 1: _floats(b, std)})}, {0: 1})
    image = _table(b, 7, {4: _tables(b, [unit])})
    files = {}
    if label_file is not None:
        files = {6: _tables(b, [_table(b, 5, {0: b.CreateString(label_file)}, {2: 2})])}
    scores = _table(b, 7, files)
    graph = _table(b, 7, {2: _tables(b, [image]), 3: _tables(b, [scores])})
    root = _table(b, 8, {0: b.CreateString(name), 3: _tables(b, [graph])})
    b.Finish(root, file_identifier=b"M001")
    return bytes(b.Output())


def _table(b: flatbuffers.Builder, slots: int, offsets: dict, bytes_: dict | None = None) -> int:
    b.StartObject(slots)
    for slot, offset in offsets.items():
        b.PrependUOffsetTRelativeSlot(slot, offset, 0)
    for slot, value in (bytes_ or {}).items():
        b.PrependUint8Slot(slot, value, 0)
    return b.EndObject()


def _tables(b: flatbuffers.Builder, tables: Sequence[int]) -> int:
    b.StartVector(4, len(tables), 4)
    for each in reversed(tables):
        b.PrependUOffsetTRelative(each)
    return b.EndVector()


def _floats(b: flatbuffers.Builder, values: Sequence[float]) -> int:
    b.StartVector(4, len(values), 4)
    for each in reversed(values):
        b.PrependFloat32(each)
    return b.EndVector()
