"""What the command's exit codes mean. Those of an error are the error's own (`harness.errors`)."""

from __future__ import annotations

from typing import Final

__all__ = ["INTERRUPTED", "NOTHING_USABLE", "SOME_FAILED"]

SOME_FAILED: Final = 1
"""Some trials, evaluations, pictures or downloads failed, or a phone was lost; the rest is done."""
NOTHING_USABLE: Final = 5
"""It ran, and there is nothing to use: no candidate keeps the limits, or no trial may be ranked."""
INTERRUPTED: Final = 130
"""Ctrl-C or SIGTERM; what was measured is kept."""
