"""From entries of the zoo to files: what to fetch for each, and the `Locate` that fetches."""

from __future__ import annotations

from pathlib import Path

from harness.errors import ZooError
from harness.zoo.fetch.cache import default_cache
from harness.zoo.fetch.fetch import Fetcher, Progress
from harness.zoo.fetch.source import FetchTarget, Source
from harness.zoo.fetch.trust import LOCK_NAME, TrustStore
from harness.zoo.locate import Locate, locate
from harness.zoo.schema import ZooEntry
from harness.zoo.zoo_file import ZooItem

__all__ = ["fetching", "target_of", "users_fetcher"]


def users_fetcher(
    *, offline: bool = False, on_bytes: Progress = lambda name, done, total: None, folder: Path | None = None
) -> Fetcher:
    """A fetcher with the user's cache, and the lock file of `folder` (default: the working directory)."""
    cache = default_cache()
    trust = TrustStore(cache.root / LOCK_NAME, pinned=(folder or Path.cwd()) / LOCK_NAME)
    return Fetcher(cache, trust, offline=offline, on_bytes=on_bytes)


def fetching(fetcher: Fetcher) -> Locate:
    """Files where entries name them, and addresses through the fetcher."""

    def find(item: ZooItem) -> Path:
        return locate(item) if item.entry.path is not None else fetcher.fetch(target_of(item.entry))

    return find


def target_of(entry: ZooEntry) -> FetchTarget:
    """What to fetch for an entry with addresses. Raises ZooError for one without."""
    if entry.url is None:
        raise ZooError(f"{entry.name} is a file on this computer ({entry.path}); there is nothing to fetch")
    first = Source(entry.url, entry.archive_member, entry.archive_sha256, entry.manual, entry.gone)
    others = (
        Source(each.url, each.archive_member, each.archive_sha256, each.manual) for each in entry.mirrors
    )
    return FetchTarget(entry.name, (first, *others), entry.sha256, entry.size_bytes)
