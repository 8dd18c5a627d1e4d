"""Under what a run is made: this harness, this computer, this checkout, this command."""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
import sys

from harness import __version__
from harness.records.printable_names import escape_name
from harness.records.run import Provenance

__all__ = ["provenance_here"]

Facts = tuple[tuple[str, str], ...]


def provenance_here(devices: tuple[tuple[str, Facts], ...]) -> Provenance:
    """The provenance of a run that begins now; `devices` are names with fingerprints."""
    return Provenance(
        harness_version=__version__,
        python_version=platform.python_version(),
        host=(("system", platform.platform()), ("node", platform.node())),
        devices=devices,
        git_commit=_git_commit(),
        command=shlex.join(["harness", *map(escape_name, sys.argv[1:])]),
    )


def _git_commit() -> str | None:
    """Commit of the working directory, where it is a git checkout and git is installed."""
    try:
        answer = subprocess.run(
            ["git", "rev-parse", "HEAD"], capture_output=True, text=True, timeout=5, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() or None if answer.returncode == 0 else os.environ.get("GITHUB_SHA")
