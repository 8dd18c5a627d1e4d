"""Two that measure on this computer at one time are told of each other; nobody is refused."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.devices.local import seen_measuring

HOLD = """
from harness.devices.local import seen_measuring
with seen_measuring(on_notice=print):
    print("holding", flush=True)
    input()
"""


def test_the_second_is_told_who_the_first_is_and_goes_on():
    with subprocess.Popen(
        [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout is not None
        assert first.stdin is not None
        assert first.stdout.readline() == "holding\n"
        told: list[str] = []
        with seen_measuring(on_notice=told.append):
            assert f"process {first.pid}" in told[0]
            assert "each disturbs the other's times" in told[0]
        first.stdin.close()
    with seen_measuring(on_notice=told.append):
        assert len(told) == 1


def test_the_mark_goes_with_the_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HARNESS_STATE", str(tmp_path))
    told: list[str] = []
    for _ in range(2):
        with seen_measuring(on_notice=told.append):
            assert len(list(tmp_path.rglob("*.owner.json"))) == 1
        assert not list(tmp_path.rglob("*.owner.json"))
    assert told == []


def test_where_nothing_can_be_kept_it_measures_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    monkeypatch.setenv("HARNESS_STATE", str(blocked))
    with seen_measuring(on_notice=pytest.fail):
        assert os.environ["HARNESS_STATE"] == str(blocked)
