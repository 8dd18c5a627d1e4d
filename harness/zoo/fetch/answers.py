"""What a server's answer, or its silence, means for a download: go on, try again, or give up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from harness.errors import HarnessError

if TYPE_CHECKING:
    import requests

__all__ = [
    "AttemptError",
    "DownloadError",
    "HinderedError",
    "NoConnectionError",
    "StaleError",
    "UnreachedError",
    "WrongContentError",
    "judged",
    "resumes_at",
]

_FINAL_CODES = frozenset({400, 401, 403, 404, 405, 407, 410, 451})
_WHOLE, _PARTIAL, _NO_SUCH_RANGE = 200, 206, 416
_CONTENT_RANGE = re.compile(r"bytes (?:(?P<start>\d+)-\d+|\*)/(?P<total>\d+|\*)")


class DownloadError(HarnessError):
    """A file could not be had from one address."""


class UnreachedError(DownloadError):
    """Not one byte was heard from the host: no network, no such host, or nothing listens there."""

    def __init__(self, message: str, host: str) -> None:
        super().__init__(message)
        self.host = host


class HinderedError(DownloadError):
    """An address that no program need ask."""


class WrongContentError(DownloadError):
    """What came is not what was wanted."""


class AttemptError(Exception):
    """This attempt failed in a way that another may not."""

    def final(self, url: str, attempts: int) -> DownloadError:
        """The error where no further attempt is made."""
        tried = f" ({attempts} attempts)" if attempts > 1 else ""
        return DownloadError(f"{url}: {self}{tried}")


class StaleError(AttemptError):
    """What was kept is no beginning of what the server has."""


class NoConnectionError(AttemptError):
    """Nothing listens where the address points to."""

    def final(self, url: str, attempts: int) -> UnreachedError:
        """The error where no further attempt is made; attempts are no news here."""
        return UnreachedError(str(self), _host(url))


def resumes_at(url: str, response: requests.Response, have: int) -> int:
    """How many of the `have` bytes the body continues; 0 where it starts anew.

    With status 416 it equals `have`: nothing is missing. Raises DownloadError for a refusal
    that stays, StaleError where what is kept cannot be continued, else AttemptError.
    """
    code = response.status_code
    if code in _FINAL_CODES:
        raise DownloadError(f"{url}: {_status(response)}")
    match = _CONTENT_RANGE.match(response.headers.get("Content-Range", ""))
    if code == _PARTIAL and (match is None or match["start"] == str(have)):
        return have
    if code == _NO_SUCH_RANGE and have and (match is None or match["total"] in ("*", str(have))):
        return have
    if code in (_PARTIAL, _NO_SUCH_RANGE):
        raise StaleError(f"the server does not go on at byte {have}")
    if code != _WHOLE:
        raise AttemptError(_status(response))
    return 0


def _status(response: requests.Response) -> str:
    return f"HTTP {response.status_code} {response.reason or ''}".rstrip()


@contextmanager
def judged(url: str, part: Path, silence_s: float) -> Iterator[None]:
    """Failures of the block as DownloadError where they stay, else as AttemptError."""
    import requests
    import urllib3

    try:
        yield
    except requests.exceptions.SSLError as error:
        raise DownloadError(f"{url}: the certificate is not trusted: {_reason(error)}") from error
    except requests.exceptions.TooManyRedirects as error:
        raise DownloadError(f"{url}: redirects without end") from error
    except (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError) as error:
        if isinstance(error, requests.exceptions.ConnectTimeout):
            raise UnreachedError(f"{_host(url)} does not answer", _host(url)) from error
        raise AttemptError(f"nothing came for {silence_s:g} s") from error
    except requests.exceptions.ConnectionError as error:
        raise _no_connection(error, url) from error
    except urllib3.exceptions.ProtocolError as error:
        raise AttemptError(f"the connection ended after {_size(part)} bytes") from error
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
        raise AttemptError(_reason(error)) from error
    except OSError as error:
        raise DownloadError(f"{part}: cannot be written: {error.strerror or error}") from error


def _no_connection(error: requests.exceptions.ConnectionError, url: str) -> AttemptError:
    from urllib3 import exceptions

    cause = getattr(error.args[0] if error.args else None, "reason", None)
    if isinstance(cause, exceptions.ProxyError):
        return NoConnectionError(f"the proxy does not let it pass: {_reason(cause.original_error)}")
    if isinstance(cause, exceptions.NameResolutionError):
        return NoConnectionError(f"the name {_host(url)} cannot be resolved")
    if isinstance(cause, exceptions.NewConnectionError):
        return NoConnectionError(f"{_host(url)} refuses the connection")
    return AttemptError("the server gave no answer")


def _host(url: str) -> str:
    return urlsplit(url).netloc


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
