"""Digests of files that have no public one, trusted when they were first fetched.

They are kept beside the cache, for one user, and in a lock file that a project
can commit (`harness zoo lock`). What the lock file says comes first.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from harness.errors import ZooError

__all__ = ["LOCK_NAME", "TrustStore", "read_lock", "write_lock"]

LOCK_NAME = "harness.lock.json"
_SCHEMA = 1
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class TrustStore:
    """Digests by name of the zoo entry: those recorded in `path`, and those of a project's lock file."""

    path: Path
    pinned: Path | None = None

    def digests(self) -> Mapping[str, str]:
        """Every known digest. Raises ZooError for a file that is none of ours."""
        return {**read_lock(self.path), **(read_lock(self.pinned) if self.pinned else {})}

    def record(self, name: str, sha256: str) -> None:
        """Trust this digest for this name from now on. Raises ZooError where another is recorded."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(self.path.with_name(f"{self.path.name}.lock")):
            known = self.digests()
            if known.get(name, sha256) != sha256:
                raise ZooError(
                    f"{name}: has sha256 {sha256}, but {known[name]} was recorded",
                    next_step=self.way_out(name),
                )
            write_lock(self.path, {**read_lock(self.path), name: sha256})

    def way_out(self, name: str) -> str:
        """What to do where the publisher has replaced a file on purpose."""
        place = self.pinned if self.pinned and name in read_lock(self.pinned) else self.path
        return f"if the publisher replaced the file on purpose, delete the line of {name} in {place}"


def read_lock(path: Path) -> Mapping[str, str]:
    """Digests of one file; empty where there is none. Raises ZooError."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        digests = document["sha256"]
        if document["schema"] != _SCHEMA or not all(_DIGEST.fullmatch(each) for each in digests.values()):
            raise ValueError("not a lock file of this version")
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ZooError(f"{path}: cannot be read as a lock file: {error}") from error
    return dict(digests)


def write_lock(path: Path, digests: Mapping[str, str]) -> None:
    """Replace the file; one line an entry, sorted, so that changes are easy to review. Raises ZooError."""
    document = {"schema": _SCHEMA, "sha256": dict(sorted(digests.items()))}
    draft = path.with_name(f".{path.name}.new")
    try:
        draft.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        raise ZooError(f"{path}: cannot be written: {error.strerror}") from error
