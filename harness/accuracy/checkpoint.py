"""What evaluations know before they are over, kept so that an interruption costs seconds and not hours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["Checkpoints", "NoCheckpoints", "Snapshot"]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The answers of one evaluation so far; rows are the images of the data set, in its order."""

    seen: npt.NDArray[np.bool_]
    """(images,): which of them have an answer."""
    indices: npt.NDArray[np.int32]
    """(images, TOP): output indices, best first; -1 where there is none."""
    scores: npt.NDArray[np.float32]
    """(images, TOP): their scores."""


class Checkpoints(Protocol):
    """Keeps snapshots. A key names everything that an answer depends on."""

    def load(self, key: str) -> Snapshot | None:
        """The snapshot last saved under `key`."""
        ...

    def save(self, key: str, snapshot: Snapshot) -> None:
        """Keep a snapshot in place of the one before."""
        ...


class NoCheckpoints:
    """Keeps nothing."""

    def load(self, key: str) -> Snapshot | None:
        """See `Checkpoints.load`."""
        del key
        return None

    def save(self, key: str, snapshot: Snapshot) -> None:
        """See `Checkpoints.save`."""
