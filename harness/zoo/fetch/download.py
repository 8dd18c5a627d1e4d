"""Download one file: resumed after a break, retried with back-off, bounded in size and in silence."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import HarnessError

if TYPE_CHECKING:
    import requests

__all__ = ["DownloadError", "Patience", "download"]

_CHUNK = 1 << 16
_FINAL_CODES = frozenset({400, 401, 403, 404, 405, 410, 451})


class DownloadError(HarnessError):
    """A file could not be had from one address."""


@dataclass(frozen=True, slots=True)
class Patience:
    """When to try again and when to give up.

    Attempts that brought new bytes do not count: a connection that breaks
    every few chunks still ends in a complete file.
    """

    attempts: int = 4
    first_wait_s: float = 0.5
    longest_wait_s: float = 20.0
    connect_timeout_s: float = 10.0
    silence_s: float = 30.0


def download(
    url: str,
    part: Path,
    *,
    session: requests.Session,
    max_bytes: int,
    patience: Patience = Patience(),
    on_bytes: Callable[[int, int | None], None] = lambda done, total: None,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Complete `part` from `url`; what `part` holds already is kept when the server can resume.

    `on_bytes` is told bytes so far and in all (None: unknown). Raises
    DownloadError naming the address and the last thing that went wrong.
    """
    failures = 0
    while True:
        before = part.stat().st_size if part.exists() else 0
        try:
            _attempt(url, part, session, max_bytes, patience, on_bytes)
            return
        except _Again as problem:
            grown = part.exists() and part.stat().st_size > before
            failures = 0 if grown else failures + 1
            if failures >= patience.attempts:
                raise DownloadError(f"{url}: {problem} ({failures} attempts)") from problem
            wait_s = min(patience.longest_wait_s, patience.first_wait_s * 2.0 ** max(0, failures - 1))
            # Jitter keeps many machines of one CI from asking in step.
            sleep(wait_s * random.uniform(0.5, 1.0))


class _Again(Exception):
    """This attempt failed in a way that another may not."""


def _attempt(
    url: str,
    part: Path,
    session: requests.Session,
    max_bytes: int,
    patience: Patience,
    on_bytes: Callable[[int, int | None], None],
) -> None:
    import requests
    import urllib3

    have = part.stat().st_size if part.exists() else 0
    # Compressed transfer would make byte ranges and Content-Length meaningless.
    headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={have}-"} if have else {})}
    try:
        with session.get(
            url, headers=headers, stream=True, timeout=(patience.connect_timeout_s, patience.silence_s)
        ) as response:
            if have and response.status_code == 416:
                # Either complete already or longer than the file: the digest decides later, start over.
                part.unlink()
                raise _Again("the server has fewer bytes than were kept; starting over")
            _check_status(url, response)
            resumed = response.status_code == 206
            if have and not resumed:
                have = 0
            total = _total(response, have)
            _receive(response, part, have, total, max_bytes, on_bytes)
    except requests.exceptions.SSLError as error:
        raise DownloadError(f"{url}: the certificate is not trusted: {_reason(error)}") from error
    except requests.exceptions.TooManyRedirects as error:
        raise DownloadError(f"{url}: redirects without end") from error
    except urllib3.exceptions.ProtocolError as error:
        raise _Again(f"the connection ended after {part.stat().st_size} bytes") from error
    except urllib3.exceptions.HTTPError as error:
        raise _Again(_reason(error)) from error
    except requests.exceptions.RequestException as error:
        raise _Again(_reason(error)) from error


def _check_status(url: str, response: requests.Response) -> None:
    code = response.status_code
    if code in _FINAL_CODES:
        raise DownloadError(f"{url}: HTTP {code} {response.reason}")
    if code not in (200, 206):
        raise _Again(f"HTTP {code} {response.reason}")


def _total(response: requests.Response, have: int) -> int | None:
    length = response.headers.get("Content-Length")
    return have + int(length) if length is not None and length.isdigit() else None


def _receive(
    response: requests.Response,
    part: Path,
    have: int,
    total: int | None,
    max_bytes: int,
    on_bytes: Callable[[int, int | None], None],
) -> None:
    with part.open("ab" if have else "wb") as sink:
        # read1 hands over what has come; a larger read would lose it when the connection breaks.
        while chunk := response.raw.read1(_CHUNK):
            have += len(chunk)
            if have > max_bytes:
                raise DownloadError(f"{response.url}: larger than {max_bytes} bytes; refused")
            sink.write(chunk)
            on_bytes(have, total)
    if total is not None and have < total:
        raise _Again(f"the connection ended after {have} of {total} bytes")


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
