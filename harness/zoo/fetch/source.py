"""Where a file can be had, and how it is recognised."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from harness.errors import ZooError

__all__ = ["FetchTarget", "Source", "mirrored"]


@dataclass(frozen=True, slots=True)
class Source:
    """One address; `member` names the file inside an archive; `sha256` is that of the download itself."""

    url: str
    member: str | None = None
    sha256: str | None = None
    manual: bool = False
    """A person with a browser must fetch it."""
    gone: str | None = None
    """Why nobody can any more; a copy in a mirror would do."""

    @property
    def hindrance(self) -> str | None:
        """Why no program need ask there."""
        return f"is gone ({self.gone})" if self.gone else "needs a browser" if self.manual else None


@dataclass(frozen=True, slots=True)
class FetchTarget:
    """One file that is wanted. Without `sha256` the first download is trusted and recorded."""

    name: str
    sources: tuple[Source, ...]
    sha256: str | None = None
    size_bytes: int | None = None
    suffix: str = ".tflite"


def mirrored(url: str, mirror: str) -> str:
    """The address of the same path below a mirror: host and path of the original follow the mirror's own.

    `https://a.b/c/d.tgz` with the mirror `http://m/x` becomes `http://m/x/a.b/c/d.tgz`.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or ".." in parts.path.split("/"):
        raise ZooError(f"{url}: no address that can be fetched")
    query = f"?{parts.query}" if parts.query else ""
    return f"{mirror.rstrip('/')}/{parts.netloc}{parts.path}{query}"
