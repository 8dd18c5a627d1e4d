from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What this computer keeps of phones lies in the test's own folder."""
    folder = tmp_path / "state"
    monkeypatch.setenv("HARNESS_STATE", str(folder))
    return folder
