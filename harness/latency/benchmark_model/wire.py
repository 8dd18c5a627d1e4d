"""Fields of a serialized protocol buffer, without its schema. Pure; reads bytes nobody vouches for.

Source: protobuf.dev, "Encoding". Groups, which no file of the tool has, are refused.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

__all__ = ["Value", "WireError", "read_fields"]

Value = int | float | bytes
"""A varint or 64-bit word as int, a 32-bit word as float, anything with a length as bytes."""

_VARINT, _WORD64, _LENGTH, _WORD32 = 0, 1, 2, 5
_MOST_VARINT_BYTES = 10


class WireError(ValueError):
    """The bytes are no protocol buffer."""


def read_fields(content: bytes) -> Iterator[tuple[int, Value]]:
    """Number and value of every field in order. Raises WireError."""
    at = 0
    while at < len(content):
        tag, at = _varint(content, at)
        number, kind = tag >> 3, tag & 7
        if number == 0:
            raise WireError(f"a field without number at byte {at}")
        if kind == _VARINT:
            value, at = _varint(content, at)
            yield number, value
        elif kind == _LENGTH:
            length, at = _varint(content, at)
            yield number, _taken(content, at, length)
            at += length
        elif kind == _WORD32:
            yield number, float(struct.unpack("<f", _taken(content, at, 4))[0])
            at += 4
        elif kind == _WORD64:
            yield number, int(struct.unpack("<Q", _taken(content, at, 8))[0])
            at += 8
        else:
            raise WireError(f"wire type {kind} at byte {at}")


def _varint(content: bytes, at: int) -> tuple[int, int]:
    number = 0
    for shift in range(_MOST_VARINT_BYTES):
        if at >= len(content):
            raise WireError("cut in the middle of a number")
        byte = content[at]
        at += 1
        number |= (byte & 0x7F) << (7 * shift)
        if byte < 0x80:
            return number, at
    raise WireError(f"a number without end at byte {at}")


def _taken(content: bytes, at: int, length: int) -> bytes:
    taken = content[at : at + length]
    if len(taken) < length:
        raise WireError(f"cut: {length} bytes were announced at byte {at}, {len(taken)} are there")
    return taken
