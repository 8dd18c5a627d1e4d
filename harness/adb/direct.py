"""A phone without an adb server (adb-shell): over TCP, or over USB with the extra `usb`.

adb-shell knows only the old `shell:` service, so exit codes always come by the
end marker here. It takes what a socket does not accept at once as sent and a
closed socket as silence; the transport below mends both and keeps deadlines.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adb_shell.adb_device import AdbDevice
from adb_shell.exceptions import (
    AdbCommandFailureException,
    AdbConnectionError,
    AdbTimeoutError,
    DeviceAuthError,
    InvalidChecksumError,
    InvalidCommandError,
    InvalidResponseError,
    TcpTimeoutException,
    UsbReadFailedError,
    UsbWriteFailedError,
)
from adb_shell.transport.base_transport import BaseTransport
from adb_shell.transport.tcp_transport import TcpTransport

from harness.adb.base import BaseConnection, StreamTimeout
from harness.adb.connection import ShellResult
from harness.adb.direct_push import DirectPush
from harness.adb.errors import ConnectionLost, PhoneNotReady, StorageFull, TransferFailed
from harness.adb.keys import key_folder, load_signer
from harness.adb.state import PhoneState
from harness.errors import HarnessError, MissingExtraError

__all__ = ["DirectConnection", "tcp_transport", "usb_transport"]

_CONNECT_S = 10.0
_STALL_S = 30.0
_DIALOG_S = 15.0
"""How long the question on the phone's screen may wait for its answer."""

_TIMED_OUT = (TcpTimeoutException, AdbTimeoutError, TimeoutError)
_BROKEN = (
    OSError,
    AdbConnectionError,
    InvalidChecksumError,
    InvalidCommandError,
    InvalidResponseError,
    UsbReadFailedError,
    UsbWriteFailedError,
)


class _Deadlines(BaseTransport):  # type: ignore[misc]  # adb-shell has no types
    """A transport whose reads and writes end by a deadline, are complete, and notice the other side's end."""

    def __init__(self, inner: BaseTransport) -> None:
        super().__init__()
        self._inner = inner
        self._deadline = 0.0

    def allow(self, seconds: float) -> None:
        """Let everything from now on take this long together."""
        self._deadline = time.monotonic() + seconds

    def _remaining_s(self) -> float:
        remaining = self._deadline - time.monotonic()
        if remaining <= 0:
            raise TcpTimeoutException("the deadline has passed")
        return remaining

    def connect(self, transport_timeout_s: float) -> None:
        """Open the inner transport."""
        self._inner.connect(self._remaining_s())

    def close(self) -> None:
        """Close the inner transport."""
        self._inner.close()

    def bulk_read(self, numbytes: int, transport_timeout_s: float) -> bytes:
        """Some bytes, at least one. Raises ConnectionResetError at the stream's end."""
        data = bytes(self._inner.bulk_read(numbytes, self._remaining_s()))
        if not data:
            raise ConnectionResetError("the phone closed the connection")
        return data

    def bulk_write(self, data: bytes, transport_timeout_s: float) -> int:
        """All of the bytes."""
        rest = memoryview(bytes(data))
        while rest:
            rest = rest[self._inner.bulk_write(bytes(rest), self._remaining_s()) :]
        return len(data)


class _PromptTcp(TcpTransport):  # type: ignore[misc]  # adb-shell has no types
    """TCP that sends at once: a header must not wait 40 ms for the answer to what was sent before it."""

    def connect(self, transport_timeout_s: float) -> None:
        """Open the connection."""
        super().connect(transport_timeout_s)
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def tcp_transport(host: str, port: int) -> BaseTransport:
    """The way to a daemon that listens on TCP."""
    return _PromptTcp(host, port)


def usb_transport(serial: str | None) -> BaseTransport:
    """The way to a phone on USB. Raises MissingExtraError, PhoneNotReady."""
    try:
        from adb_shell.transport.usb_transport import UsbTransport
    except (ImportError, OSError) as error:
        raise MissingExtraError("a phone on USB without an adb server", extra="usb") from error
    try:
        return UsbTransport.find_adb(serial=serial)
    except Exception as error:  # usb1 and adb-shell raise a dozen unrelated classes here
        raise PhoneNotReady(serial or "a phone on USB", PhoneState.ABSENT, detail=str(error)) from error


class DirectConnection(BaseConnection):
    """One phone, spoken to without a server in between. Connects at the first use."""

    def __init__(
        self, serial: str, transport: BaseTransport, *, keys: Path | None = None, dialog_s: float = _DIALOG_S
    ) -> None:
        super().__init__(serial)
        self._transport = _Deadlines(transport)
        self._device = AdbDevice(self._transport, default_transport_timeout_s=_STALL_S)
        self._keys = keys or key_folder()
        self._dialog_s = dialog_s
        self._signed = False

    def _has_shell_v2(self) -> bool:
        return False

    def state(self) -> PhoneState:
        """Whether the phone answers, found by asking it."""
        try:
            if not self._device.available:
                self.reconnect()
            self.shell("true", timeout_s=5.0)
        except PhoneNotReady as error:
            return error.state
        except HarnessError:
            return PhoneState.OFFLINE
        return PhoneState.READY

    def close(self) -> None:
        """Close the connection to the phone."""
        self._device.close()

    def reconnect(self) -> None:
        """Close what is left and connect anew. Raises PhoneNotReady."""
        self.close()
        signer = load_signer(self._keys)
        self._signed = False
        self._transport.allow(_CONNECT_S)
        try:
            self._device.connect(
                rsa_keys=[signer], auth_timeout_s=self._dialog_s, auth_callback=self._dialog_opens
            )
        except (*_TIMED_OUT, *_BROKEN, DeviceAuthError) as error:
            self.close()
            raise self._not_ready(error) from error

    def _dialog_opens(self, _: object) -> None:
        """The phone does not know our key; its user is being asked."""
        self._signed = True
        self._transport.allow(self._dialog_s)

    def _not_ready(self, error: Exception) -> PhoneNotReady:
        if self._signed or isinstance(error, DeviceAuthError):
            return PhoneNotReady(self.serial, PhoneState.UNAUTHORIZED)
        if isinstance(error, ConnectionRefusedError):
            return PhoneNotReady(self.serial, PhoneState.ABSENT, detail="nothing listens there")
        if isinstance(error, (ConnectionResetError, BrokenPipeError)):
            why = "it closed the connection; some daemons serve one client at a time"
            share = f"end the other client (`adb disconnect {self.serial}`), or share its server: leave out tcp://"
            return PhoneNotReady(self.serial, PhoneState.OFFLINE, detail=why, next_step=share)
        if isinstance(error, InvalidCommandError) and "STLS" in str(error):
            return PhoneNotReady(self.serial, PhoneState.TLS)
        state = PhoneState.OFFLINE if isinstance(error, _TIMED_OUT) else PhoneState.ABSENT
        return PhoneNotReady(self.serial, state, detail=str(error) or type(error).__name__)

    @contextmanager
    def _talk(self, what: str, seconds: float) -> Iterator[AdbDevice]:
        """The device, connected; whatever goes wrong leaves it closed, so that no half stream is reused."""
        if not self._device.available:
            self.reconnect()
        self._transport.allow(seconds)
        try:
            yield self._device
        except _TIMED_OUT as error:
            self.close()
            raise StreamTimeout from error
        except _BROKEN as error:
            self.close()
            raise ConnectionLost(f"{self.serial}: the connection broke during {what}: {error}") from error

    def _stream_v2(self, command: str, timeout_s: float) -> ShellResult:
        raise NotImplementedError("adb-shell has no shell v2")

    def _stream(self, command: str, timeout_s: float) -> bytes:
        with self._talk("a command", timeout_s) as device:
            chunks = device.streaming_shell(
                command, transport_timeout_s=timeout_s, read_timeout_s=timeout_s, decode=False
            )
            return b"".join(chunks)

    def send_file(self, local: Path, remote: str, mode: int) -> None:
        """Send one file through the sync service."""
        seconds = _STALL_S + local.stat().st_size / 100e3
        try:
            with self._talk(f"sending {local.name}", seconds) as device:
                reason = DirectPush(device, seconds).send(local, remote, mode)
        except StreamTimeout:
            raise ConnectionLost(f"{self.serial}: sending {local.name} stalled") from None
        if reason is not None:
            failure = StorageFull if "No space left" in reason else TransferFailed
            raise failure(f"{self.serial}: {local.name} could not be sent: {reason}")

    def fetch_file(self, remote: str, local: Path) -> None:
        """Fetch one file through the sync service."""
        try:
            with self._talk(f"fetching {remote}", 600.0) as device:
                device.pull(remote, str(local), read_timeout_s=_STALL_S)
        except AdbCommandFailureException as error:
            self.close()
            raise TransferFailed(f"{self.serial}: {remote} could not be fetched: {_words(error)}") from error
        except StreamTimeout:
            raise ConnectionLost(f"{self.serial}: fetching {remote} stalled") from None


def _words(error: Exception) -> str:
    """The phone's own words, which adb-shell may hand on as bytes."""
    first = error.args[0] if error.args else ""
    return first.decode("utf-8", "replace") if isinstance(first, (bytes, bytearray)) else str(first)
