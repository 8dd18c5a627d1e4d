"""The service `sync:`: files in, files out, and what lies where.

Sources: packages/modules/adb, `SYNC.TXT`, `file_sync_protocol.h`, `file_sync_service.cpp`.
"""

from __future__ import annotations

import errno
import os
import posixpath
import stat as stat_bits
import struct
from collections.abc import Callable

from harness.adb.sync_packets import MOST_DATA_BYTES, pack_sync, unpack_header
from harness.simulated_phone.dialect import Dialect
from harness.simulated_phone.files import FileStat
from harness.simulated_phone.line import Line
from harness.simulated_phone.phone import Phone
from harness.simulated_phone.stream import Stream
from harness.simulated_phone.wire import ProtocolError

__all__ = ["SyncService"]

_MOST_PATH_BYTES = 1024
_STAT_V2 = struct.Struct("<IQQIIIIQqqq")
_SHELL = 2000


class SyncService:
    """One `sync:` stream: requests are answered until QUIT."""

    def __init__(self, stream: Stream, phone: Phone, dialect: Dialect, line: Line) -> None:
        self._stream = stream
        self._files = phone.files
        self._line = line
        self._unread = bytearray()
        answers: dict[bytes, Callable[[str], None]] = {
            b"STAT": self._stat,
            b"LIST": self._list,
            b"SEND": self._receive_file,
            b"RECV": self._send_file,
        }
        if "stat_v2" in dialect.features:
            answers |= {b"STA2": self._stat_v2, b"LST2": self._lstat_v2}
        if "ls_v2" in dialect.features:
            answers[b"LIS2"] = self._list_v2
        self._answers = answers

    def serve(self) -> None:
        """Answer until the client quits, leaves, or sends what is no request. Raises StreamClosed."""
        while True:
            try:
                kind, length = unpack_header(self._exactly(8))
                if kind == b"QUIT":
                    return
                if kind not in self._answers:
                    self._fail(f"unknown command {kind.hex()}")
                    return
                if length > _MOST_PATH_BYTES:
                    self._fail("path too long")
                    return
                name = os.fsdecode(self._exactly(length))
                self._answers[kind](name)
            except (EOFError, ProtocolError):
                return

    def _exactly(self, count: int) -> bytes:
        while len(self._unread) < count:
            data = self._stream.read()
            if not data:
                raise EOFError
            self._unread += data
        data = bytes(self._unread[:count])
        del self._unread[:count]
        return data

    def _fail(self, reason: str) -> None:
        self._stream.write(pack_sync(b"FAIL", reason.encode("utf-8", "surrogateescape")))

    def _found(self, path: str) -> FileStat | OSError:
        try:
            return self._files.stat(path)
        except OSError as error:
            return error

    def _stat(self, path: str) -> None:
        found = self._found(path)
        numbers = (0, 0, 0) if isinstance(found, OSError) else _v1(found)
        self._stream.write(struct.pack("<4sIII", b"STAT", *numbers))

    def _stat_v2(self, path: str) -> None:
        self._stream.write(b"STA2" + _v2(self._found(path)))

    def _lstat_v2(self, path: str) -> None:
        self._stream.write(b"LST2" + _v2(self._found(path)))

    def _list(self, path: str) -> None:
        for name, found in self._entries(path):
            raw = os.fsencode(name)
            self._stream.write(struct.pack("<4sIIII", b"DENT", *_v1(found), len(raw)) + raw)
        self._stream.write(struct.pack("<4sIIII", b"DONE", 0, 0, 0, 0))

    def _list_v2(self, path: str) -> None:
        for name, found in self._entries(path):
            raw = os.fsencode(name)
            self._stream.write(b"DNT2" + _v2(found) + struct.pack("<I", len(raw)) + raw)
        self._stream.write(b"DONE" + bytes(_STAT_V2.size + 4))

    def _entries(self, path: str) -> list[tuple[str, FileStat]]:
        """What a folder holds; nothing where it is none, as adbd has it."""
        folder = self._found(path)
        if isinstance(folder, OSError) or not folder.is_folder:
            return []
        each = ((name, self._found(posixpath.join(path, name))) for name in self._files.names(path))
        return [(".", folder), ("..", folder), *((n, f) for n, f in each if isinstance(f, FileStat))]

    def _send_file(self, path: str) -> None:
        try:
            content = self._files.read(path)
        except OSError as error:
            self._fail(f"open failed: {error.strerror}")
            return
        for start in range(0, len(content), MOST_DATA_BYTES):
            chunk = content[start : start + MOST_DATA_BYTES]
            header = struct.pack("<4sI", b"DATA", len(chunk))
            self._line.send(chunk, lambda part, header=header: self._stream.write(header + part))  # type: ignore[misc]
        self._stream.write(pack_sync(b"DONE", b""))

    def _receive_file(self, request: str) -> None:
        """`PATH,MODE`, where the path may have commas; then DATA until DONE.

        A refusal is told at once, and what still comes is read and forgotten, as adbd does.
        """
        path, comma, mode = request.rpartition(",")
        if not comma or not mode.isascii() or not mode.isdigit() or stat_bits.S_ISLNK(int(mode)):
            self._fail("invalid path or mode, or a link")
            refused = True
        else:
            refused = not self._tried("couldn't create file", lambda: self._begin(path))
        arrived = 0
        while True:
            kind, number = unpack_header(self._exactly(8))
            if kind == b"DONE":
                break
            if kind != b"DATA" or number > MOST_DATA_BYTES:
                self._fail("invalid data message")
                raise ProtocolError("an invalid data message")
            data = self._line.pushed(arrived, self._exactly(number))
            if not refused:
                refused = not self._tried("write failed", lambda data=data: self._append(path, data))  # type: ignore[misc]
            if len(data) < number:
                raise EOFError
            arrived += number
        if not refused and self._tried("couldn't set mode", lambda: self._finish(path, int(mode), number)):
            self._stream.write(pack_sync(b"OKAY", b""))

    def _begin(self, path: str) -> None:
        self._files.make_folder(posixpath.dirname(path), parents=True)
        self._files.write(path, b"")

    def _append(self, path: str, data: bytes) -> None:
        self._files.write(path, data, append=True)

    def _finish(self, path: str, mode: int, modified_s: int) -> None:
        self._files.set_mode(path, mode)
        self._files.set_modified(path, modified_s)

    def _tried(self, what: str, work: Callable[[], None]) -> bool:
        """Whether it worked; the client is told when it did not."""
        try:
            work()
        except OSError as error:
            self._fail(f"{what}: {error.strerror}")
            return False
        return True


def _v1(found: FileStat) -> tuple[int, int, int]:
    return found.mode, min(found.size_bytes, 0xFFFFFFFF), max(0, found.modified_s) & 0xFFFFFFFF


def _v2(found: FileStat | OSError) -> bytes:
    """error, dev, ino, mode, nlink, uid, gid, size, atime, mtime, ctime."""
    if isinstance(found, OSError):
        return _STAT_V2.pack(found.errno or errno.EIO, *[0] * 10)
    when = found.modified_s
    return _STAT_V2.pack(0, 1, 1, found.mode, 1, _SHELL, _SHELL, found.size_bytes, when, when, when)
