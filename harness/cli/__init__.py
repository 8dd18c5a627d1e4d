"""The command line: parsing and printing only, one file a subcommand.

Start-up is kept light: a subcommand's file imports typer and the vocabulary,
and everything else inside the function that needs it.
"""

from __future__ import annotations

from harness.cli.main import main

__all__ = ["main"]
