"""Pushing one file with adb-shell's messages.

adb-shell's own push throws away a refusal that comes while it waits for an
acknowledgement, and then waits for it in vain: a full phone would look like a
dead one. Here a refusal ends the push, whenever it comes.
"""

from __future__ import annotations

import struct
import time
from pathlib import Path

from adb_shell import constants
from adb_shell.adb_device import AdbDevice
from adb_shell.adb_message import AdbMessage

from harness.adb.sync_packets import MOST_DATA_BYTES, pack_sync, send_request, unpack_header

__all__ = ["DirectPush"]

_MOST_MESSAGE_BYTES = 256 * 1024
_HEADER_BYTES = 8


class DirectPush:
    """One `sync:` stream of a device that is connected. Errors are adb-shell's and the transport's."""

    def __init__(self, device: AdbDevice, seconds: float) -> None:
        self._device = device
        self._most_bytes = min(device.max_chunk_size, _MOST_MESSAGE_BYTES)
        self._stream = device._open(b"sync:", seconds, seconds, None)
        self._unsent = bytearray()
        self._heard = bytearray()

    def send(self, local: Path, remote: str, mode: int) -> str | None:
        """Send a file. None when the phone took it, else the phone's reason."""
        self._write(send_request(remote, mode))
        with local.open("rb") as file:
            while not self._heard and (chunk := file.read(MOST_DATA_BYTES)):
                self._write(pack_sync(b"DATA", chunk))
        self._write(struct.pack("<4sI", b"DONE", int(time.time())))
        self._flush()
        reason = self._answer()
        self._device._clse(self._stream)
        return reason

    def _write(self, data: bytes) -> None:
        self._unsent += data
        if len(self._unsent) >= self._most_bytes:
            self._flush()

    def _flush(self) -> None:
        for start in range(0, len(self._unsent), self._most_bytes):
            if not self._heard:
                self._message(bytes(self._unsent[start : start + self._most_bytes]))
        self._unsent.clear()

    def _message(self, payload: bytes) -> None:
        """Send one message and wait for its acknowledgement, keeping what the phone says meanwhile."""
        stream = self._stream
        message = AdbMessage(constants.WRTE, stream.local_id, stream.remote_id, payload)
        self._device._io_manager.send(message, stream)
        while self._next([constants.OKAY, constants.WRTE]) != constants.OKAY:
            pass

    def _next(self, expected: list[bytes]) -> bytes:
        command, data = self._device._read_until([*expected, constants.CLSE], self._stream)
        if command == constants.CLSE:
            raise ConnectionResetError("the phone ended the transfer")
        self._heard += data if command == constants.WRTE else b""
        return bytes(command)

    def _answer(self) -> str | None:
        kind, number = unpack_header(self._heard_exactly(_HEADER_BYTES))
        if kind == b"OKAY":
            return None
        if kind != b"FAIL" or number > MOST_DATA_BYTES:
            raise ConnectionResetError(f"the sync service answered {kind!r}")
        return self._heard_exactly(_HEADER_BYTES + number)[_HEADER_BYTES:].decode("utf-8", "replace")

    def _heard_exactly(self, count: int) -> bytes:
        while len(self._heard) < count:
            self._next([constants.WRTE])
        return bytes(self._heard[:count])
