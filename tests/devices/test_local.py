from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.devices import local
from harness.devices.local import LocalDevice
from harness.devices.profile import find_profile


def device() -> LocalDevice:
    return LocalDevice(find_profile("local"))


def test_the_fingerprint_names_processor_and_system():
    facts = dict(device().fingerprint())
    assert all(facts[name] for name in ("system", "machine", "processor", "cpus", "memory_bytes"))


def test_cpus_are_those_this_process_may_use():
    if hasattr(os, "sched_getaffinity"):
        assert device().cpu_count == len(os.sched_getaffinity(0))


def test_state_is_read_or_none_never_invented():
    state = device().state()
    assert state.load_1m is None or state.load_1m >= 0
    assert state.steal_percent is None or 0 <= state.steal_percent <= 100
    assert state.thermal_status is None


def test_steal_is_that_since_the_last_reading():
    computer = device()
    computer.state()
    again = computer.state().steal_percent
    assert again is None or again >= 0


def test_a_quota_of_a_control_group_is_told_and_no_quota_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(local, "_CFS", tmp_path / "v1")
    for content, told in (("150000 100000\n", "1.5"), ("max 100000\n", None), ("odd\n", None)):
        (tmp_path / "cpu.max").write_text(content)
        monkeypatch.setattr(local, "_CPU_MAX", tmp_path / "cpu.max")
        assert dict(device().fingerprint()).get("cpu_quota") == told
    (tmp_path / "v1").mkdir()
    (tmp_path / "v1" / "cpu.cfs_quota_us").write_text("50000\n")
    (tmp_path / "v1" / "cpu.cfs_period_us").write_text("100000\n")
    monkeypatch.setattr(local, "_CPU_MAX", tmp_path / "none")
    assert dict(device().fingerprint())["cpu_quota"] == "0.5"
