"""Messages of the ADB protocol: 24 bytes of header, then the payload. Pure.

Source: packages/modules/adb, `protocol.txt`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import Enum

__all__ = [
    "HEADER_BYTES",
    "MOST_PAYLOAD_BYTES",
    "VERSION",
    "VERSION_WITHOUT_CHECKSUM",
    "Command",
    "Header",
    "Message",
    "ProtocolError",
]

HEADER_BYTES = 24
MOST_PAYLOAD_BYTES = 1024 * 1024
VERSION = 0x01000000
VERSION_WITHOUT_CHECKSUM = 0x01000001

_HEADER = struct.Struct("<6I")


class ProtocolError(Exception):
    """The peer sent something that is no ADB message."""


class Command(bytes, Enum):
    """What a message does."""

    CONNECT = b"CNXN"
    AUTHENTICATE = b"AUTH"
    OPEN = b"OPEN"
    READY = b"OKAY"
    WRITE = b"WRTE"
    CLOSE = b"CLSE"

    @property
    def number(self) -> int:
        """The four letters as a little-endian integer."""
        return int.from_bytes(self.value, "little")


_BY_NUMBER = {command.number: command for command in Command}


@dataclass(frozen=True, slots=True)
class Message:
    """One message; what the arguments mean depends on the command."""

    command: Command
    arg0: int = 0
    arg1: int = 0
    payload: bytes = b""

    def pack(self) -> bytes:
        """The message in bytes, always with its checksum: newer peers ignore it."""
        number = self.command.number
        header = _HEADER.pack(
            number, self.arg0, self.arg1, len(self.payload), checksum(self.payload), number ^ 0xFFFFFFFF
        )
        return header + self.payload


@dataclass(frozen=True, slots=True)
class Header:
    """What is known of a message before its payload has come."""

    command: Command
    arg0: int
    arg1: int
    length: int
    checksum: int

    @staticmethod
    def unpack(data: bytes) -> Header:
        """The header in 24 bytes. Raises ProtocolError."""
        number, arg0, arg1, length, total, magic = _HEADER.unpack(data)
        if number not in _BY_NUMBER or magic != number ^ 0xFFFFFFFF:
            raise ProtocolError(f"{data[:4]!r} is no command of ADB")
        if length > MOST_PAYLOAD_BYTES:
            raise ProtocolError(f"a payload of {length} bytes")
        return Header(_BY_NUMBER[number], arg0, arg1, length, total)


def checksum(payload: bytes) -> int:
    """The sum of the bytes."""
    return sum(payload) & 0xFFFFFFFF
