"""Fixtures of the zoo's tests."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def no_own_zoo(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whoever runs the tests may have a zoo of their own."""
    monkeypatch.delenv("HARNESS_ZOO", raising=False)
    folder = tmp_path_factory.mktemp("config")
    monkeypatch.setattr("harness.zoo.registry.platformdirs.user_config_dir", lambda name: str(folder / name))


@pytest.fixture
def zoo_text() -> str:
    return (Path(__file__).parent / "example_zoo.yaml").read_text(encoding="utf-8")
