"""The packets of shell protocol v2: one byte of kind, four of length (little-endian), the payload. Pure.

Source: packages/modules/adb, `shell_protocol.h`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from enum import IntEnum

__all__ = ["PacketKind", "PacketReader", "pack_packet"]

_HEADER = struct.Struct("<BI")

MOST_PACKET_BYTES = 16 * 1024 * 1024
"""No daemon sends packets near this size; a larger one means the stream is not what it should be."""


class PacketKind(IntEnum):
    """What a packet carries."""

    STDIN = 0
    STDOUT = 1
    STDERR = 2
    EXIT = 3
    CLOSE_STDIN = 4
    WINDOW_SIZE = 5


def pack_packet(kind: PacketKind, payload: bytes) -> bytes:
    """One packet in bytes."""
    return _HEADER.pack(kind, len(payload)) + payload


class PacketReader:
    """Packets from a stream that arrives in pieces of any size."""

    def __init__(self) -> None:
        self._unread = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Kind and payload of every packet that is complete now. Raises ValueError for an absurd length."""
        self._unread += data
        while len(self._unread) >= _HEADER.size:
            kind, length = _HEADER.unpack_from(self._unread)
            if length > MOST_PACKET_BYTES:
                raise ValueError(f"a shell packet of {length} bytes")
            if len(self._unread) < _HEADER.size + length:
                return
            payload = bytes(self._unread[_HEADER.size : _HEADER.size + length])
            del self._unread[: _HEADER.size + length]
            yield kind, payload
