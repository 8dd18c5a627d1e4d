"""Evaluations that are not over yet, as files of a run folder."""

from __future__ import annotations

import io
import shutil
import zipfile
from hashlib import sha256
from pathlib import Path

import numpy as np

from harness.accuracy.checkpoint import Snapshot
from harness.errors import RunFolderError
from harness.results.atomic import write_bytes

__all__ = ["PartialEvaluations"]


class PartialEvaluations:
    """One file an evaluation, replaced whole at every snapshot (see `accuracy.checkpoint.Checkpoints`)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, key: str) -> Snapshot | None:
        """The snapshot last saved under `key`; None for one that is damaged, which costs only time."""
        try:
            with self._path(key).open("rb") as file:
                arrays = np.load(file, allow_pickle=False)
                snapshot = Snapshot(arrays["seen"], arrays["indices"], arrays["scores"])
        except (OSError, EOFError, LookupError, ValueError, zipfile.BadZipFile):
            return None
        return snapshot if _consistent(snapshot) else None

    def save(self, key: str, snapshot: Snapshot) -> None:
        """Keep a snapshot. Raises RunFolderError for a full or read-only place."""
        buffer = io.BytesIO()
        np.savez(buffer, seen=snapshot.seen, indices=snapshot.indices, scores=snapshot.scores)
        try:
            self._folder.mkdir(exist_ok=True)
        except OSError as error:
            raise RunFolderError(f"{self._folder}: cannot be made: {error.strerror}") from error
        write_bytes(self._path(key), buffer.getvalue())

    def clear(self) -> None:
        """Remove all snapshots: their evaluations are over."""
        if self._folder.exists():
            shutil.rmtree(self._folder)

    def _path(self, key: str) -> Path:
        return self._folder / f"{sha256(key.encode()).hexdigest()[:16]}.npz"


def _consistent(snapshot: Snapshot) -> bool:
    return (
        (snapshot.seen.dtype, snapshot.indices.dtype, snapshot.scores.dtype)
        == (np.dtype(np.bool_), np.dtype(np.int32), np.dtype(np.float32))
        and snapshot.seen.ndim == 1
        and snapshot.indices.ndim == 2
        and snapshot.indices.shape == snapshot.scores.shape
        and len(snapshot.indices) == len(snapshot.seen)
    )
