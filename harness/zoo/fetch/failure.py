"""What to say where no address gave the file: one sentence, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from harness.errors import HarnessError, UnreachableError, ZooError
from harness.zoo.fetch.answers import HinderedError, UnreachedError, WrongContentError
from harness.zoo.fetch.source import MIRROR_VARIABLE, MODEL_SUFFIX, FetchTarget

__all__ = ["fetch_failure", "offline_failure"]


def fetch_failure(
    target: FetchTarget, failures: Sequence[HarnessError], *, mirror: str | None, distrusted: str | None
) -> ZooError:
    """The error for a file whose addresses all failed, each with its reason.

    `distrusted` is what to do where the digest of the first use no longer holds. An
    UnreachableError where no address is made for programs.
    """
    asked = [each for each in failures if not isinstance(each, HinderedError)]
    if asked and all(isinstance(each, UnreachedError) for each in asked):
        reasons = "; ".join(dict.fromkeys(each.message for each in asked))
        return ZooError(
            f"{target.name} cannot be fetched, no network: {reasons}",
            next_step=_without_network(target, mirror),
        )
    said = "; ".join(each.message for each in failures) or "it has no address"
    if distrusted is None or not any(isinstance(each, WrongContentError) for each in failures):
        distrusted = None
    kind = ZooError if asked or mirror else UnreachableError
    return kind(
        f"{target.name} cannot be fetched: {said}",
        next_step=distrusted or f"{_by_hand(target)} (or name a mirror with {MIRROR_VARIABLE}=URL|DIR)",
    )


def offline_failure(target: FetchTarget) -> ZooError:
    """The error for a file that is not in the cache when nothing may be fetched."""
    return ZooError(
        f"{target.name} is not in the cache, and --offline forbids fetching it",
        next_step=f"harness zoo fetch {target.name}" if _is_model(target) else "run once without --offline",
    )


def _without_network(target: FetchTarget, mirror: str | None) -> str:
    if mirror:
        return f"check {MIRROR_VARIABLE}={mirror}, or {_by_hand(target)}"
    return f"name a proxy with HTTPS_PROXY or a mirror with {MIRROR_VARIABLE}=URL|DIR, or {_by_hand(target)}"


def _by_hand(target: FetchTarget) -> str:
    url = target.sources[0].url if target.sources else "it"
    if _is_model(target):
        return f"download {url} with a browser, then: harness zoo fetch {target.name} --from FILE"
    parts = urlsplit(url)
    return f"download {url} with a browser to DIR/{parts.netloc}{parts.path}, and set {MIRROR_VARIABLE}=DIR"


def _is_model(target: FetchTarget) -> bool:
    return target.suffix == MODEL_SUFFIX
