"""Files kept by their digest, shared by all processes of a user."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock
from platformdirs import user_cache_path

from harness.errors import ZooError

__all__ = ["Cache", "default_cache", "digest_of"]

CACHE_VARIABLE = "HARNESS_CACHE"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_CHUNK = 1 << 20


def default_cache() -> Cache:
    """The cache at HARNESS_CACHE, or at the system's place for caches."""
    named = os.environ.get(CACHE_VARIABLE)
    return Cache(Path(named) if named else user_cache_path("harness"))


def digest_of(path: Path) -> str:
    """sha256 of a file in hexadecimal, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


class Cache:
    """A folder of files named by sha256, and of downloads that are not complete yet."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def find(self, sha256: str, suffix: str = ".tflite") -> Path | None:
        """The file with that digest; one that has been damaged since is set aside and not found."""
        path = self._blob(sha256, suffix)
        if not path.is_file():
            return None
        if digest_of(path) != sha256:
            path.replace(path.with_name(f"{path.name}.damaged"))
            return None
        return path

    def keep(self, file: Path, sha256: str, suffix: str = ".tflite") -> Path:
        """Move a verified file into the cache."""
        path = self._blob(sha256, suffix)
        path.parent.mkdir(parents=True, exist_ok=True)
        file.replace(path)
        return path

    def part(self, url: str) -> Path:
        """Where a download of this address grows."""
        folder = self._folder("parts")
        return folder / f"{hashlib.sha256(url.encode()).hexdigest()[:32]}.part"

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """One process at a time fetches the same file; the others wait and then find it."""
        key = hashlib.sha256(name.encode()).hexdigest()[:32]
        with FileLock(self._folder("locks") / f"{key}.lock"):
            yield

    def _folder(self, name: str) -> Path:
        folder = self.root / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ZooError(
                f"the cache {self.root} cannot be written: {error.strerror}",
                next_step=f"choose another with {CACHE_VARIABLE}=DIR",
            ) from error
        return folder

    def _blob(self, sha256: str, suffix: str) -> Path:
        if not _DIGEST.fullmatch(sha256):
            raise ZooError(f"{sha256!r} is no sha256")
        return self.root / "files" / sha256[:2] / f"{sha256}{suffix}"
