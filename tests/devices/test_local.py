from __future__ import annotations

import os

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
