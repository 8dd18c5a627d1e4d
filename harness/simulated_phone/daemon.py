"""The phone's side of the cable: a daemon that listens on loopback, restarts, and ends without a trace."""

from __future__ import annotations

import errno
import selectors
import socket
import threading
import time

from harness.errors import UsageError
from harness.simulated_phone.dialect import Dialect
from harness.simulated_phone.faults import DropConnection, Restart
from harness.simulated_phone.line import Line
from harness.simulated_phone.peer import KnownKeys, Peer, reset
from harness.simulated_phone.phone import Phone

__all__ = ["Daemon"]

HOST = "127.0.0.1"

_PATIENCE_S = 10.0


class Daemon:
    """Serves one phone. The listening thread accepts, and carries out restarts."""

    def __init__(
        self, phone: Phone, dialect: Dialect, *, port: int = 0, restart_s: float, reboot_s: float
    ) -> None:
        self._phone = phone
        self._dialect = dialect
        self._pauses_s = {False: restart_s, True: reboot_s}
        self._keys = KnownKeys()
        self._line = Line(phone.faults, self._on_break)
        self._lock = threading.Lock()
        self._peers: dict[Peer, threading.Thread] = {}
        self._stopping = threading.Event()
        self._pause_s: float | None = None
        self._is_down = threading.Event()
        self._awake, self._waker = socket.socketpair()
        try:
            self._listener: socket.socket | None = _listen(port)
        except UsageError:
            self._awake.close()
            self._waker.close()
            raise
        self.port: int = self._listener.getsockname()[1]
        phone.on_restart = self._on_restart
        self._thread = threading.Thread(target=self._run, name="phone-daemon", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End everything and wait for it. Raises RuntimeError should a thread remain."""
        self._stopping.set()
        self._wake()
        self._thread.join(timeout=_PATIENCE_S)
        self.drop_connections()
        left = [thread.name for thread in self._phone.switch_off()]
        for thread in self._threads():
            thread.join(timeout=_PATIENCE_S)
            left += [thread.name] if thread.is_alive() else []
        self._awake.close()
        self._waker.close()
        if left or self._thread.is_alive():
            raise RuntimeError(f"threads of the simulated phone did not end: {', '.join(left)}")

    def drop_connections(self) -> None:
        """Pull the cable for a moment."""
        with self._lock:
            peers = list(self._peers)
        for peer in peers:
            peer.drop()

    def count_from_here(self) -> None:
        """Faults that strike at a byte count from now on."""
        self._line.count_from_here()

    def go_down(self, pause_s: float) -> None:
        """End all connections and listen again after a while. Returns when nothing listens any more."""
        if self._stopping.is_set() or threading.current_thread() is self._thread:
            return
        self._is_down.clear()
        self._pause_s = pause_s
        self._wake()
        self._is_down.wait(_PATIENCE_S)

    def _on_break(self, drop: DropConnection) -> None:
        if isinstance(drop, Restart):
            self._phone.restart(drop)
        else:
            self.drop_connections()

    def _on_restart(self, restart: Restart) -> None:
        self.go_down(self._pauses_s[restart.reboot])

    def _threads(self) -> list[threading.Thread]:
        with self._lock:
            return list(self._peers.values())

    def _wake(self) -> None:
        self._waker.send(b"!")

    def _run(self) -> None:
        while not self._stopping.is_set():
            if self._listener is None:
                self._listener = _listen(self.port, patience_s=_PATIENCE_S)
            self._accept_until_woken(self._listener)
            self._listener.close()
            self._listener = None
            self.drop_connections()
            self._is_down.set()
            pause_s, self._pause_s = self._pause_s or 0.0, None
            self._stopping.wait(pause_s)

    def _accept_until_woken(self, listener: socket.socket) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(listener, selectors.EVENT_READ)
            selector.register(self._awake, selectors.EVENT_READ)
            while True:
                ready = {key.fileobj for key, _ in selector.select()}
                if self._awake in ready:
                    self._awake.recv(64)
                    return
                self._accept(listener)

    def _accept(self, listener: socket.socket) -> None:
        try:
            connection, _ = listener.accept()
        except OSError:
            return  # the client left before it was let in
        with self._lock:
            if self._dialect.one_client and self._peers:
                reset(connection)
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            peer = Peer(connection, self._phone, self._dialect, self._keys, self._line)
            thread = threading.Thread(target=self._serve, args=(peer,), name="phone-peer", daemon=True)
            self._peers[peer] = thread
        thread.start()

    def _serve(self, peer: Peer) -> None:
        try:
            peer.run()
        finally:
            with self._lock:
                del self._peers[peer]


def _listen(port: int, *, patience_s: float = 0.0) -> socket.socket:
    """A listening socket. Raises UsageError where the port is taken."""
    deadline = time.monotonic() + patience_s
    while True:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((HOST, port))
            listener.listen(16)
            return listener
        except OSError as error:
            listener.close()
            if time.monotonic() > deadline:
                raise _cannot_listen(port, error) from error
            time.sleep(0.05)


def _cannot_listen(port: int, error: OSError) -> UsageError:
    if error.errno == errno.EADDRINUSE:
        return UsageError(
            f"port {port} is taken: another simulated phone, an emulator or some other program listens there",
            next_step="choose another one with --port, or --port 0 for any that is free",
        )
    return UsageError(f"port {port} cannot be used: {error.strerror}", next_step="choose another with --port")
