"""Fetch one file of the zoo: from the cache, a mirror, or the first address that gives the right bytes."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from harness.errors import HarnessError, ModelError, ZooError
from harness.zoo.fetch.answers import DownloadError, HinderedError, UnreachedError, WrongContentError
from harness.zoo.fetch.archive import copy_member, is_archive
from harness.zoo.fetch.cache import Cache, digest_of
from harness.zoo.fetch.download import Patience, download
from harness.zoo.fetch.failure import fetch_failure, offline_failure
from harness.zoo.fetch.source import MIRROR_VARIABLE, MODEL_SUFFIX, FetchTarget, Source, local_path, mirrored
from harness.zoo.fetch.trust import TrustStore
from harness.zoo.inspect import inspect_model

if TYPE_CHECKING:
    import requests

__all__ = ["MIRROR_VARIABLE", "Fetcher"]

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
    sleep: Callable[[float], None] = time.sleep
    unreached: dict[str, str] = field(default_factory=dict)
    """Hosts that could not be reached, and why: they are not asked again for the next model."""

    def fetch(self, target: FetchTarget) -> Path:
        """The verified file. Raises ZooError saying why each address failed."""
        expected = target.sha256 or self.trust.digests().get(target.name)
        # Once without the lock, so that a cache that can only be read serves what it has.
        found = self.cache.find(expected, target.suffix) if expected else None
        if found is not None:
            return found
        with self.cache.locked(target.name):
            expected = target.sha256 or self.trust.digests().get(target.name)
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
            raise offline_failure(target)
        failures: list[HarnessError] = []
        with _session() as session:
            for source in target.sources:
                try:
                    return self._from_source(target, source, expected, session)
                except HarnessError as error:
                    failures.append(error)
        trusted = target.sha256 is None and expected is not None
        raise fetch_failure(
            target,
            failures,
            mirror=self.mirror,
            distrusted=self.trust.way_out(target.name) if trusted else None,
        )

    def _from_source(
        self, target: FetchTarget, source: Source, expected: str | None, session: requests.Session
    ) -> Path:
        if source.hindrance and self.mirror is None:
            raise HinderedError(f"{source.url} {source.hindrance}")
        # By address, because several models may lie in one archive.
        with self.cache.locked(source.url):
            part = self.cache.part(source.url)
            resumed = part.exists()
            try:
                return self._downloaded(target, source, expected, part, session)
            except WrongContentError:
                if not resumed:
                    raise
                # What an earlier run left may be of another version, or damaged.
                return self._downloaded(target, source, expected, part, session)

    def _downloaded(
        self, target: FetchTarget, source: Source, expected: str | None, part: Path, session: requests.Session
    ) -> Path:
        self._download(target, source, part, session)
        try:
            return self._verified(target, source, expected, part)
        finally:
            # Complete, so either moved into the cache or no good: never resumed.
            part.unlink(missing_ok=True)

    def _verified(self, target: FetchTarget, source: Source, expected: str | None, part: Path) -> Path:
        if source.sha256 is not None and (digest := digest_of(part)) != source.sha256:
            size = part.stat().st_size
            raise WrongContentError(
                f"{source.url}: the download ({size} bytes) has sha256 {digest}, expected {source.sha256}"
            )
        file = self._unpacked(source, part)
        try:
            digest = digest_of(file)
            if expected is not None and digest != expected:
                size = file.stat().st_size
                raise WrongContentError(
                    f"{source.url}: the file ({size} bytes) has sha256 {digest}, expected {expected}"
                )
            if expected is None:
                _plausible(target, source, file)
                self.trust.record(target.name, digest)
            return self.cache.keep(file, digest, target.suffix)
        finally:
            if file != part:
                file.unlink(missing_ok=True)

    def _download(self, target: FetchTarget, source: Source, part: Path, session: requests.Session) -> None:
        """From the address, or from the first place of the mirror that has it."""
        if self.mirror is None:
            self._get(target, source, source.url, part, session)
            return
        by_host, by_path = mirrored(source.url, self.mirror)
        try:
            self._get(target, source, by_host, part, session)
        except UnreachedError:
            raise
        except DownloadError as first:
            try:
                self._get(target, source, by_path, part, session)
            except DownloadError:
                raise first from None

    def _get(
        self, target: FetchTarget, source: Source, place: str, part: Path, session: requests.Session
    ) -> None:
        folder = local_path(place)
        if folder is not None:
            _copy_local(folder, part)
            return
        host = urlsplit(place).netloc
        if host in self.unreached:
            raise UnreachedError(self.unreached[host], host)
        # Where one host was out of reach, others seldom are not: they are tried once.
        patience = replace(self.patience, connect_attempts=1) if self.unreached else self.patience
        try:
            download(
                place,
                part,
                session=session,
                max_bytes=_most_bytes(target, source),
                patience=patience,
                on_bytes=lambda done, total: self.on_bytes(target.name, done, total),
                sleep=self.sleep,
            )
        except UnreachedError as error:
            self.unreached[host] = error.message
            raise

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
    session.hooks["response"].append(
        lambda response, *args, **kwargs: session.close() if response.is_redirect else None
    )
    return session


def _most_bytes(target: FetchTarget, source: Source) -> int:
    """What lies at an address may not be larger than this; exact where it is the file itself."""
    exact = target.size_bytes if source.member is None else None
    return exact or _MAX_DOWNLOAD_BYTES


def _plausible(target: FetchTarget, source: Source, file: Path) -> None:
    """What cannot be the file is not trusted on first use: the page of a hotel's network, say."""
    size = file.stat().st_size
    if target.size_bytes not in (None, size):
        raise WrongContentError(f"{source.url}: {size} bytes, expected {target.size_bytes}")
    if target.suffix == MODEL_SUFFIX:
        try:
            inspect_model(file)
        except ModelError as error:
            reason = error.message.removeprefix(f"{file} ")
            raise WrongContentError(f"{source.url}: what was downloaded {reason}") from error


def _copy_local(source: Path, part: Path) -> None:
    try:
        shutil.copyfile(source, part)
    except OSError as error:
        raise DownloadError(f"{source}: not in the mirror ({error.strerror})") from error
