from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.devices.local import LocalDevice
from harness.devices.profile import find_profile
from harness.records.launch import DeviceState


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


def test_a_system_that_hides_its_files_reads_null(monkeypatch: pytest.MonkeyPatch):
    def hidden(*arguments: object, **options: object) -> None:
        raise FileNotFoundError(2, "No such file or directory", "/proc/stat")

    readings = [
        "cpu_times",
        "cpu_count",
        "virtual_memory",
        "sensors_battery",
        "cpu_freq",
        "sensors_temperatures",
    ]
    for name in readings:
        monkeypatch.setattr(f"psutil.{name}", hidden)
    monkeypatch.setattr("os.getloadavg", hidden)
    computer = device()
    facts = dict(computer.fingerprint())
    assert int(facts["cpus"]) >= 1
    assert "memory_bytes" not in facts
    assert computer.state() == DeviceState(governor=computer.state().governor)


@pytest.mark.parametrize("content", [None, "", "no numbers\n"])
def test_psutil_itself_may_find_a_kernel_without_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None
):
    for name in ("stat", "meminfo"):
        if content is not None:
            (tmp_path / name).write_text(content)
    monkeypatch.setattr("psutil.PROCFS_PATH", str(tmp_path))
    computer = device()
    assert computer.state().steal_percent is None
    assert "memory_bytes" not in dict(computer.fingerprint())


def test_without_the_account_of_memory_models_are_still_evaluated(monkeypatch: pytest.MonkeyPatch):
    from harness.accuracy.evaluate import _within_memory

    def hidden() -> None:
        raise FileNotFoundError(2, "No such file or directory", "/proc/meminfo")

    monkeypatch.setattr("psutil.virtual_memory", hidden)
    assert list(_within_memory([], {}, threads=1)) == []
