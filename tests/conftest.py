"""Fixtures for every room: where the real test material lies, and what happens without it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.adb_client import AdbClient, adb_is_there, own_adb

# Shells start background jobs with SIGINT ignored, and children inherit that: Ctrl-C
# could then not be tested. A handler, unlike ignoring, is not inherited.
signal.signal(signal.SIGINT, signal.default_int_handler)


# How long an example takes says more of the machine's other work than of what is tested.
settings.register_profile("busy machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy machine")


@pytest.fixture(autouse=True)
def _no_other_tests_run_here(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests that measure side by side would be told of each other."""
    if "HARNESS_STATE" not in os.environ:
        monkeypatch.setenv("HARNESS_STATE", str(tmp_path_factory.mktemp("state")))


def require_or_skip(reason: str) -> None:
    """Skip a test for a missing part, or fail it where HARNESS_REQUIRE_ALL demands that all of them run."""
    if os.environ.get("HARNESS_REQUIRE_ALL") == "1":
        pytest.fail(f"HARNESS_REQUIRE_ALL=1, but {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def assets() -> Path:
    """The folder of real models, images and logs, which is not part of the project."""
    folder = os.environ.get("HARNESS_TEST_ASSETS")
    if not folder:
        require_or_skip("HARNESS_TEST_ASSETS is not set (folder of real models and images)")
        raise AssertionError("unreachable")
    path = Path(folder).resolve()
    if not path.is_dir():
        require_or_skip(f"HARNESS_TEST_ASSETS={folder} is no folder")
    return path


@pytest.fixture(scope="session")
def cases(assets: Path) -> Path:
    """The folder of small inputs with their right values, beside the real material."""
    folder = assets.parent / "cases"
    if not folder.is_dir():
        require_or_skip(f"{folder} is not there (small inputs with their right values)")
    return folder


@pytest.fixture
def adb(tmp_path: Path) -> Iterator[AdbClient]:
    """The true `adb` client with a server of its own."""
    if not adb_is_there():
        require_or_skip("`adb` is not installed (Debian: apt-get install adb)")
    home = tmp_path / "adb-home"
    home.mkdir()
    with own_adb(home) as client:
        yield client
