"""Download one file: resumed after a break, retried with back-off, bounded in size, silence and slowness."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.zoo.fetch.answers import (
    AttemptError,
    DownloadError,
    NoConnectionError,
    StaleError,
    judged,
    resumes_at,
)

if TYPE_CHECKING:
    import requests

__all__ = ["Patience", "download"]

_CHUNK = 1 << 16
_PAUSE_AFTER_PROGRESS_S = 0.05

OnBytes = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class Patience:
    """When to try again and when to give up.

    An attempt that got further than all before it, and not slower than
    `slowest_bytes_per_s`, does not count: a connection that breaks every few
    chunks still ends in a complete file, and one that crawls or stalls does not
    go on for ever. `connect_attempts` holds until the first byte has come.
    """

    attempts: int = 5
    connect_attempts: int = 3
    first_wait_s: float = 0.5
    longest_wait_s: float = 20.0
    connect_timeout_s: float = 6.0
    silence_s: float = 30.0
    slowest_bytes_per_s: float = 1024.0


def download(
    url: str,
    part: Path,
    *,
    session: requests.Session,
    max_bytes: int,
    patience: Patience = Patience(),
    on_bytes: OnBytes = lambda done, total: None,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Complete `part` from `url`; what `part` holds already is kept when the server can resume.

    `on_bytes` is told bytes so far and in all (None: unknown). Raises
    DownloadError naming the address and the last thing that went wrong; where the
    host was never reached, its UnreachedError.
    """
    attempt = _Attempt(url, part, session, max_bytes, patience, on_bytes, clock)
    began_with = furthest = _size(part)
    failures, stale = 0, False
    while True:
        began_s = clock()
        try:
            attempt.run()
            return
        except AttemptError as problem:
            if isinstance(problem, StaleError) and not stale:
                part.unlink(missing_ok=True)
                furthest, stale = 0, True
                continue
            grown = _size(part) - furthest
            furthest = max(furthest, _size(part))
            worthwhile = grown > 0 and grown >= patience.slowest_bytes_per_s * (clock() - began_s)
            failures = 0 if worthwhile else failures + 1
            unreached = isinstance(problem, NoConnectionError) and furthest == began_with
            if failures >= (patience.connect_attempts if unreached else patience.attempts):
                raise problem.final(url, failures) from problem
            sleep(_pause_s(failures, patience))


def _pause_s(failures: int, patience: Patience) -> float:
    if failures == 0:
        return min(patience.first_wait_s, _PAUSE_AFTER_PROGRESS_S)
    wait_s = min(patience.longest_wait_s, patience.first_wait_s * 2.0 ** (failures - 1))
    # Jitter keeps many machines of one CI from asking in step.
    return wait_s * random.uniform(0.5, 1.0)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One request and what comes of it."""

    url: str
    part: Path
    session: requests.Session
    max_bytes: int
    patience: Patience
    on_bytes: OnBytes
    clock: Callable[[], float]

    def run(self) -> None:
        """Append what is missing. Raises AttemptError where another attempt may help, else DownloadError."""
        have = _size(self.part)
        timeouts = (self.patience.connect_timeout_s, self.patience.silence_s)
        with (
            judged(self.url, self.part, self.patience.silence_s),
            self.session.get(
                self.url, headers=self._headers(have), stream=True, timeout=timeouts
            ) as response,
        ):
            start = resumes_at(self.url, response, have)
            if start == have and response.status_code == 416:
                return  # all of it was there; the digest decides
            if start != have:
                self.part.unlink()
            self._remember_version(response)
            self._receive(response, start)

    def _headers(self, have: int) -> dict[str, str]:
        # Compressed transfer would make byte ranges and Content-Length meaningless.
        headers = {"Accept-Encoding": "identity"}
        if have:
            headers["Range"] = f"bytes={have}-"
            version = self._version.read_text("ascii") if self._version.exists() else ""
            # Bytes of two versions must not be joined; a server that knows If-Range sends the new one whole.
            headers |= {"If-Range": version} if version else {}
        return headers

    @property
    def _version(self) -> Path:
        return self.part.with_suffix(".version")

    def _remember_version(self, response: requests.Response) -> None:
        tag = response.headers.get("ETag", "")
        version = tag if tag.startswith('"') else response.headers.get("Last-Modified", "")
        self._version.write_text(version if version.isascii() else "", "ascii")

    def _receive(self, response: requests.Response, have: int) -> None:
        length = response.headers.get("Content-Length", "")
        total = have + int(length) if length.isdecimal() and length.isascii() else None
        slow = _Slowness(self.patience, self.clock)
        with self.part.open("ab") as sink:
            # read1 hands over what has come; a larger read would lose it when the connection breaks.
            while chunk := response.raw.read1(_CHUNK):
                have += len(chunk)
                if have > self.max_bytes:
                    self.part.unlink()
                    raise DownloadError(f"{self.url}: larger than {self.max_bytes} bytes; refused")
                sink.write(chunk)
                self.on_bytes(have, total)
                slow.check(len(chunk))
        if total is not None and have < total:
            raise AttemptError(f"the connection ended after {have} of {total} bytes")
        self._version.unlink(missing_ok=True)


class _Slowness:
    """Tells a download that crawls from one that works, over windows as long as a silence may be."""

    def __init__(self, patience: Patience, clock: Callable[[], float]) -> None:
        self._patience = patience
        self._clock = clock
        self._since_s = clock()
        self._bytes = 0

    def check(self, received: int) -> None:
        """Count bytes. Raises AttemptError at the end of a window with too few of them."""
        self._bytes += received
        elapsed_s = self._clock() - self._since_s
        if elapsed_s < self._patience.silence_s:
            return
        if self._bytes < self._patience.slowest_bytes_per_s * elapsed_s:
            raise AttemptError(f"slower than {self._patience.slowest_bytes_per_s:g} bytes a second")
        self._since_s, self._bytes = self._clock(), 0
