from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.devices.android.judge import check_behind, contamination, heat_reasons
from harness.devices.android.preflight import CODES
from harness.devices.profile import Limits
from harness.records.launch import DeviceState

LIMITS = Limits()
COOL = DeviceState(
    battery_percent=80.0,
    charging=False,
    temperature_c=35.0,
    thermal_status=0,
    thermal_override=False,
    cluster_cap_khz=(("0-3", 1_785_600), ("7", 2_841_600)),
    cluster_max_khz=(("0-3", 1_785_600), ("7", 2_841_600)),
    cooling=(("thermal-cpufreq-0 #0", 0),),
    screen_on=True,
    power_save=False,
)
CAPPED = replace(COOL, cluster_cap_khz=(("0-3", 1_785_600), ("7", 2_419_200)))


def test_nothing_speaks_against_a_launch_between_two_cool_states():
    assert contamination(COOL, COOL, LIMITS) is None
    assert contamination(COOL, COOL, LIMITS, baseline=COOL) is None


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        (replace(COOL, thermal_status=1), "thermal status 1 (light)"),
        (CAPPED, "clock of cpu7 capped at 2.42 of 2.84 GHz"),
        (replace(COOL, cooling=(("thermal-cpufreq-0 #0", 2),)), "thermal-cpufreq-0 #0 at 2"),
        (replace(COOL, battery_percent=24.0), "battery at 24 %, below 25 %"),
        (replace(COOL, thermal_override=True), "pretended"),
        (replace(COOL, power_save=True), "battery saver"),
        (replace(COOL, screen_on=False), "the screen went off"),
    ],
)
def test_each_sign_after_a_launch_spoils_it(after: DeviceState, reason: str):
    assert reason in str(contamination(COOL, after, LIMITS))


def test_a_sign_before_the_launch_spoils_it_too():
    assert "thermal status 3 (severe)" in str(contamination(replace(COOL, thermal_status=3), COOL, LIMITS))
    assert "capped" in str(contamination(CAPPED, COOL, LIMITS))


def test_several_signs_are_all_named():
    after = replace(CAPPED, thermal_status=2, power_save=True)
    reason = str(contamination(COOL, after, LIMITS))
    assert all(word in reason for word in ("thermal status", "capped", "battery saver"))


def test_a_cap_the_cool_phone_always_has_is_its_own():
    assert contamination(CAPPED, CAPPED, LIMITS, baseline=CAPPED) is None
    assert contamination(CAPPED, CAPPED, LIMITS) is not None


def test_a_cap_that_was_lifted_meanwhile_is_a_change():
    assert "changed from 2.42 to 2.84" in str(contamination(CAPPED, COOL, LIMITS, baseline=CAPPED))


def test_a_profile_may_bear_more_heat():
    assert contamination(COOL, replace(COOL, thermal_status=1), Limits(thermal_status=1)) is None


def test_a_low_battery_that_is_being_charged_is_no_reason():
    low = replace(COOL, battery_percent=10.0, charging=True)
    assert contamination(low, low, LIMITS) is None


def test_what_a_phone_does_not_tell_is_no_reason():
    assert contamination(DeviceState(), DeviceState(), LIMITS) is None
    assert contamination(DeviceState(), DeviceState(), LIMITS, baseline=DeviceState()) is None


def test_only_heat_passes_by_waiting():
    assert heat_reasons(replace(COOL, power_save=True, battery_percent=3.0), LIMITS) == ()
    assert len(heat_reasons(CAPPED, LIMITS)) == 1


states = st.builds(
    DeviceState,
    battery_percent=st.none() | st.floats(0, 100),
    thermal_status=st.none() | st.integers(0, 6),
    cluster_cap_khz=st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 10**7)), max_size=3).map(tuple),
    cluster_max_khz=st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 10**7)), max_size=3).map(tuple),
    cooling=st.lists(st.tuples(st.sampled_from("xy"), st.integers(0, 9)), max_size=3).map(tuple),
    screen_on=st.none() | st.booleans(),
)


@given(states, states, st.none() | states)
def test_any_two_states_are_judged(before: DeviceState, after: DeviceState, baseline: DeviceState | None):
    reason = contamination(before, after, LIMITS, baseline=baseline)
    assert reason is None or reason
    worst = max(before.thermal_status or 0, after.thermal_status or 0)
    assert (worst > 0) <= (reason is not None)


@pytest.mark.parametrize(
    ("after", "code"),
    [
        (replace(COOL, thermal_status=1), "thermal-status"),
        (CAPPED, "thermal-status"),
        (replace(COOL, cooling=(("thermal-cpufreq-0 #0", 2),)), "thermal-status"),
        (replace(COOL, battery_percent=24.0), "battery-low"),
        (replace(COOL, thermal_override=True), "thermal-override"),
        (replace(COOL, power_save=True), "power-save"),
    ],
)
def test_what_was_allowed_spoils_no_launch_and_everything_else_does(after: DeviceState, code: str):
    reason = contamination(COOL, after, LIMITS, baseline=COOL)
    assert reason is not None
    assert check_behind(reason) == code
    assert contamination(COOL, after, LIMITS, baseline=COOL, allow=[code]) is None
    others = [each for each in CODES if each != code]
    assert contamination(COOL, after, LIMITS, baseline=COOL, allow=others) == reason
    also = replace(after, screen_on=False)
    assert contamination(COOL, also, LIMITS, baseline=COOL, allow=CODES) == "the screen went off"


def test_an_allowed_heat_is_not_waited_for():
    hot = replace(COOL, thermal_status=2)
    assert heat_reasons(hot, LIMITS, allow=["thermal-status"]) == ()
    assert check_behind("something else") is None
