"""Where tables go: standard output, as wide as the terminal, and unfolded where there is none."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["data_console"]

# Piped output is for a file or another program: nothing is folded at 80 columns.
_PIPED_WIDTH = 400


def data_console() -> Console:
    """Prints text as it is: what comes from files is no markup."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else _PIPED_WIDTH
    return Console(width=width, markup=False, highlight=False, emoji=False)
