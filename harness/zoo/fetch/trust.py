"""The lock file: digests of files that have no public one, trusted when they were first fetched."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.errors import ZooError

__all__ = ["LOCK_NAME", "TrustStore"]

LOCK_NAME = "harness.lock.json"
_SCHEMA = 1
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class TrustStore:
    """Digests by name of the zoo entry, in a file that can be committed."""

    path: Path

    def digests(self) -> Mapping[str, str]:
        """Every recorded digest. Raises ZooError for a file that is none of ours."""
        if not self.path.exists():
            return {}
        try:
            document = json.loads(self.path.read_text(encoding="utf-8"))
            models = document["sha256"]
            if document["schema"] != _SCHEMA or not all(
                _DIGEST.fullmatch(value) for value in models.values()
            ):
                raise ValueError("not a lock file of this version")
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ZooError(f"{self.path}: cannot be read as a lock file: {error}") from error
        return dict(models)

    def record(self, name: str, sha256: str) -> None:
        """Trust this digest for this name from now on. Raises ZooError where another is recorded."""
        known = dict(self.digests())
        if known.get(name, sha256) != sha256:
            raise ZooError(
                f"{name}: has sha256 {sha256}, but {self.path} recorded {known[name]}",
                next_step=f"if the publisher replaced the file, delete its line in {self.path}",
            )
        known[name] = sha256
        document = {"schema": _SCHEMA, "sha256": dict(sorted(known.items()))}
        draft = self.path.with_name(f".{self.path.name}.new")
        draft.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        draft.replace(self.path)
