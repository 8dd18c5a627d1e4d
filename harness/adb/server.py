"""A phone through the adb server (adbutils): beside Android Studio and the `adb` command."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adbutils import AdbClient, AdbError
from adbutils._adb import AdbConnection

from harness.adb.address import ServerAddress, server_answers
from harness.adb.base import BaseConnection, StreamTimeout
from harness.adb.connection import ShellResult
from harness.adb.errors import ConnectionLost, PhoneNotReady, StorageFull, TransferFailed
from harness.adb.found import FoundPhone, parse_devices
from harness.adb.shell_packets import PacketKind, PacketReader
from harness.adb.state import PhoneState
from harness.adb.sync_packets import MOST_DATA_BYTES, pack_sync, send_request, unpack_header
from harness.errors import UsageError

__all__ = ["ServerConnection", "list_phones"]

_STALL_S = 30.0
"""A server or phone that says nothing for so long in the middle of a transfer is gone."""

_SETTLING_S = 3.0
_UNSETTLED = (PhoneState.UNAUTHORIZED, PhoneState.OFFLINE)

_MOST_COMMAND_BYTES = 60_000
"""The server's requests have a length of four hexadecimal digits."""


class _Client(AdbClient):  # type: ignore[misc]  # adbutils has no types
    """adbutils' client, which never starts a server by itself: one that ended is a lost connection."""

    def make_connection(self, timeout: float | None = None) -> AdbConnection:
        if not server_answers(ServerAddress(self.host, self.port)):
            raise ConnectionResetError(f"no adb server answers on {self.host}:{self.port}")
        return super().make_connection(timeout or _STALL_S)


def _client(address: ServerAddress) -> _Client:
    return _Client(host=address.host, port=address.port)


def list_phones(address: ServerAddress) -> tuple[FoundPhone, ...]:
    """Every phone the server knows, in whatever state. Raises ConnectionLost where the server ended."""
    try:
        listed, detailed = (_ask(address, f"host:devices{form}") for form in ("", "-l"))
    except (OSError, AdbError, ValueError) as error:
        raise ConnectionLost(f"the adb server on {address} does not answer: {error}") from error
    return parse_devices(listed, detailed)


def _ask(address: ServerAddress, question: str) -> str:
    with _client(address).make_connection() as connection:
        _request(connection, question)
        return str(connection.read_string_block())


class ServerConnection(BaseConnection):
    """One phone of an adb server."""

    def __init__(self, serial: str, address: ServerAddress) -> None:
        super().__init__(serial)
        self._address = address
        self._client = _client(address)
        self._features: frozenset[str] | None = None

    def state(self) -> PhoneState:
        """What the server says of the phone."""
        try:
            found = {phone.serial: phone.state for phone in list_phones(self._address)}
        except ConnectionLost:
            return PhoneState.ABSENT
        return found.get(self.serial, PhoneState.ABSENT)

    def reconnect(self) -> None:
        """Ask the server to reach the phone again. Raises PhoneNotReady."""
        self._features = None
        state = self.state()
        if state is not PhoneState.READY and ":" in self.serial:
            # After a restart of the daemon the server says offline until it is told to forget it.
            with contextlib.suppress(AdbError, OSError):
                self._client.disconnect(self.serial)
                self._client.connect(self.serial, timeout=10.0)
            state = self._settled_state()
        if state is not PhoneState.READY:
            raise PhoneNotReady(self.serial, state)

    def _settled_state(self) -> PhoneState:
        """The state after connecting: while keys are exchanged the server says unauthorized or offline."""
        deadline = time.monotonic() + _SETTLING_S
        while (state := self.state()) in _UNSETTLED and time.monotonic() < deadline:
            time.sleep(0.1)
        return state

    def close(self) -> None:
        """Nothing stays open between commands."""

    def _has_shell_v2(self) -> bool:
        if self._features is None:
            with self._faults("its features"), self._client.make_connection() as connection:
                _request(connection, f"host-serial:{self.serial}:features")
                self._features = frozenset(connection.read_string_block().split(","))
        return "shell_v2" in self._features

    @contextmanager
    def _faults(self, what: str) -> Iterator[None]:
        """Turn the server's and the socket's errors into ours."""
        try:
            yield
        except (AdbError, OSError, EOFError, ValueError) as error:
            state = self.state()
            if state is not PhoneState.READY:
                raise PhoneNotReady(self.serial, state, detail=f"seen while asking for {what}") from error
            raise ConnectionLost(f"{self.serial}: the connection broke during {what}: {error}") from error

    @contextmanager
    def _service(self, name: str, what: str) -> Iterator[AdbConnection]:
        """An open service. What breaks once it is open is a lost connection, whatever state follows."""
        if len(name.encode()) > _MOST_COMMAND_BYTES:
            raise UsageError(f"{self.serial}: a command of {len(name)} characters is too long for adb")
        with contextlib.ExitStack() as stack:
            with self._faults(what):
                connection = stack.enter_context(self._client.make_connection())
                _request(connection, f"host:transport:{self.serial}")
                _request(connection, name)
            try:
                yield connection
            except (AdbError, OSError, EOFError, ValueError) as error:
                raise ConnectionLost(f"{self.serial}: the connection broke during {what}: {error}") from error

    def _stream_v2(self, command: str, timeout_s: float) -> ShellResult:
        packets, streams = PacketReader(), {PacketKind.STDOUT: bytearray(), PacketKind.STDERR: bytearray()}
        with self._service(f"shell,v2:{command}", "a command") as connection:
            for chunk in _chunks(connection.conn, timeout_s):
                for kind, payload in packets.feed(chunk):
                    if kind == PacketKind.EXIT:
                        out, err = (bytes(each).decode("utf-8", "replace") for each in streams.values())
                        return ShellResult(payload[0], out, err)
                    if kind in (PacketKind.STDOUT, PacketKind.STDERR):
                        streams[PacketKind(kind)] += payload
        self._features = None
        raise ConnectionLost(f"{self.serial}: the connection broke before the command's exit code came")

    def _stream(self, command: str, timeout_s: float) -> bytes:
        with self._service(f"shell:{command}", "a command") as connection:
            return b"".join(_chunks(connection.conn, timeout_s))

    def send_file(self, local: Path, remote: str, mode: int) -> None:
        """Send one file through the sync service."""
        with self._service("sync:", f"sending {local.name}") as connection:
            # A phone that refuses in the middle has its reason waiting to be read.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                _send(connection.conn, local, remote, mode)
            reason = _answer(connection)
        if reason is not None:
            failure = StorageFull if "No space left" in reason else TransferFailed
            raise failure(f"{self.serial}: {local.name} could not be sent: {reason}")

    def fetch_file(self, remote: str, local: Path) -> None:
        """Fetch one file through the sync service."""
        with self._service("sync:", f"fetching {remote}") as connection, local.open("wb") as file:
            connection.conn.sendall(pack_sync(b"RECV", remote.encode()))
            while True:
                kind, number = unpack_header(connection.read_exact(8))
                if kind == b"DONE":
                    return
                payload = connection.read_exact(number) if number <= MOST_DATA_BYTES else b""
                if kind != b"DATA" or not payload:
                    reason = payload.decode("utf-8", "replace") or f"unexpected {kind!r}"
                    break
                file.write(payload)
        raise TransferFailed(f"{self.serial}: {remote} could not be fetched: {reason}")


def _request(connection: AdbConnection, text: str) -> None:
    """Ask the server. Raises AdbError with its words when it refuses."""
    data = text.encode()
    connection.conn.sendall(b"%04x" % len(data) + data)
    connection.check_okay()


def _chunks(stream: socket.socket, timeout_s: float) -> Iterator[bytes]:
    """What comes until the other side closes. Raises StreamTimeout when that is not within `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while True:
        remaining_s = deadline - time.monotonic()
        if remaining_s <= 0:
            raise StreamTimeout
        stream.settimeout(remaining_s)
        try:
            chunk = stream.recv(1 << 16)
        except TimeoutError:
            raise StreamTimeout from None
        if not chunk:
            return
        yield chunk


def _send(stream: socket.socket, local: Path, remote: str, mode: int) -> None:
    stream.sendall(send_request(remote, mode))
    with local.open("rb") as file:
        while chunk := file.read(MOST_DATA_BYTES):
            stream.sendall(pack_sync(b"DATA", chunk))
    stream.sendall(struct.pack("<4sI", b"DONE", int(time.time())))


def _answer(connection: AdbConnection) -> str | None:
    """None for OKAY, the phone's reason for FAIL."""
    kind, number = unpack_header(connection.read_exact(8))
    if kind == b"OKAY":
        return None
    if kind != b"FAIL" or number > MOST_DATA_BYTES:
        raise ValueError(f"the sync service answered {kind!r}")
    return str(connection.read_exact(number).decode("utf-8", "replace"))
