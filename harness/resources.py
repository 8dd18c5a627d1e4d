"""Where the files that ship with harness lie: in a checkout and in an installed wheel."""

from __future__ import annotations

from pathlib import Path

__all__ = ["bundled_path", "starter_path"]

_PACKAGE = Path(__file__).resolve().parent


def bundled_path(name: str) -> Path:
    """Path of `model_zoo.yaml` or `devices`, which a wheel carries inside the package."""
    in_wheel = _PACKAGE / "bundled" / name
    return in_wheel if in_wheel.exists() else _PACKAGE.parent / name


def starter_path() -> Path:
    """Folder of the bundled models, images and labels."""
    return _PACKAGE / "zoo" / "starter"
