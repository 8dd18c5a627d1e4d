"""Resizing by TFLite's own reference kernel: the code whose arithmetic module `resize` reproduces.

One small graph casts the crop to float and resizes it to every size that is
needed; the runtime runs it about twice as fast as numpy can. It is built here,
with the schema that ai-edge-litert carries. Where that, or the kernel, is not to
be had or does not compute the very same numbers, numpy does the work.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.accuracy.decode import ImageArray
from harness.accuracy.resize import Box, FloatImage, resize_bilinear

__all__ = ["BilinearKernel", "open_kernel"]

Size = tuple[int, int]
"""Height and width."""


class BilinearKernel:
    """Resizes boxes of images to a fixed list of sizes. Not to be shared by threads."""

    def __init__(self, sizes: Sequence[Size]) -> None:
        """Raises whatever a runtime without such a kernel raises; see `open_kernel`."""
        module = importlib.import_module("ai_edge_litert.interpreter")
        self._interpreter = module.Interpreter(
            model_content=_graph(sizes),
            num_threads=1,
            experimental_op_resolver_type=module.OpResolverType.BUILTIN_REF,
        )
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._outputs = [detail["index"] for detail in self._interpreter.get_output_details()]
        self._shape: tuple[int, ...] = ()

    def resize(self, image: ImageArray, box: Box) -> Iterator[FloatImage]:
        """The box of a uint8 image [h, w, 3] in every size, in order: float32 [height, width, 3].

        Each is a view of the kernel's memory that must be let go of before the next call.
        """
        part = image[np.newaxis, box.top : box.top + box.height, box.left : box.left + box.width]
        if part.shape != self._shape:
            self._interpreter.resize_tensor_input(self._input, part.shape)
            self._interpreter.allocate_tensors()
            self._shape = part.shape
        self._interpreter.set_tensor(self._input, part)
        self._interpreter.invoke()
        for output in self._outputs:
            yield self._interpreter.tensor(output)()[0]


def open_kernel(sizes: Sequence[Size]) -> BilinearKernel | None:
    """A kernel for these sizes that gives bit for bit what numpy gives, or None."""
    try:
        kernel = BilinearKernel(sizes)
        return kernel if _agrees(kernel, sizes) else None
    except (ImportError, AttributeError, RuntimeError, ValueError, TypeError):
        return None


def _agrees(kernel: BilinearKernel, sizes: Sequence[Size]) -> bool:
    image = np.random.default_rng(0).integers(0, 256, (61, 67, 3), dtype=np.uint8)
    box = Box(top=3, left=5, height=53, width=59)
    found = kernel.resize(image, box)
    return all(
        np.array_equal(resized, resize_bilinear(image, box, *size))
        for size, resized in zip(sizes, found, strict=True)
    )


def _graph(sizes: Sequence[Size]) -> bytes:
    """A .tflite: uint8 [1, ?, ?, 3] to float32 [1, height, width, 3] for each size."""
    flatbuffers = importlib.import_module("flatbuffers")
    graph = _GraphWriter(importlib.import_module("ai_edge_litert.schema_py_generated"))
    types, kinds = graph.schema.TensorType, graph.schema.BuiltinOperator
    source = graph.tensor([1, 1, 1, 3], types.UINT8, signature=[1, -1, -1, 3])
    pixels = graph.tensor([1, 1, 1, 3], types.FLOAT32, signature=[1, -1, -1, 3])
    graph.operator(kinds.CAST, [source], pixels, "CastOptions")
    outputs = []
    for height, width in sizes:
        size = graph.tensor([2], types.INT32, data=np.array([height, width], np.int32))
        outputs.append(graph.tensor([1, height, width, 3], types.FLOAT32))
        # align_corners and half_pixel_centers are false where they are not set.
        graph.operator(kinds.RESIZE_BILINEAR, [pixels, size], outputs[-1], "ResizeBilinearOptions")
    builder = flatbuffers.Builder(1024)
    builder.Finish(graph.model(source, outputs).Pack(builder), b"TFL3")
    return bytes(builder.Output())


class _GraphWriter:
    """Collects tensors and operators in the objects of the generated schema."""

    def __init__(self, schema: Any) -> None:  # noqa: ANN401
        self.schema = schema
        self._graph = schema.SubGraphT()
        self._graph.tensors, self._graph.operators = [], []
        self._buffers = [schema.BufferT()]  # buffer 0 is the empty one, by definition of the format
        self._codes: list[int] = []

    def tensor(
        self,
        shape: list[int],
        kind: int,
        *,
        signature: list[int] | None = None,
        data: npt.NDArray[np.int32] | None = None,
    ) -> int:
        """Index of a new tensor, constant where it has data."""
        tensor = self.schema.TensorT()
        tensor.shape, tensor.type, tensor.shapeSignature = shape, kind, signature
        tensor.name = f"tensor{len(self._graph.tensors)}"
        tensor.buffer = 0
        if data is not None:
            tensor.buffer = len(self._buffers)
            self._buffers.append(self.schema.BufferT())
            self._buffers[-1].data = np.frombuffer(data.tobytes(), np.uint8)
        self._graph.tensors.append(tensor)
        return len(self._graph.tensors) - 1

    def operator(self, code: int, inputs: list[int], output: int, options: str) -> None:
        """Add an operator with default options of the type of this name."""
        if code not in self._codes:
            self._codes.append(code)
        operator = self.schema.OperatorT()
        operator.opcodeIndex = self._codes.index(code)
        operator.inputs, operator.outputs = inputs, [output]
        operator.builtinOptionsType = getattr(self.schema.BuiltinOptions, options)
        operator.builtinOptions = getattr(self.schema, f"{options}T")()
        self._graph.operators.append(operator)

    def model(self, source: int, outputs: list[int]) -> Any:  # noqa: ANN401
        """The whole model, ready to be packed."""
        self._graph.inputs, self._graph.outputs = [source], outputs
        model = self.schema.ModelT()
        model.version = 3
        model.operatorCodes = [self._code(code) for code in self._codes]
        model.subgraphs, model.buffers = [self._graph], self._buffers
        return model

    def _code(self, code: int) -> Any:  # noqa: ANN401
        operator_code = self.schema.OperatorCodeT()
        # Both fields: readers before schema 3a know the narrow one only.
        operator_code.builtinCode = operator_code.deprecatedBuiltinCode = code
        operator_code.version = 1
        return operator_code
