"""Files of /proc and /sys, which not every system has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

__all__ = ["ask_system", "read_kernel_file"]

Answer = TypeVar("Answer")


def ask_system(ask: Callable[[], Answer]) -> Answer | None:
    """What psutil or `os` reads from such a file; None where the file is not there, empty or odd."""
    try:
        return ask()
    except Exception:  # containers and small kernels lack any file, and psutil checks none
        return None


def read_kernel_file(path: Path) -> str | None:
    """Its text without the white space around it; None where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
