"""Run the command as a user does, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

COMMAND = [sys.executable, "-m", "harness"]
QUICK = ["--budget", "quick", "--launches", "2"]


def harness(
    *arguments: str, cwd: Path, env: Mapping[str, str] | None = None, timeout_s: float = 300
) -> subprocess.CompletedProcess[str]:
    """The finished process."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


def only_run(folder: Path) -> Path:
    """The one run folder below `folder/reports`."""
    [run] = (folder / "reports").iterdir()
    return run


def exported(run: Path) -> list[dict[str, Any]]:
    """The rows of a run."""
    done = harness("export", str(run), "--format", "json", cwd=run)
    assert done.returncode == 0, done.stderr
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


def launches(run: Path) -> list[dict[str, Any]]:
    """The lines of the journal."""
    return [json.loads(line) for line in (run / "measurements.jsonl").read_text().splitlines()]
