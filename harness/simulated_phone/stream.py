"""One stream of a connection: bytes both ways, one unacknowledged message at a time."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from harness.simulated_phone.wire import Command, Message, ProtocolError

__all__ = ["Stream", "StreamClosed"]

_MOST_UNREAD = 16
"""One message may be under way; a little more is forgiven, a flood is not."""


class StreamClosed(Exception):
    """The client has closed the stream, or the connection is gone."""


class Stream:
    """Seen from the phone. Services read and write; the reader of the connection delivers."""

    def __init__(
        self, local_id: int, remote_id: int, send: Callable[[Message], None], *, most_payload_bytes: int
    ) -> None:
        self.local_id = local_id
        self.remote_id = remote_id
        self._send = send
        self._most_payload_bytes = most_payload_bytes
        self._incoming: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._may_send = threading.Event()
        self._lock = threading.Lock()
        self._closed = False
        self._unread = 0

    @property
    def closed(self) -> bool:
        """Whether nothing can be sent any more."""
        return self._closed

    def accept(self) -> None:
        """Tell the client that its stream is open."""
        self._may_send.set()
        self._answer(Command.READY)

    def read(self) -> bytes:
        """What the client sent next, acknowledged; empty at the end."""
        data = self._incoming.get()
        if not data:
            self._incoming.put(b"")
            return data
        self._unread -= 1
        if not self._closed:
            self._answer(Command.READY)
        return data

    def write(self, data: bytes) -> None:
        """Send all of it, each message after the one before was acknowledged. Raises StreamClosed."""
        for start in range(0, len(data), self._most_payload_bytes):
            self._may_send.wait()
            if self._closed:
                raise StreamClosed
            self._may_send.clear()
            payload = data[start : start + self._most_payload_bytes]
            self._send(Message(Command.WRITE, self.local_id, self.remote_id, payload))

    def refuse(self) -> None:
        """There is no such service: the client's stream was never opened."""
        self.cut()
        self._send(Message(Command.CLOSE, 0, self.remote_id))

    def close(self) -> None:
        """End the stream and tell the client, once."""
        with self._lock:
            already, self._closed = self._closed, True
        self.cut()
        if not already:
            self._answer(Command.CLOSE)

    def cut(self) -> None:
        """End the stream without a word: the connection is gone."""
        self._closed = True
        self._incoming.put(b"")
        self._may_send.set()

    def deliver(self, payload: bytes) -> None:
        """Bytes came from the client. Raises ProtocolError where it does not wait for acknowledgements."""
        if not payload:
            self._answer(Command.READY)
            return
        self._unread += 1
        if self._unread > _MOST_UNREAD:
            raise ProtocolError("a client that does not wait for acknowledgements")
        self._incoming.put(payload)

    def acknowledged(self) -> None:
        """The client took the last message."""
        self._may_send.set()

    def _answer(self, command: Command) -> None:
        self._send(Message(command, self.local_id, self.remote_id))
