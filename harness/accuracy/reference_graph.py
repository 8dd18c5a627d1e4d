"""The .tflite that casts an image to float and resizes it, written field by field.

`ai_edge_litert.schema_py_generated` could write it too, but importing that takes
longer than all other imports of the evaluating child process together. The numbers of
fields and operators below are those of tflite/schema/schema.fbs, which never change:
FlatBuffers promises that old files stay readable.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

__all__ = ["Size", "resize_graph"]

Size = tuple[int, int]
"""Height and width."""

_FLOAT32, _INT32, _UINT8 = 0, 2, 3
_CAST, _RESIZE_BILINEAR = 53, 23
_SCHEMA_VERSION = 3

_Offset = int
_Field = Callable[[int], None]
"""Writes the field of this number of the table that is open."""


def resize_graph(sizes: Sequence[Size]) -> bytes:
    """A .tflite: uint8 [1, ?, ?, 3] to float32 [1, height, width, 3] for each size, bilinear.

    align_corners and half_pixel_centers are false, as they are where no options stand.
    Raises ImportError without `flatbuffers`, which comes with ai-edge-litert.
    """
    graph = _Writer()
    source = graph.tensor([1, 1, 1, 3], _UINT8, signature=[1, -1, -1, 3])
    pixels = graph.tensor([1, 1, 1, 3], _FLOAT32, signature=[1, -1, -1, 3])
    graph.operator(_CAST, [source], pixels)
    outputs = []
    for height, width in sizes:
        size = graph.tensor([2], _INT32, data=np.array([height, width], np.int32))
        outputs.append(graph.tensor([1, height, width, 3], _FLOAT32))
        graph.operator(_RESIZE_BILINEAR, [pixels, size], outputs[-1])
    return graph.finish(source, outputs)


class _Writer:
    """Collects tensors, buffers and operators; a table must be complete before one that points to it."""

    def __init__(self) -> None:
        self._builder = importlib.import_module("flatbuffers").Builder(1024)
        self._tensors: list[_Offset] = []
        self._operators: list[_Offset] = []
        self._buffers = [self._table()]  # buffer 0 is the empty one, by definition of the format
        self._codes: list[int] = []

    def tensor(
        self,
        shape: list[int],
        kind: int,
        *,
        signature: list[int] | None = None,
        data: np.ndarray[Any, np.dtype[np.int32]] | None = None,
    ) -> int:
        """Index of a new tensor, constant where it has data."""
        buffer = 0
        if data is not None:
            buffer = len(self._buffers)
            content = self._builder.CreateNumpyVector(np.frombuffer(data.tobytes(), np.uint8))
            self._buffers.append(self._table({0: self._offset(content)}))
        fields = {
            0: self._offset(self._integers(shape)),
            1: lambda slot: self._builder.PrependInt8Slot(slot, kind, 0),
            2: lambda slot: self._builder.PrependUint32Slot(slot, buffer, 0),
            3: self._offset(self._builder.CreateString(f"tensor{len(self._tensors)}")),
        }
        if signature is not None:
            fields[7] = self._offset(self._integers(signature))
        self._tensors.append(self._table(fields))
        return len(self._tensors) - 1

    def operator(self, code: int, inputs: list[int], output: int) -> None:
        """Add an operator with the default options of its kind."""
        if code not in self._codes:
            self._codes.append(code)
        index = self._codes.index(code)
        self._operators.append(
            self._table(
                {
                    0: lambda slot: self._builder.PrependUint32Slot(slot, index, 0),
                    1: self._offset(self._integers(inputs)),
                    2: self._offset(self._integers([output])),
                }
            )
        )

    def finish(self, source: int, outputs: list[int]) -> bytes:
        """The whole file."""
        graph = self._table(
            {
                0: self._offset(self._tables(self._tensors)),
                1: self._offset(self._integers([source])),
                2: self._offset(self._integers(outputs)),
                3: self._offset(self._tables(self._operators)),
            }
        )
        codes = [self._code(code) for code in self._codes]
        model = self._table(
            {
                0: lambda slot: self._builder.PrependUint32Slot(slot, _SCHEMA_VERSION, 0),
                1: self._offset(self._tables(codes)),
                2: self._offset(self._tables([graph])),
                4: self._offset(self._tables(self._buffers)),
            }
        )
        self._builder.Finish(model, b"TFL3")
        return bytes(self._builder.Output())

    def _code(self, code: int) -> _Offset:
        # Both fields: readers before schema 3a know the narrow one only.
        return self._table(
            {
                0: lambda slot: self._builder.PrependInt8Slot(slot, code, 0),
                3: lambda slot: self._builder.PrependInt32Slot(slot, code, 0),
            }
        )

    def _table(self, fields: dict[int, _Field] | None = None) -> _Offset:
        fields = fields or {}
        self._builder.StartObject(max(fields, default=0) + 1)
        for slot, write in fields.items():
            write(slot)
        offset: _Offset = self._builder.EndObject()
        return offset

    def _offset(self, target: _Offset) -> _Field:
        return lambda slot: self._builder.PrependUOffsetTRelativeSlot(slot, target, 0)

    def _integers(self, values: list[int]) -> _Offset:
        offset: _Offset = self._builder.CreateNumpyVector(np.array(values, np.int32))
        return offset

    def _tables(self, offsets: list[_Offset]) -> _Offset:
        self._builder.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            self._builder.PrependUOffsetTRelative(offset)
        vector: _Offset = self._builder.EndVector()
        return vector
