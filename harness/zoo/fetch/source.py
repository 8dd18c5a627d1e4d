"""Where a file can be had, and how it is recognised."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from harness.errors import ZooError

__all__ = ["MIRROR_VARIABLE", "MODEL_SUFFIX", "FetchTarget", "Source", "local_path", "mirrored"]

MIRROR_VARIABLE = "HARNESS_ZOO_MIRROR"
MODEL_SUFFIX = ".tflite"


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
    suffix: str = MODEL_SUFFIX


def mirrored(url: str, mirror: str) -> tuple[str, str]:
    """Where a mirror may have the file of an address: below the host's name, or by the path alone.

    `https://a.b/c/d.tgz` with the mirror `http://m/x` is looked for at `http://m/x/a.b/c/d.tgz`
    and at `http://m/x/c/d.tgz`. Raises ZooError for an address that leads out of the mirror.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or ".." in parts.path.split("/"):
        raise ZooError(f"{url}: no address that can be fetched")
    query = f"?{parts.query}" if parts.query else ""
    base = mirror.rstrip("/")
    return f"{base}/{parts.netloc}{parts.path}{query}", f"{base}{parts.path}{query}"


def local_path(place: str) -> Path | None:
    """The file a place of a mirror names, without any query; None for an address of the network."""
    if place.startswith("file://"):
        return Path(url2pathname(urlsplit(place).path))
    return None if "://" in place else Path(place.partition("?")[0]).expanduser()
