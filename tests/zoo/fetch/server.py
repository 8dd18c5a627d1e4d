"""A web server on loopback that misbehaves as told: one fault a path."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CHUNK = 1 << 12


class FaultyServer(ThreadingHTTPServer):
    """Serves `content` at `/FAULT/anything`; counts requests by path."""

    daemon_threads = True

    def __init__(self, content: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content = content
        self.requests: Counter[str] = Counter()

    def url(self, fault: str, name: str = "model.tflite") -> str:
        return f"http://127.0.0.1:{self.server_port}/{fault}/{name}"


class _Handler(BaseHTTPRequestHandler):
    server: FaultyServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.requests[self.path] += 1
        fault = self.path.split("/")[1]
        self.close_connection = True
        try:
            getattr(self, f"_{fault}")()
        except (BrokenPipeError, ConnectionResetError):
            return  # the client hung up first

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def _head(self, length: int, start: int = 0, status: int | None = None) -> None:
        self.send_response(status or (206 if start else 200))
        self.send_header("Content-Length", str(length))
        if start:
            total = len(self.server.content)
            self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        self.end_headers()

    def _start(self) -> int:
        wanted = self.headers.get("Range", "bytes=0-")
        return int(wanted.removeprefix("bytes=").rstrip("-"))

    def _good(self) -> None:
        start = self._start()
        if start >= len(self.server.content):
            self._head(0, status=416)
            return
        body = self.server.content[start:]
        self._head(len(body), start)
        self.wfile.write(body)

    def _noranges(self) -> None:
        self._head(len(self.server.content))
        self.wfile.write(self.server.content)

    def _fifth(self) -> None:
        """Drops the connection after every fifth chunk."""
        start = self._start()
        body = self.server.content[start:]
        self._head(len(body), start)
        self.wfile.write(body[: 5 * CHUNK])

    def _truncates(self) -> None:
        """Always ends at the half, and cannot resume."""
        self._head(len(self.server.content))
        self.wfile.write(self.server.content[: len(self.server.content) // 2])

    def _lies(self) -> None:
        """Promises fewer bytes than there are."""
        body = self.server.content
        self._head(len(body) // 3)
        self.wfile.write(body)

    def _stalls(self) -> None:
        self._head(len(self.server.content))
        self.wfile.write(self.server.content[:CHUNK])
        self.wfile.flush()
        time.sleep(3)

    def _wrong(self) -> None:
        self._head(len(self.server.content))
        self.wfile.write(bytes(len(self.server.content)))

    def _flaky(self) -> None:
        """500 at first, good from the third request on."""
        if self.server.requests[self.path] < 3:
            self._head(0, status=503)
        else:
            self._good()

    def _redirects(self) -> None:
        self.send_response(302)
        self.send_header("Location", self.server.url("good"))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _loops(self) -> None:
        self.close_connection = False
        self.send_response(302)
        self.send_header("Location", self.path)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _403(self) -> None:
        self._head(0, status=403)

    def _404(self) -> None:
        self._head(0, status=404)

    def _500(self) -> None:
        self._head(0, status=500)


@contextmanager
def serving(content: bytes) -> Iterator[FaultyServer]:
    """A running server for the length of the block."""
    with FaultyServer(content) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
