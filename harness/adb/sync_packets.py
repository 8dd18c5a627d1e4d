"""The packets of adb's `sync:` service: four letters, a length, the payload. Pure.

Source: packages/modules/adb, `file_sync_protocol.h` and `SYNC.TXT`.
"""

from __future__ import annotations

import struct

__all__ = ["MOST_DATA_BYTES", "pack_sync", "send_request", "unpack_header"]

MOST_DATA_BYTES = 64 * 1024
"""The largest payload of one DATA packet."""

_HEADER = struct.Struct("<4sI")


def pack_sync(kind: bytes, payload: bytes) -> bytes:
    """One packet with its payload."""
    return _HEADER.pack(kind, len(payload)) + payload


def unpack_header(data: bytes) -> tuple[bytes, int]:
    """Kind and number (a length, or DONE's time) of an 8-byte header."""
    kind, number = _HEADER.unpack(data)
    return kind, number


def send_request(remote: str, mode: int) -> bytes:
    """The packet that opens a SEND of a regular file."""
    return pack_sync(b"SEND", f"{remote},{0o100000 | (mode & 0o777)}".encode())
