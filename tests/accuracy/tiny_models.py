"""Tiny real `.tflite` files: the mean of each colour as the score of a class, and ways to go wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

TYPES = {
    "float32": schema.TensorType.FLOAT32,
    "uint8": schema.TensorType.UINT8,
    "int8": schema.TensorType.INT8,
    "int16": schema.TensorType.INT16,
}
CODES = schema.BuiltinOperator


class Builder:
    """One or more subgraphs with their operators and constants."""

    def __init__(self) -> None:
        self.buffers: list[Any] = [schema.BufferT()]
        self.codes: list[int] = []
        self.graphs: list[Any] = []
        self.new_graph()

    def new_graph(self) -> int:
        graph = schema.SubGraphT()
        graph.tensors, graph.operators, graph.inputs, graph.outputs = [], [], [], []
        self.graphs.append(graph)
        return len(self.graphs) - 1

    def tensor(self, shape, kind, *, data=None, scale=None, zero_point=0, graph=0, signature=None) -> int:
        tensor = schema.TensorT()
        tensor.shape, tensor.type, tensor.buffer = list(shape), kind, 0
        tensor.shapeSignature = signature
        tensor.name = f"t{len(self.graphs[graph].tensors)}"
        if scale is not None:
            tensor.quantization = schema.QuantizationParametersT()
            tensor.quantization.scale, tensor.quantization.zeroPoint = [scale], [zero_point]
        if data is not None:
            tensor.buffer = len(self.buffers)
            self.buffers.append(schema.BufferT())
            self.buffers[-1].data = np.frombuffer(np.ascontiguousarray(data).tobytes(), np.uint8)
        self.graphs[graph].tensors.append(tensor)
        return len(self.graphs[graph].tensors) - 1

    def operator(self, code, inputs, outputs, options=None, *, graph=0, **fields) -> None:
        if code not in self.codes:
            self.codes.append(code)
        operator = schema.OperatorT()
        operator.opcodeIndex = self.codes.index(code)
        operator.inputs, operator.outputs = inputs, outputs
        if options is not None:
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, options)
            operator.builtinOptions = getattr(schema, f"{options}T")()
            for name, value in fields.items():
                setattr(operator.builtinOptions, name, value)
        self.graphs[graph].operators.append(operator)

    def write(self, path: Path, inputs: list[int], outputs: list[int]) -> Path:
        self.graphs[0].inputs, self.graphs[0].outputs = inputs, outputs
        model = schema.ModelT()
        model.version, model.subgraphs, model.buffers = 3, self.graphs, self.buffers
        model.operatorCodes = [_code(code) for code in self.codes]
        builder = flatbuffers.Builder(1024)
        builder.Finish(model.Pack(builder), b"TFL3")
        path.write_bytes(bytes(builder.Output()))
        return path


def _code(code: int) -> Any:
    operator_code = schema.OperatorCodeT()
    operator_code.builtinCode, operator_code.deprecatedBuiltinCode = code, min(code, 127)
    operator_code.version = 1
    return operator_code


def _means(builder: Builder, size: int, dtype: str, layout: tuple[int, ...] | None = None) -> tuple[int, int]:
    """Input [1, size, size, 3] and its means [1, 3]."""
    kind = TYPES[dtype]
    quantization = {} if dtype == "float32" else {"scale": 1.0, "zero_point": 0 if dtype == "uint8" else -128}
    source = builder.tensor(layout or (1, size, size, 3), kind, **quantization)
    axes = builder.tensor((2,), schema.TensorType.INT32, data=np.array([1, 2], np.int32))
    means = builder.tensor((1, 3), kind, **quantization)
    builder.operator(CODES.MEAN, [source, axes], [means], "ReducerOptions", keepDims=False)
    return source, means


def colour_model(path: Path, *, size: int = 8, dtype: str = "float32") -> Path:
    """Three classes: the scores are the means of red, green and blue."""
    builder = Builder()
    source, means = _means(builder, size, dtype)
    return builder.write(path, [source], [means])


def colour_model_with_background(path: Path, *, size: int = 8) -> Path:
    """Four classes: a background that never wins, then red, green and blue."""
    builder = Builder()
    source, means = _means(builder, size, "float32")
    pads = builder.tensor((2, 2), schema.TensorType.INT32, data=np.array([[0, 0], [1, 0]], np.int32))
    lowest = builder.tensor((), schema.TensorType.FLOAT32, data=np.array(-9, np.float32))
    scores = builder.tensor((1, 4), schema.TensorType.FLOAT32)
    builder.operator(CODES.PADV2, [means, pads, lowest], [scores], "PadV2Options")
    return builder.write(path, [source], [scores])


def nearest_colour_model(path: Path, colours: np.ndarray, *, size: int = 8) -> Path:
    """The nearest of some colours [classes, 3], which are in the values that the model takes.

    The nearest c to the mean m is that of the largest 2 c m - c c, which is a fully connected layer.
    """
    builder = Builder()
    source, means = _means(builder, size, "float32")
    kind = schema.TensorType.FLOAT32
    weights = builder.tensor(colours.shape, kind, data=(2 * colours).astype(np.float32))
    bias = builder.tensor((len(colours),), kind, data=-(colours**2).sum(axis=1).astype(np.float32))
    scores = builder.tensor((1, len(colours)), kind)
    builder.operator(CODES.FULLY_CONNECTED, [means, weights, bias], [scores], "FullyConnectedOptions")
    return builder.write(path, [source], [scores])


def nan_model(path: Path) -> Path:
    """Puts out NaN."""
    builder = Builder()
    source, means = _means(builder, 8, "float32")
    nan = builder.tensor((1, 3), schema.TensorType.FLOAT32, data=np.full((1, 3), np.nan, np.float32))
    scores = builder.tensor((1, 3), schema.TensorType.FLOAT32)
    builder.operator(CODES.ADD, [means, nan], [scores], "AddOptions")
    return builder.write(path, [source], [scores])


def two_output_model(path: Path) -> Path:
    builder = Builder()
    source, means = _means(builder, 8, "float32")
    return builder.write(path, [source], [means, source])


def image_output_model(path: Path) -> Path:
    """Gives an image back: no classifier."""
    builder = Builder()
    source = builder.tensor((1, 8, 8, 3), schema.TensorType.FLOAT32)
    result = builder.tensor((1, 8, 8, 3), schema.TensorType.FLOAT32)
    builder.operator(CODES.ABS, [source], [result], "AbsOptions")
    return builder.write(path, [source], [result])


def endless_model(path: Path) -> Path:
    """Never returns from its first invoke: a loop whose condition is always true."""
    builder = Builder()
    source, means = _means(builder, 8, "float32")
    scores = builder.tensor((1, 3), schema.TensorType.FLOAT32)
    condition, body = builder.new_graph(), builder.new_graph()
    seen = builder.tensor((1, 3), schema.TensorType.FLOAT32, graph=condition)
    # A comparison of the loop's value with itself cannot be folded away.
    each = builder.tensor((1, 3), schema.TensorType.BOOL, graph=condition)
    axes = builder.tensor((2,), schema.TensorType.INT32, data=np.array([0, 1], np.int32), graph=condition)
    always = builder.tensor((), schema.TensorType.BOOL, graph=condition)
    builder.operator(CODES.EQUAL, [seen, seen], [each], "EqualOptions", graph=condition)
    builder.operator(CODES.REDUCE_ANY, [each, axes], [always], "ReducerOptions", graph=condition)
    builder.graphs[condition].inputs, builder.graphs[condition].outputs = [seen], [always]
    before = builder.tensor((1, 3), schema.TensorType.FLOAT32, graph=body)
    after = builder.tensor((1, 3), schema.TensorType.FLOAT32, graph=body)
    builder.operator(CODES.ABS, [before], [after], "AbsOptions", graph=body)
    builder.graphs[body].inputs, builder.graphs[body].outputs = [before], [after]
    builder.operator(
        CODES.WHILE, [means], [scores], "WhileOptions", condSubgraphIndex=condition, bodySubgraphIndex=body
    )
    return builder.write(path, [source], [scores])


def crashing_model(path: Path) -> Path:
    """Ends its process when it is loaded: a loop whose body is the graph it stands in."""
    builder = Builder()
    source, means = _means(builder, 8, "float32")
    scores = builder.tensor((1, 3), schema.TensorType.FLOAT32)
    condition, body = builder.new_graph(), builder.new_graph()
    seen = builder.tensor((1, 3), schema.TensorType.FLOAT32, graph=condition)
    always = builder.tensor((), schema.TensorType.BOOL, graph=condition, data=np.array(True))
    builder.graphs[condition].inputs, builder.graphs[condition].outputs = [seen], [always]
    before = builder.tensor((1, 3), schema.TensorType.FLOAT32, graph=body)
    after = builder.tensor((1, 3), schema.TensorType.FLOAT32, graph=body)
    builder.operator(
        CODES.WHILE,
        [before],
        [after],
        "WhileOptions",
        graph=body,
        condSubgraphIndex=condition,
        bodySubgraphIndex=body,
    )
    builder.graphs[body].inputs, builder.graphs[body].outputs = [before], [after]
    builder.operator(
        CODES.WHILE, [means], [scores], "WhileOptions", condSubgraphIndex=condition, bodySubgraphIndex=body
    )
    return builder.write(path, [source], [scores])


def form_model(
    path: Path,
    *,
    shape: tuple[int, ...] = (1, 8, 8, 3),
    axes: tuple[int, ...] = (1, 2),
    signature: tuple[int, ...] | None = None,
    scores: tuple[int, ...] = (1, 3),
    head: int | None = CODES.SOFTMAX,
    int16: bool = False,
    features: bool = False,
) -> Path:
    """The mean over `axes` of an image in any form, reshaped to `scores`, then an operator that makes scores.

    With `int16` input and output are int16; with `features` the means are an output of their own, the first.
    """
    builder = Builder()
    kind, scale = (TYPES["int16"], 1 / 32768) if int16 else (TYPES["float32"], None)
    given = builder.tensor(shape, kind, scale=scale, signature=list(signature) if signature else None)
    source = given
    if int16:
        source = builder.tensor(shape, TYPES["float32"])
        builder.operator(CODES.DEQUANTIZE, [given], [source], "DequantizeOptions")
    where = builder.tensor((len(axes),), schema.TensorType.INT32, data=np.array(axes, np.int32))
    kept = tuple(size for axis, size in enumerate(shape) if axis not in axes)
    means = builder.tensor(kept, TYPES["float32"])
    builder.operator(CODES.MEAN, [source, where], [means], "ReducerOptions", keepDims=False)
    new_shape = builder.tensor((len(scores),), schema.TensorType.INT32, data=np.array(scores, np.int32))
    last = builder.tensor(scores, TYPES["float32"])
    builder.operator(CODES.RESHAPE, [means, new_shape], [last], "ReshapeOptions", newShape=list(scores))
    if head is not None:
        before, last = last, builder.tensor(scores, TYPES["float32"])
        options = {"options": "SoftmaxOptions", "beta": 1.0} if head == CODES.SOFTMAX else {}
        builder.operator(head, [before], [last], **options)
    if int16:
        before, last = last, builder.tensor(scores, kind, scale=scale)
        builder.operator(CODES.QUANTIZE, [before], [last], "QuantizeOptions")
    return builder.write(path, [given], [means, last] if features else [last])
