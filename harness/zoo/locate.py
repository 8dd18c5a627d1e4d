"""Where the file of a zoo entry lies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from harness.errors import ModelError
from harness.zoo.zoo_file import ZooItem

__all__ = ["Locate", "is_local", "locate"]

Locate = Callable[[ZooItem], Path]
"""From an entry to its file, or a ModelError. Whatever fetches models is one of these."""


def is_local(item: ZooItem) -> bool:
    """Whether the entry names a file and not an address."""
    return item.entry.path is not None


def locate(item: ZooItem) -> Path:
    """The file of an entry that names one; it need not exist. Raises ModelError for an address."""
    if item.entry.path is None:
        raise ModelError(
            f"{item.entry.name} lies at {item.entry.url} and is not on this computer",
            next_step=f"harness zoo fetch {item.entry.name}",
        )
    # An absolute path, or one from the user's home, replaces the folder.
    return item.base / Path(item.entry.path).expanduser()
