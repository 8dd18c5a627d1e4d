"""Start, steady state and the first cap of a run without a rest."""

from __future__ import annotations

import pytest

from harness.records.launch import DeviceState
from harness.records.sustained import SustainedRun, SustainedWindow
from harness.records.vocabulary import Status
from harness.stats.sustained import summarise_sustained

COOL = DeviceState(thermal_status=0, cluster_cap_khz=(("0-3", 1_785_600), ("7", 2_841_600)))
CAPPED = DeviceState(thermal_status=0, cluster_cap_khz=(("0-3", 1_785_600), ("7", 2_419_200)))


def run(*medians_ms: float, states: dict[int, DeviceState] | None = None) -> SustainedRun:
    windows = tuple(
        SustainedWindow(10.0 * number, 100, median_ms, (states or {}).get(number, COOL))
        for number, median_ms in enumerate(medians_ms)
    )
    return SustainedRun("t", "2026-01-01T00:00:00+00:00", Status.OK, None, 10.0, COOL, windows)


def test_start_is_the_first_window_and_steady_the_last_third():
    found = summarise_sustained(run(2.0, 2.0, 2.5, 3.0, 3.0, 3.1))
    assert found is not None
    assert (found.start_ms, found.steady_ms, found.duration_s) == (2.0, pytest.approx(3.05), 60.0)
    assert found.ratio == pytest.approx(1.525)


def test_the_first_cap_is_the_first_reading_that_shows_less_than_before():
    found = summarise_sustained(run(2.0, 2.0, 2.4, 2.5, states={2: CAPPED, 3: CAPPED}))
    assert found is not None
    assert found.first_cap_s == 20.0
    assert found.first_cap == "clock of cpu7 capped at 2.42 of 2.84 GHz"


def test_a_thermal_status_is_a_cap_too():
    found = summarise_sustained(run(2.0, 2.4, states={1: DeviceState(thermal_status=2)}))
    assert found is not None
    assert (found.first_cap_s, found.first_cap) == (10.0, "thermal status 2")


def test_a_device_that_tells_nothing_was_never_seen_capped():
    found = summarise_sustained(run(2.0, 2.0, states={0: DeviceState(), 1: DeviceState()}))
    assert found is not None
    assert found.first_cap_s is None


def test_one_window_is_start_and_steady_state():
    found = summarise_sustained(run(2.0))
    assert found is not None
    assert (found.ratio, found.duration_s) == (1.0, 10.0)


def test_no_window_no_figures():
    assert summarise_sustained(run()) is None
