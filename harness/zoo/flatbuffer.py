"""Reading FlatBuffers that nobody vouches for.

The generated readers trust every offset and length in the file. This one checks
each against the file's size before it reads, and counts what it reads: offsets
may share their targets, so a small file can describe a huge document.

Format: https://flatbuffers.dev/internals. Fields are addressed by their slot,
which is their position in the schema.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import Enum
from typing import Any

__all__ = ["FlatbufferError", "Scalar", "Source", "Table", "printable", "root_table"]

_BUDGET = 1_000_000
"""Vector elements read from one file, 16 characters counting as one. Hosted classifiers need up to 50,000."""

_LONGEST_TEXT_BYTES = 4096
"""Of a name or description; the rest is cut off."""


class FlatbufferError(Exception):
    """The bytes are no valid FlatBuffer; says where."""


class Scalar(Enum):
    """Types of numbers, as `struct` names them (little-endian)."""

    INT8 = "b"
    UINT8 = "B"
    UINT16 = "H"
    INT32 = "i"
    UINT32 = "I"
    INT64 = "q"
    UINT64 = "Q"
    FLOAT32 = "f"


@dataclass(slots=True)
class Source:
    """The bytes, and how much of them may still be read."""

    data: bytes
    budget: int = _BUDGET

    def number(self, kind: Scalar, position: int) -> int:
        """One integer at a byte position."""
        (value,) = self.unpack(kind.value, position)
        return int(value)

    def unpack(self, layout: str, position: int) -> tuple[Any, ...]:
        """`struct` values at a byte position. Raises FlatbufferError outside the file."""
        self.require(position, struct.calcsize("<" + layout))
        return struct.unpack_from("<" + layout, self.data, position)

    def require(self, position: int, size: int) -> None:
        """Raises FlatbufferError unless these bytes lie within the file."""
        if position < 0 or size < 0 or position + size > len(self.data):
            raise FlatbufferError(
                f"it is cut off or damaged: it refers to byte {position + size} and has {len(self.data)}"
            )

    def spend(self, amount: int) -> None:
        """Count what is read. Raises FlatbufferError when it becomes absurd."""
        self.budget -= amount
        if self.budget < 0:
            raise FlatbufferError("it describes far more than a classifier can hold")


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the document."""

    source: Source
    position: int
    vtable: int
    vtable_bytes: int

    def number(self, slot: int, kind: Scalar, default: int = 0) -> int:
        """An integer field."""
        at = self._field(slot)
        return default if at is None else self.source.number(kind, at)

    def text(self, slot: int) -> str | None:
        """A string field, printable and cut to 4096 bytes; None where it is absent."""
        found = self.span(slot, item_bytes=1)
        if found is None:
            return None
        start, length = found[0], min(found[1], _LONGEST_TEXT_BYTES)
        self.source.spend(1 + length // 16)
        return printable(self.source.data[start : start + length].decode("utf-8", "replace"))

    def table(self, slot: int) -> Table | None:
        """A table field; None where it is absent."""
        at = self._field(slot)
        return None if at is None else _table_at(self.source, _follow(self.source, at))

    def tables(self, slot: int) -> tuple[Table, ...]:
        """A vector of tables; empty where it is absent."""
        found = self.span(slot, item_bytes=4)
        if found is None:
            return ()
        start, length = found
        self.source.spend(length)
        places = range(start, start + 4 * length, 4)
        return tuple(_table_at(self.source, _follow(self.source, place)) for place in places)

    def integers(self, slot: int, kind: Scalar) -> tuple[int, ...]:
        """A vector of integers; empty where it is absent."""
        return self._numbers(slot, kind)

    def floats(self, slot: int, *, first: int | None = None) -> tuple[float, ...]:
        """A vector of 32-bit floats, or the first of them; empty where it is absent."""
        return self._numbers(slot, Scalar.FLOAT32, first=first)

    def _numbers(self, slot: int, kind: Scalar, *, first: int | None = None) -> tuple[Any, ...]:
        found = self.span(slot, item_bytes=struct.calcsize("<" + kind.value))
        if found is None:
            return ()
        start, length = found
        length = length if first is None else min(first, length)
        self.source.spend(length)
        return self.source.unpack(f"{length}{kind.value}", start)

    def span(self, slot: int, *, item_bytes: int) -> tuple[int, int] | None:
        """Start (byte) and length (items) of a vector field, all of it within the file."""
        at = self._field(slot)
        if at is None:
            return None
        vector = _follow(self.source, at)
        length = self.source.number(Scalar.UINT32, vector)
        self.source.require(vector + 4, length * item_bytes)
        return vector + 4, length

    def _field(self, slot: int) -> int | None:
        entry = 4 + 2 * slot
        if entry + 2 > self.vtable_bytes:
            return None
        offset = self.source.number(Scalar.UINT16, self.vtable + entry)
        return self.position + offset if offset else None


def root_table(data: bytes) -> Table:
    """The table the document starts with. Raises FlatbufferError."""
    source = Source(data)
    return _table_at(source, _follow(source, 0))


def printable(text: str) -> str:
    """The text with everything that could steer a terminal replaced by U+FFFD."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else "\ufffd" for each in text)


def _follow(source: Source, position: int) -> int:
    return position + source.number(Scalar.UINT32, position)


def _table_at(source: Source, position: int) -> Table:
    vtable = position - source.number(Scalar.INT32, position)
    size = source.number(Scalar.UINT16, vtable)
    if size < 4:
        raise FlatbufferError(f"the table at byte {position} has no layout")
    source.require(vtable, size)
    return Table(source, position, vtable, size)
