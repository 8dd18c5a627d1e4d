"""Fetch one file of the zoo: from the cache, a mirror, or the first address that gives the right bytes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import HarnessError, UnreachableError, ZooError
from harness.zoo.fetch.archive import copy_member, is_archive
from harness.zoo.fetch.cache import Cache, digest_of
from harness.zoo.fetch.download import DownloadError, Patience, download
from harness.zoo.fetch.source import FetchTarget, Source, mirrored
from harness.zoo.fetch.trust import TrustStore

if TYPE_CHECKING:
    import requests

__all__ = ["MIRROR_VARIABLE", "Fetcher"]

MIRROR_VARIABLE = "HARNESS_ZOO_MIRROR"
# The largest hosted archive (inception_resnet_v2 with checkpoints) is below 1 GB.
_MAX_DOWNLOAD_BYTES = 4 << 30
_MAX_MODEL_BYTES = 2 << 30

Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Fetches files into a cache. `on_bytes` is told name, bytes so far, and bytes in all."""

    cache: Cache
    trust: TrustStore
    mirror: str | None = field(default_factory=lambda: os.environ.get(MIRROR_VARIABLE))
    offline: bool = False
    patience: Patience = field(default_factory=Patience)
    on_bytes: Progress = lambda name, done, total: None

    def fetch(self, target: FetchTarget) -> Path:
        """The verified file. Raises ZooError saying why each address failed."""
        expected = target.sha256 or self.trust.digests().get(target.name)
        with self.cache.locked(target.name):
            found = self.cache.find(expected, target.suffix) if expected else None
            return found or self._fetch_new(target, expected)

    def adopt(self, target: FetchTarget, file: Path) -> Path:
        """Take a file that a person downloaded: the model itself, or the archive of one of its addresses.

        It is verified like any other. Raises ZooError.
        """
        part = self.cache.part(f"by hand: {target.name}")
        try:
            _copy_local(file, part)
        except DownloadError as error:
            raise ZooError(f"{file}: cannot be read") from error
        expected = target.sha256 or self.trust.digests().get(target.name)
        members = list(dict.fromkeys(source.member for source in target.sources)) or [None]
        failures = []
        try:
            for member in members:
                try:
                    return self._verified(target, Source(str(file), member), expected, part)
                except HarnessError as error:
                    failures.append(error.message)
        finally:
            part.unlink(missing_ok=True)
        raise ZooError(f"{target.name}: {'; '.join(failures)}")

    def _fetch_new(self, target: FetchTarget, expected: str | None) -> Path:
        if self.offline:
            raise ZooError(
                f"{target.name} is not in the cache, and --offline forbids fetching it",
                next_step=f"harness zoo fetch {target.name}",
            )
        failures = []
        with _session() as session:
            for source in target.sources:
                try:
                    return self._from_source(target, source, expected, session)
                except HarnessError as error:
                    failures.append(error.message)
        hindered = self.mirror is None and all(source.hindrance for source in target.sources)
        raise (UnreachableError if hindered else ZooError)(
            f"{target.name} cannot be fetched: " + ("; ".join(failures) or "it has no address"),
            next_step=self._way_out(target, expected),
        )

    def _way_out(self, target: FetchTarget, expected: str | None) -> str:
        if target.sha256 is None and expected is not None:
            return self.trust.way_out(target.name)
        return (
            f"download it with a browser, then: harness zoo fetch {target.name} --from FILE"
            f" (or name a mirror with {MIRROR_VARIABLE})"
        )

    def _from_source(
        self, target: FetchTarget, source: Source, expected: str | None, session: requests.Session
    ) -> Path:
        if source.hindrance and self.mirror is None:
            raise DownloadError(f"{source.url} {source.hindrance}")
        part = self.cache.part(source.url)
        self._download(target, source, part, session)
        try:
            return self._verified(target, source, expected, part)
        finally:
            # Complete, so either moved into the cache or no good: never resumed.
            part.unlink(missing_ok=True)

    def _verified(self, target: FetchTarget, source: Source, expected: str | None, part: Path) -> Path:
        if source.sha256 is not None and (digest := digest_of(part)) != source.sha256:
            raise ZooError(f"{source.url}: the download has sha256 {digest}, expected {source.sha256}")
        file = self._unpacked(source, part)
        try:
            digest = digest_of(file)
            if expected is not None and digest != expected:
                raise ZooError(f"{source.url}: has sha256 {digest}, expected {expected}")
            if expected is None:
                self.trust.record(target.name, digest)
            return self.cache.keep(file, digest, target.suffix)
        finally:
            if file != part:
                file.unlink(missing_ok=True)

    def _download(self, target: FetchTarget, source: Source, part: Path, session: requests.Session) -> None:
        url = mirrored(source.url, self.mirror) if self.mirror else source.url
        if self.mirror and "://" not in self.mirror:
            _copy_local(Path(url.partition("?")[0]), part)
            return
        download(
            url,
            part,
            session=session,
            max_bytes=_MAX_DOWNLOAD_BYTES,
            patience=self.patience,
            on_bytes=lambda done, total: self.on_bytes(target.name, done, total),
        )

    def _unpacked(self, source: Source, part: Path) -> Path:
        """The wanted file beside the download; the download itself where it is no archive."""
        if source.member is None or not is_archive(part):
            return part
        member = part.with_suffix(".member")
        copy_member(part, source.member, member, max_bytes=_MAX_MODEL_BYTES)
        return member


def _session() -> requests.Session:
    # requests follows HTTP(S)_PROXY, NO_PROXY and REQUESTS_CA_BUNDLE by itself.
    import requests

    from harness import __version__

    session = requests.Session()
    session.headers["User-Agent"] = f"tflite-harness/{__version__}"
    # Some servers hang up after an answer without saying so, which a second request would run into.
    session.headers["Connection"] = "close"
    return session


def _copy_local(source: Path, part: Path) -> None:
    try:
        shutil.copyfile(source, part)
    except OSError as error:
        raise DownloadError(f"{source}: not in the mirror ({error.strerror})") from error
