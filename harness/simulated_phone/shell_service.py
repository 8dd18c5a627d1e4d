"""The services `shell:`, `shell,v2,…:` and `exec:`: a script runs, its bytes leave as the protocol says.

Sources: packages/modules/adb, `SERVICES.TXT`, `shell_service.cpp`, `shell_protocol.h`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.adb.shell_packets import PacketKind, PacketReader, pack_packet
from harness.simulated_phone.dialect import Dialect
from harness.simulated_phone.faults import Fault
from harness.simulated_phone.line import Line
from harness.simulated_phone.phone import Phone
from harness.simulated_phone.shell.run import Streams
from harness.simulated_phone.shell.streams import Sink
from harness.simulated_phone.stream import Stream, StreamClosed
from harness.simulated_phone.terminal import Terminal

__all__ = ["ShellRequest", "parse_shell_request", "serve_shell"]

_PROMPT = "simulated:/ $ "


@dataclass(frozen=True, slots=True)
class ShellRequest:
    """What a client asked for."""

    script: str
    """Empty: an interactive shell that reads its commands."""
    packets: bool
    """Shell protocol v2: streams apart, exit code."""
    line_ends: bool
    """A terminal's CR LF."""

    @property
    def typed(self) -> bool:
        """Whether somebody sits at a terminal."""
        return self.line_ends and not self.script


def parse_shell_request(service: str, dialect: Dialect) -> ShellRequest | None:
    """None for a service that is no shell, or one this daemon does not know."""
    kind, colon, script = service.partition(":")
    options = kind.split(",")
    if not colon or options[0] not in ("shell", "exec"):
        return None
    if options[0] == "exec":
        return ShellRequest(script, packets=False, line_ends=False)
    if len(options) > 1 and not dialect.shell_v2:
        return None
    return ShellRequest(
        script,
        packets="v2" in options,
        line_ends="pty" in options or (len(options) == 1 and dialect.pty_line_ends),
    )


def serve_shell(request: ShellRequest, stream: Stream, phone: Phone, line: Line) -> None:
    """Run it; the exit code goes out last. What runs goes on when the client leaves, as on a real phone."""
    output = _Output(request, stream, phone.faults, line)
    stdin, screen = _Input(stream, packets=request.packets), output.sink(PacketKind.STDOUT)
    keyboard = Terminal(stdin.some, screen, _PROMPT) if request.typed else stdin
    streams = Streams(keyboard, screen, output.sink(PacketKind.STDERR))
    code = phone.run(request.script, streams) if request.script else phone.run_lines(streams)
    if request.packets and all(fault.keeps_exit_code() for fault in phone.faults):
        stream.write(pack_packet(PacketKind.EXIT, bytes([code & 255])))


class _Output:
    """Both output streams of one command."""

    def __init__(self, request: ShellRequest, stream: Stream, faults: Sequence[Fault], line: Line) -> None:
        self._request = request
        self._stream = stream
        self._faults = faults
        self._line = line
        self._lock = threading.Lock()
        self._mute = False

    def sink(self, kind: PacketKind) -> Sink:
        """Where standard output or standard error goes."""
        return _Sink(lambda data: self._write(kind, data))

    def _write(self, kind: PacketKind, data: bytes) -> None:
        """Once nobody listens any more the bytes are lost, and the command goes on."""
        with self._lock:
            if self._mute or self._stream.closed or not data:
                return
            kept = data
            for fault in self._faults:
                kept = fault.output(kept)
            self._mute = len(kept) < len(data)
            try:
                self._line.send(kept, lambda part: self._pack(kind, part))
            except StreamClosed:
                self._mute = True

    def _pack(self, kind: PacketKind, data: bytes) -> None:
        if self._request.line_ends:
            data = data.replace(b"\n", b"\r\n")
        if data:
            self._stream.write(pack_packet(kind, data) if self._request.packets else data)


@dataclass(slots=True)
class _Sink:
    write_bytes: Callable[[bytes], None]

    def write(self, data: bytes) -> None:
        self.write_bytes(data)


class _Input:
    """Standard input, fetched from the client only when the command reads it."""

    def __init__(self, stream: Stream, *, packets: bool) -> None:
        self._stream = stream
        self._packets = PacketReader() if packets else None
        self._unread = bytearray()
        self._ended = False

    def read(self) -> bytes:
        """Everything until the client closes its side."""
        while self._more():
            pass
        data = bytes(self._unread)
        self._unread.clear()
        return data

    def readline(self) -> bytes:
        """One line with its line feed, empty at the end."""
        while b"\n" not in self._unread and self._more():
            pass
        end = self._unread.find(b"\n") + 1 or len(self._unread)
        line = bytes(self._unread[:end])
        del self._unread[:end]
        return line

    def some(self) -> bytes:
        """Whatever comes next, empty at the end."""
        while not self._unread and self._more():
            pass
        data = bytes(self._unread)
        self._unread.clear()
        return data

    def _more(self) -> bool:
        """Wait for the client's next bytes; False at the end."""
        if self._ended:
            return False
        data = self._stream.read()
        if not data:
            self._ended = True
            return False
        if self._packets is None:
            self._unread += data
            return True
        try:
            for kind, payload in self._packets.feed(data):
                if kind == PacketKind.STDIN:
                    self._unread += payload
                elif kind == PacketKind.CLOSE_STDIN:
                    self._ended = True
        except ValueError:
            self._stream.close()
            self._ended = True
        return not self._ended
