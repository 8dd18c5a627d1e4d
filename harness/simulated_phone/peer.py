"""One client of the daemon: the handshake, then streams that share one socket."""

from __future__ import annotations

import contextlib
import secrets
import socket
import struct
import threading

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from harness.simulated_phone.auth import TOKEN_BYTES, parse_public_key, signed_by
from harness.simulated_phone.dialect import Dialect
from harness.simulated_phone.faults import DropConnection, Restart
from harness.simulated_phone.line import Line
from harness.simulated_phone.phone import Phone
from harness.simulated_phone.services import Refused, run_service
from harness.simulated_phone.stream import Stream, StreamClosed
from harness.simulated_phone.wire import HEADER_BYTES, Command, Header, Message, ProtocolError, checksum

__all__ = ["KnownKeys", "Peer", "reset"]

_TOKEN, _SIGNATURE, _PUBLIC_KEY = 1, 2, 3
_MOST_STREAMS = 64


class KnownKeys:
    """The computers the phone's user allows; they outlive restarts."""

    def __init__(self) -> None:
        self._keys: list[RSAPublicKey] = []

    def add(self, key: RSAPublicKey) -> None:
        """From now on this key is known."""
        self._keys.append(key)

    def signed(self, token: bytes, signature: bytes) -> bool:
        """Whether one of them signed the token."""
        return any(signed_by(key, token, signature) for key in self._keys)


class Peer:
    """One connection. Its reader runs in a thread of its own, and so does each stream's service."""

    def __init__(
        self,
        connection: socket.socket,
        phone: Phone,
        dialect: Dialect,
        keys: KnownKeys,
        line: Line,
    ) -> None:
        self._socket = connection
        self._phone = phone
        self._dialect = dialect
        self._keys = keys
        self._line = line
        self._token = secrets.token_bytes(TOKEN_BYTES)
        self._version = dialect.version
        self._most_payload_bytes = dialect.most_payload_bytes
        self._online = False
        self._sending = threading.Lock()
        self._gone = threading.Event()
        self._streams: dict[int, Stream] = {}
        self._last_id = 0

    def run(self) -> None:
        """Serve until either side closes. Whatever a client sends, only its own connection ends."""
        try:
            while True:
                message = self._receive()
                if all(fault.answers() for fault in self._phone.faults):
                    self._handle(message)
        except (OSError, EOFError, ProtocolError):
            pass  # the client is gone, or is none
        finally:
            self.drop()
            self._socket.close()

    def drop(self) -> None:
        """Break the connection at once; safe from any thread."""
        self._gone.set()
        with contextlib.suppress(OSError):  # it may be broken already
            self._socket.shutdown(socket.SHUT_RDWR)
        for stream in list(self._streams.values()):
            stream.cut()

    def _receive(self) -> Message:
        header = Header.unpack(self._exactly(HEADER_BYTES))
        if header.length > self._dialect.most_payload_bytes:
            raise ProtocolError(f"a payload of {header.length} bytes")
        payload = self._exactly(header.length)
        if self._version < 0x01000001 and header.checksum != checksum(payload):
            raise ProtocolError("a wrong checksum")
        self._gone.wait(self._line.delay_s(HEADER_BYTES + header.length))
        return Message(header.command, header.arg0, header.arg1, payload)

    def _exactly(self, count: int) -> bytes:
        data = bytearray()
        while len(data) < count:
            piece = self._socket.recv(min(count - len(data), 1 << 18))
            if not piece:
                raise EOFError
            data += piece
        return bytes(data)

    def _send(self, message: Message) -> None:
        """A client that is gone is noticed by the reader; nobody else needs to know."""
        data = message.pack()
        with self._sending:
            self._gone.wait(self._line.delay_s(len(data)))
            try:
                self._socket.sendall(data)
            except OSError:
                self._gone.set()

    def _handle(self, message: Message) -> None:
        if message.command is Command.CONNECT:
            self._connect(message)
        elif message.command is Command.AUTHENTICATE:
            self._authenticate(message)
        elif not self._online:
            return
        elif message.command is Command.OPEN:
            self._open(message)
        else:
            self._to_stream(message)

    def _connect(self, message: Message) -> None:
        self._online = False
        for stream in list(self._streams.values()):
            stream.cut()
        self._version = min(message.arg0, self._dialect.version)
        self._most_payload_bytes = min(max(message.arg1, 1), self._dialect.most_payload_bytes)
        if self._dialect.authenticates:
            self._send(Message(Command.AUTHENTICATE, _TOKEN, 0, self._token))
        else:
            self._welcome()

    def _authenticate(self, message: Message) -> None:
        if not self._dialect.authenticates or self._online:
            return
        if message.arg0 == _SIGNATURE:
            if self._allows() and self._keys.signed(self._token, message.payload):
                self._welcome()
            else:
                self._send(Message(Command.AUTHENTICATE, _TOKEN, 0, self._token))
        elif message.arg0 == _PUBLIC_KEY:
            key = parse_public_key(message.payload)
            if key is not None and self._allows():
                self._keys.add(key)
                self._welcome()

    def _allows(self) -> bool:
        return all(fault.accepts_key() for fault in self._phone.faults)

    def _welcome(self) -> None:
        self._online = True
        names = ("ro.product.name", "ro.product.model", "ro.product.device")
        facts = [f"{name}={self._phone.properties.get(name, '')};" for name in names]
        if self._dialect.features:
            facts.append(f"features={','.join(self._dialect.features)}")
        banner = f"device::{''.join(facts)}".encode()
        self._send(Message(Command.CONNECT, self._dialect.version, self._dialect.most_payload_bytes, banner))

    def _open(self, message: Message) -> None:
        if message.arg0 == 0 or len(self._streams) >= _MOST_STREAMS:
            self._send(Message(Command.CLOSE, 0, message.arg0))
            return
        self._last_id += 1
        stream = Stream(self._last_id, message.arg0, self._send, most_payload_bytes=self._most_payload_bytes)
        self._streams[stream.local_id] = stream
        service = message.payload.split(b"\0")[0].decode("utf-8", "surrogateescape")
        thread = threading.Thread(
            target=self._serve, args=(service, stream), name=f"phone-service-{stream.local_id}", daemon=True
        )
        self._phone.keep(thread)
        thread.start()

    def _serve(self, service: str, stream: Stream) -> None:
        try:
            run_service(service, stream, self._phone, self._dialect, self._line)
        except Refused:
            stream.refuse()
        except StreamClosed:
            pass
        except Restart as restart:
            self._phone.restart(restart)
        except DropConnection:
            self.drop()
        finally:
            stream.close()
            self._streams.pop(stream.local_id, None)

    def _to_stream(self, message: Message) -> None:
        """Messages for a stream that has ended are late, not wrong."""
        stream = self._streams.get(message.arg1)
        if stream is None or message.arg0 not in (stream.remote_id, 0):
            return
        if message.command is Command.WRITE:
            stream.deliver(message.payload)
        elif message.command is Command.READY:
            stream.acknowledged()
        elif message.command is Command.CLOSE:
            stream.close()


def reset(connection: socket.socket) -> None:
    """Close a connection in the rude way: the client sees a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
