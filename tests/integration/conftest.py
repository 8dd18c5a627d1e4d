"""A wheel built from the checkout, and fresh environments it is installed in."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.conftest import require_or_skip

ROOT = Path(__file__).resolve().parents[2]
_UNREACHABLE = ("Could not find a version", "No matching distribution", "Connection")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built wheel."""
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(out), str(ROOT)]
    from_index(command, "build the wheel")
    [built] = out.glob("*.whl")
    return built


def install(wheel: Path, environment: Path, *, extras: str = "") -> Path:
    """Install the wheel in a new virtual environment; returns the folder of its commands."""
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True, timeout=120)
    commands = environment / "bin"
    pip = [str(commands / "python"), "-m", "pip", "install", "--quiet", f"{wheel}{extras}"]
    from_index(pip, "install the wheel's dependencies")
    return commands


def from_index(command: list[str], purpose: str, *, env: Mapping[str, str] | None = None) -> None:
    """Run what needs a package index; without one the test is skipped."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False, env=env)
    said = done.stdout + done.stderr
    if done.returncode != 0 and any(sign in said for sign in _UNREACHABLE):
        require_or_skip(f"no package index can be reached to {purpose}")
    assert done.returncode == 0, said
