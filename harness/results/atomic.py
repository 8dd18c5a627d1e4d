"""Files that are whole or not there."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from harness.errors import RunFolderError

__all__ = ["write_bytes"]


def write_bytes(path: Path, content: bytes) -> None:
    """Write beside the target and rename. Raises RunFolderError for a full or read-only place."""
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            # mkstemp makes files for the owner only; results are for everyone who may read the folder.
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise RunFolderError(f"{path}: cannot be written: {error.strerror}") from error
