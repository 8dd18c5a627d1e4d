"""A web server on loopback that misbehaves as told: one fault a path."""

from __future__ import annotations

import threading
import time
import zlib
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
        self.ranges: list[int] = []
        self.whole = True
        self.only: str | None = None

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
            missing = self.server.only not in (None, self.path)
            getattr(self, "_404" if missing else f"_{fault}")()
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
        start = int(wanted.removeprefix("bytes=").rstrip("-"))
        self.server.ranges.append(start)
        return start

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

    def _lies_upwards(self) -> None:
        """Promises more bytes than there are."""
        start = self._start()
        if start >= len(self.server.content):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(self.server.content)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self._head(len(self.server.content) - start + 1000, start)
        self.wfile.write(self.server.content[start:])

    def _shrinks(self) -> None:
        """Cannot resume, and breaks now later and now earlier."""
        self._head(len(self.server.content))
        part = 5 if self.server.requests[self.path] % 2 else 3
        self.wfile.write(self.server.content[: part * CHUNK])

    def _crawls(self) -> None:
        self._head(len(self.server.content))
        for each in self.server.content[:40]:
            self.wfile.write(bytes([each]))
            self.wfile.flush()
            time.sleep(0.1)

    def _misplaces(self) -> None:
        """Answers a range with another one."""
        start = self._start()
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(self.server.content)))
        if start:
            total = len(self.server.content)
            self.send_header("Content-Range", f"bytes 0-{total - 1}/{total}")
        self.end_headers()
        self.wfile.write(self.server.content)

    def _chunked(self) -> None:
        """Without Content-Length, in chunks."""
        self._chunks(self.server.content)
        self.wfile.write(b"0\r\n\r\n")

    def _chunked_cut(self) -> None:
        """In chunks, the last of which never comes."""
        self._chunks(self.server.content[: len(self.server.content) // 2])

    def _chunks(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for at in range(0, len(body), CHUNK):
            piece = body[at : at + CHUNK]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))

    def _versioned(self) -> None:
        """Has an ETag and honours If-Range."""
        tag = f'"{zlib.crc32(self.server.content)}"'
        same = self.headers.get("If-Range") == tag
        start = self._start() if same else 0
        body = self.server.content[start:]
        self.send_response(206 if start else 200)
        self.send_header("ETag", tag)
        self.send_header("Content-Length", str(len(body)))
        if start:
            total = len(self.server.content)
            self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        self.end_headers()
        self.wfile.write(body if same or self.server.whole else body[: 5 * CHUNK])

    def _dawdles(self) -> None:
        """Good, and slow at the first request."""
        start = self._start()
        body = self.server.content[start:]
        self._head(len(body), start)
        for at in range(0, len(body), CHUNK):
            self.wfile.write(body[at : at + CHUNK])
            self.wfile.flush()
            time.sleep(0 if start else 0.3)

    def _endless(self) -> None:
        """Without a length, and without an end."""
        self.send_response(200)
        self.end_headers()
        while True:
            self.wfile.write(bytes(CHUNK))

    def _hangs_up(self) -> None:
        """Closes without an answer."""

    def _babbles(self) -> None:
        self.wfile.write(b"\x00\x01 no HTTP at all\r\n\r\n")

    def _nonsense(self) -> None:
        """Headers that no server should send."""
        self.send_response(200)
        self.send_header("Content-Length", "-5")
        self.send_header("Content-Range", "bytes x-y/z")
        self.send_header("ETag", "\u00fc")
        self.end_headers()
        self.wfile.write(self.server.content[:100])

    def _leads_to_a_file(self) -> None:
        self.send_response(302)
        self.send_header("Location", "file:///etc/passwd")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _portal(self) -> None:
        page = b"<!doctype html><title>Welcome to the hotel's network</title>"
        self._head(len(page))
        self.wfile.write(page)

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
