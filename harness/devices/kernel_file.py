"""Files of /proc and /sys, which not every system has."""

from __future__ import annotations

from pathlib import Path

__all__ = ["read_kernel_file"]


def read_kernel_file(path: Path) -> str | None:
    """Its text without the white space around it; None where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
