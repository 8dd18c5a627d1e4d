"""Where a hosted model can be had: addresses in order of preference, and those that are left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Address", "Addresses", "addresses_of", "proven_sha256"]

BROWSER_HOST = "https://storage.cloud.google.com/"
BAD_CERTIFICATE = "https://download.tensorflow.org/"
GOOD_CERTIFICATE = "https://storage.googleapis.com/download.tensorflow.org/"

_UNPROVEN = ("tfhub", "redirects to Kaggle since 2023-11, and answers 403 there")
_OWN_ENTRIES = ("mediapipe", "ai-edge", "tensorflow/examples", "tensorflow/examples ios")
"""Mirrors of the facts that are other files of the same network: they get entries of their own."""


@dataclass(frozen=True, slots=True)
class Address:
    """One address. `sha256` is the digest of what lies there; `member` names the model inside an archive."""

    url: str
    member: str | None = None
    sha256: str | None = None
    manual: bool = False

    def as_yaml(self) -> dict[str, Any]:
        """The keys of an entry or of one of its mirrors."""
        keys = {"url": self.url, "archive_member": self.member, "archive_sha256": self.sha256}
        made: dict[str, Any] = {key: value for key, value in keys.items() if value is not None}
        return {**made, "manual": True} if self.manual else made


@dataclass(frozen=True, slots=True)
class Addresses:
    """What a model's facts yield. `gone` says why the only address is known to be dead."""

    kept: tuple[Address, ...]
    left_out: tuple[tuple[str, str], ...]
    gone: str | None = None


def addresses_of(fact: Mapping[str, Any]) -> Addresses:
    """Scriptable addresses first, those for a browser last, dead ones only where nothing else is known."""
    primary = _primary(fact)
    dead = _why_dead(fact)
    left_out = list(_left_out(fact))
    kept = [] if dead or primary.manual else [primary]
    kept += [each for each in _others(fact, primary) if each.url != primary.url]
    if primary.manual:
        kept.append(primary)
    if not kept:
        return Addresses((primary,), tuple(left_out), dead)
    if dead:
        left_out.append((primary.url, dead))
    return Addresses(tuple(kept), tuple(left_out))


def proven_sha256(fact: Mapping[str, Any]) -> str | None:
    """Digest of the model, where it is known to be that of this very file and not of a likely copy."""
    digest = fact.get("tflite_digest") or {}
    return None if "note" in digest else digest.get("sha256")


def _primary(fact: Mapping[str, Any]) -> Address:
    url = str(fact.get("pinned_url") or fact["url"]).replace(BAD_CERTIFICATE, GOOD_CERTIFICATE)
    return Address(url, fact.get("archive_member"), _archive_sha256(fact), url.startswith(BROWSER_HOST))


def _archive_sha256(fact: Mapping[str, Any]) -> str | None:
    digests: Mapping[str, Any] = fact.get("archive_digest") or {}
    return digests["sha256"]["value"] if "sha256" in digests else None


def _why_dead(fact: Mapping[str, Any]) -> str | None:
    status = fact.get("url_status", "")
    return status if status.startswith("HTTP 4") else None


def _others(fact: Mapping[str, Any], primary: Address) -> Iterator[Address]:
    if "url_googleapis" in fact:
        yield Address(fact["url_googleapis"], primary.member, primary.sha256)
    if "url_without_generation" in fact:
        yield Address(fact["url_without_generation"])
    if "zip_with_labels" in fact:
        packed = fact["zip_with_labels"]
        member = next(each for each in packed["members"] if each.endswith(".tflite"))
        yield Address(packed["url"], member, packed["digest"]["sha256"]["value"])
    for mirror in fact.get("mirrors", ()):
        yield from _mirror(mirror, primary)
    if "zenodo_mirror" in fact:
        # Held to the digest of the original: a copy must be the same archive.
        yield Address(fact["zenodo_mirror"], primary.member, primary.sha256)
    yield from _copy(fact)


def _mirror(mirror: Mapping[str, Any], primary: Address) -> Iterator[Address]:
    kind = mirror["kind"]
    if kind == "openvino":
        yield Address(mirror["url"], primary.member, primary.sha256)
    elif kind == "kaggle" and _was_seen(mirror):
        yield Address(mirror["download"], mirror["archive_member"])
    elif kind == "mlcommons mobile":
        yield Address(mirror["url"])


def _was_seen(mirror: Mapping[str, Any]) -> bool:
    return str(mirror.get("status", "")).startswith(("handle seen", "seen"))


def _copy(fact: Mapping[str, Any]) -> Iterator[Address]:
    """A copy in a repository: one known to be equal, or a renamed one held to its own digest."""
    digest = fact.get("tflite_digest") or {}
    url = digest.get("mirror_url", "")
    if not url or "{" in url or "NOT proven" in digest.get("note", ""):
        return
    yield Address(url, sha256=digest.get("sha256"))


def _left_out(fact: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for mirror in fact.get("mirrors", ()):
        url = mirror.get("url") or mirror.get("download")
        if mirror["kind"] == _UNPROVEN[0]:
            yield url, _UNPROVEN[1]
        elif mirror["kind"] == "kaggle" and not _was_seen(mirror):
            yield url, "handle guessed from a pattern; nobody reported it working"
        elif mirror["kind"].startswith("mlcommons mobile,"):
            yield url, "another model (float32) than the entry"
    if "alternative_archive" in fact:
        yield fact["alternative_archive"]["url"], "the same name with other content (2018_08_02)"
    digest = fact.get("tflite_digest") or {}
    if "{" in digest.get("mirror_url", ""):
        yield digest["mirror_url"], "malformed, and a Git LFS pointer"
    if "NOT proven" in digest.get("note", ""):
        yield digest["mirror_url"], "not proven to be the member of the archive"
