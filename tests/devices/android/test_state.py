"""Readings of the state from text in the style of several vendors' phones, Android 7 to 15."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.devices.android.ask import Answer
from harness.devices.android.state.battery import Battery
from harness.devices.android.state.clocks import Clocks, Residency
from harness.devices.android.state.load import Load, TopProcesses, parse_busy_percent
from harness.devices.android.state.power import PowerSave, Screen
from harness.devices.android.state.snapshot import parse_state, readings_of
from harness.devices.android.state.thermal import ThermalService
from harness.devices.android.state.zones import ThermalZones, parse_zones
from harness.devices.android.topology import Cluster, Topology
from harness.records.launch import DeviceState
from tests.devices.phones import connected

TOPOLOGY = Topology((Cluster((0, 1, 2, 3)), Cluster((4, 5, 6)), Cluster((7,))))
CPU = "/sys/devices/system/cpu"
THERMAL = "/sys/class/thermal"
DENIED = Answer("sh: can't open /sys/class/thermal/thermal_zone0/temp: Permission denied", 1)


def read(reading, text: str, state: DeviceState | None = None) -> DeviceState:
    return reading.read(Answer(text, 0), state or DeviceState())


PIXEL_BATTERY = """Current Battery Service state:
  AC powered: false
  USB powered: true
  Wireless powered: false
  Dock powered: false
  Max charging current: 500000
  Max charging voltage: 5000000
  Charge counter: 2216000
  status: 2
  health: 2
  present: true
  level: 83
  scale: 100
  voltage: 4123
  temperature: 290
  technology: Li-ion
  Charging state: 0
"""

SAMSUNG_BATTERY = """Current Battery Service state:
  (UPDATES STOPPED -- use 'reset' to restart)
  AC powered: false
  USB powered: false
  Wireless powered: false
  Max charging current: 0
  Charge counter: 1804000
  status: 3
  health: 2
  present: true
  level: 120
  scale: 200
  voltage: 3871
  temperature: 387
  technology: Li-ion
  batteryMiscEvent: 0
  batteryCurrentEvent: 0
  mSecPlugTypeSummary: 0
  LED Charging: true
  current now: -312
"""


def test_a_pixels_battery():
    state = read(Battery(), PIXEL_BATTERY)
    assert (state.battery_percent, state.charging, state.on_battery) == (83.0, True, False)
    assert state.battery_temperature_c == 29.0
    assert state.battery_override is False


def test_a_samsungs_battery_with_another_scale_and_pretended_values():
    state = read(Battery(), SAMSUNG_BATTERY)
    assert (state.battery_percent, state.charging, state.on_battery) == (60.0, False, True)
    assert state.battery_temperature_c == 38.7
    assert state.battery_override is True
    assert Battery().show(state) == "60 %, not charging, 38.7 °C, pretended"


def test_line_ends_of_a_terminal_do_not_matter():
    assert read(Battery(), PIXEL_BATTERY.replace("\n", "\r\n")) == read(Battery(), PIXEL_BATTERY)


@pytest.mark.parametrize("level", ["-1", "101", "x", ""])
def test_a_level_that_cannot_be_is_unknown(level: str):
    state = read(Battery(), PIXEL_BATTERY.replace("level: 83", f"level: {level}"))
    assert state.battery_percent is None


def test_a_temperature_that_cannot_be_is_unknown():
    for tenths in ("-2000", "9999"):
        text = PIXEL_BATTERY.replace("temperature: 290", f"temperature: {tenths}")
        assert read(Battery(), text).battery_temperature_c is None


ANDROID_10_THERMAL = """IsStatusOverride: false
ThermalEventListeners:
\tcallbacks: 1
\tkilled: false
\tbroadcasts count: -1
ThermalStatusListeners:
\tcallbacks: 2
\tkilled: false
\tbroadcasts count: -1
Thermal Status: 0
Cached temperatures:
\tTemperature{mValue=90.0, mType=0, mName=CPU0, mStatus=0}
\tTemperature{mValue=33.4, mType=3, mName=skin, mStatus=0}
HAL Ready: true
HAL connection:
\tThermalHAL 2.0 connected: yes
Current temperatures from HAL:
\tTemperature{mValue=41.2, mType=0, mName=CPU0, mStatus=0}
\tTemperature{mValue=44.800003, mType=0, mName=CPU7, mStatus=0}
\tTemperature{mValue=38.0, mType=1, mName=GPU0, mStatus=0}
\tTemperature{mValue=31.1, mType=2, mName=battery, mStatus=0}
\tTemperature{mValue=34.0, mType=3, mName=skin, mStatus=0}
\tTemperature{mValue=0.0, mType=5, mName=vbat, mStatus=0}
Current cooling devices from HAL:
\tCoolingDevice{mValue=0, mType=2, mName=thermal-cpufreq-0}
"""

ANDROID_15_THERMAL = """IsStatusOverride: true
ThermalEventListeners:
\tcallbacks: 3
Thermal Status: 2
Cached temperatures:
\tTemperature{mValue=47.6, mType=0, mName=BIG, mStatus=0}
\tTemperature{mValue=NaN, mType=1, mName=G3D, mStatus=0}
\tTemperature{mValue=39.9, mType=3, mName=VIRTUAL-SKIN, mStatus=2}
HAL Ready: true
HAL connection:
\tThermalHAL AIDL 2  connected: yes
Current temperatures from HAL:
Current cooling devices from HAL:
Temperature static thresholds from HAL:
\tTemperatureThreshold{mType=3, mName=VIRTUAL-SKIN, mHotThrottlingThresholds=[NaN, 39.0, 43.0]}
Temperature headroom thresholds:
\tMap.Entry: Key: 1, Value: 0.86
"""


def test_android_10_temperatures_come_from_the_hal_not_from_memory():
    state = read(ThermalService(), ANDROID_10_THERMAL)
    assert (state.thermal_status, state.thermal_override) == (0, False)
    assert state.temperature_c == 44.800003
    assert dict(state.zone_temperature_c)["skin"] == 34.0


def test_android_15_without_current_temperatures_gives_those_the_service_remembers():
    state = read(ThermalService(), ANDROID_15_THERMAL)
    assert (state.thermal_status, state.thermal_override) == (2, True)
    assert dict(state.zone_temperature_c) == {"cpu": 47.6, "skin": 39.9}
    assert ThermalService().show(state) == "2 (moderate), pretended"


@pytest.mark.parametrize(
    "text", ["Can't find service: thermalservice", "Thermal Status: 9", "Permission Denial: can't dump", ""]
)
def test_a_phone_without_a_thermal_service_has_no_status(text: str):
    state = read(ThermalService(), text)
    assert state.thermal_status is None
    assert state.temperature_c is None
    assert ThermalService().show(state) is None


def zones(*pairs: tuple[str, str]) -> str:
    lines = [f"{THERMAL}/thermal_zone{n}/type={kind}" for n, (kind, _) in enumerate(pairs)]
    return "\n".join(
        lines + [f"{THERMAL}/thermal_zone{n}/temp={value}" for n, (_, value) in enumerate(pairs)]
    )


def test_zones_come_in_three_units_and_the_range_tells_which():
    text = zones(("cpu-1-0-usr", "41200"), ("battery", "312"), ("skin-therm", "34"))
    assert parse_zones(text) == {"cpu-1-0-usr": 41.2, "battery": 31.2, "skin-therm": 34.0}


@pytest.mark.parametrize("value", ["0", "-40000", "999999", "-2147483648", "", "n/a"])
def test_sensors_that_are_not_there_are_left_out(value: str):
    assert parse_zones(zones(("cpu-0", value))) == {}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("cpu-0-0-usr", "cpu"),
        ("BIG", "cpu"),
        ("LITTLE", "cpu"),
        ("cpu_thermal", "cpu"),
        ("mtktscpu", "cpu"),
        ("gpuss-0-usr", "gpu"),
        ("G3D", "gpu"),
        ("skin-therm", "skin"),
        ("quiet-therm-adc", "skin"),
        ("battery", "battery"),
        ("bms", "battery"),
    ],
)
def test_vendors_names_of_zones(name: str, kind: str):
    assert read(ThermalZones(), zones((name, "45000"))).zone_temperature_c == ((kind, 45.0),)


def test_zones_of_other_things_are_not_taken_for_the_processor():
    assert read(ThermalZones(), zones(("modem-lte-sub6-pa1", "45000"), ("ddr-usr", "45000"))) == DeviceState()


def test_zones_fill_only_what_the_hal_did_not_give():
    state = read(ThermalService(), ANDROID_15_THERMAL)
    both = read(ThermalZones(), zones(("BIG", "60000"), ("G3D", "50000")), state)
    assert dict(both.zone_temperature_c) == {"cpu": 47.6, "gpu": 50.0, "skin": 39.9}


def test_cooling_devices_count_where_they_slow_a_processor():
    devices = [("thermal-cpufreq-0", 3), ("thermal-cpufreq-0", 0), ("battery", 4), ("kgsl-3d0", 1)]
    text = "\n".join(
        f"{THERMAL}/cooling_device{n}/type={kind}\n{THERMAL}/cooling_device{n}/cur_state={state}"
        for n, (kind, state) in enumerate(devices)
    )
    found = read(ThermalZones(), text).cooling
    assert found == (("thermal-cpufreq-0 #0", 3), ("thermal-cpufreq-0 #1", 0), ("kgsl-3d0 #3", 1))


def clocks(cap_khz: int) -> str:
    folder = f"{CPU}/cpu7/cpufreq"
    return (
        f"sh: can't open {CPU}/cpu0/cpufreq/scaling_cur_freq: Permission denied\n"
        f"{folder}/scaling_cur_freq=825600\n{folder}/scaling_max_freq={cap_khz}\n"
        f"{folder}/cpuinfo_max_freq=2841600\n{folder}/scaling_governor=schedutil\n"
    )


def test_clocks_are_named_by_their_cluster_and_what_is_denied_is_left_out():
    state = read(Clocks(TOPOLOGY), clocks(2419200))
    assert state.cluster_frequency_khz == (("7", 825600),)
    assert state.cluster_cap_khz == (("7", 2419200),)
    assert state.cluster_max_khz == (("7", 2841600),)
    assert state.governor == "schedutil"
    assert Clocks(TOPOLOGY).show(state) == "cpu7 up to 2.42 of 2.84 GHz"


def test_residency_is_a_table_for_each_cluster():
    text = "cluster 0-3\n300000 12\n1785600 99\ncluster 4-6\ncat: Permission denied\ncluster 7\n2841600 5\n"
    assert read(Residency(TOPOLOGY), text).cluster_time_in_state == (
        ("0-3", ((300000, 12), (1785600, 99))),
        ("7", ((2841600, 5),)),
    )


def test_load_and_processes():
    assert read(Load(), "6.83 5.90 5.77 2/3124 20617").load_1m == 6.83
    assert read(Load(), "cat: /proc/loadavg: Permission denied").load_1m is None
    text = """Load: 6.83 / 5.9 / 5.77
CPU usage from 66043ms to 5996ms ago (2026-11-25 01:00:00.000 to 2026-11-25 01:01:00.047):
  23% 1591/system_server: 15% user + 8.1% kernel / faults: 5723 minor 3 major
  +9.5% 21000/com.android.vending:background: 7% user + 2% kernel
  4% 612/surfaceflinger: 2% user + 2% kernel
  1% 99/kswapd0: 0% user + 1% kernel
12% TOTAL: 7.5% user + 4.4% kernel
"""
    assert read(TopProcesses(), text).top_processes == (
        ("system_server", 23.0),
        ("com.android.vending", 9.5),
        ("surfaceflinger", 4.0),
    )


def test_idle_time_between_two_readings():
    first = "cpu  1000 0 500 90000 10 0 5 0 0 0"
    assert parse_busy_percent(f"{first}\ncpu  1060 0 540 90700 10 0 5 0 0 0\n") == pytest.approx(12.5)
    assert parse_busy_percent(f"{first}\n{first}\n") is None
    assert parse_busy_percent(first) is None
    assert parse_busy_percent("head: /proc/stat: Permission denied\n" * 2) is None


@pytest.mark.parametrize(
    ("word", "on"), [("Awake", True), ("Asleep", False), ("Dozing", False), ("Dreaming", False)]
)
def test_the_screen(word: str, on: bool):
    assert read(Screen(), f"  mWakefulness={word}\n").screen_on is on
    assert read(Screen(), f"  mWakefulnessChanging=false\n  mWakefulness={word}").screen_on is on


def test_the_battery_saver():
    assert read(PowerSave(), "1").power_save is True
    assert read(PowerSave(), "null").power_save is False
    assert read(PowerSave(), "sh: settings: not found").power_save is None


def test_a_phone_that_denies_everything_has_a_state_in_which_nothing_is_known():
    readings = readings_of(TOPOLOGY)
    state = parse_state({each.name: DENIED for each in readings}, readings)
    assert state == DeviceState(battery_percent=None)
    assert all(each.show(state) is None for each in readings)
    assert parse_state({}, readings) == DeviceState()


pieces = st.sampled_from(
    [
        *PIXEL_BATTERY.split(),
        *ANDROID_15_THERMAL.split(),
        *clocks(1).split(),
        *zones(("cpu", "1")).split(),
        "\n",
        "99999999999",
    ]
)


@given(st.text() | st.lists(pieces).map(" ".join))
def test_any_text_is_read_by_every_reading_without_an_error(text: str):
    readings = readings_of(TOPOLOGY)
    state = parse_state({each.name: Answer(text, 0) for each in readings}, readings)
    for each in readings:
        each.show(state)


def test_a_throttled_phone_shows_it_in_status_caps_and_cooling():
    with connected("throttling=1") as (device, phone):
        cool = device.state()
        with phone.phone.condition.working():
            time.sleep(1.5)
        hot = device.state()
    assert cool.thermal_status == 0
    assert hot.thermal_status is not None
    assert hot.thermal_status > 0
    assert dict(hot.cluster_cap_khz)["7"] < dict(hot.cluster_max_khz)["7"]
    assert hot.cooling[0][1] > 0
    assert device.contamination(cool, hot) is not None


NO_BATTERY = """Current Battery Service state:
  AC powered: true
  USB powered: false
  Wireless powered: false
  status: 1
  health: 1
  present: false
  level: 0
  scale: 100
  voltage: 0
  temperature: 0
  technology:
"""


@pytest.mark.parametrize("text", [NO_BATTERY, NO_BATTERY.replace("present: false", "present: true")])
def test_a_device_without_a_battery_has_none_that_is_low(text: str):
    state = read(Battery(), text)
    assert (state.battery_percent, state.charging, state.on_battery) == (None, None, None)
    assert state.battery_temperature_c is None


def test_an_empty_battery_is_one():
    text = PIXEL_BATTERY.replace("level: 83", "level: 0")
    assert read(Battery(), text).battery_percent == 0


def test_sensors_are_told_by_their_names_before_their_numbers():
    text = """Current temperatures from HAL:
\tTemperature{mValue=51.0, mType=1, mName=AP, mStatus=0}
\tTemperature{mValue=45.0, mType=2, mName=GPU, mStatus=0}
\tTemperature{mValue=30.5, mType=3, mName=BAT, mStatus=0}
\tTemperature{mValue=33.0, mType=4, mName=SKIN, mStatus=0}
\tTemperature{mValue=36.0, mType=3, mName=VIRTUAL-SKIN-GPU, mStatus=0}
\tTemperature{mValue=39.0, mType=0, mName=soc_thm, mStatus=0}
\tTemperature{mValue=60.0, mType=9, mName=PA, mStatus=0}
"""
    state = read(ThermalService(), text)
    assert dict(state.zone_temperature_c) == {"cpu": 51.0, "gpu": 45.0, "battery": 30.5, "skin": 36.0}
    assert state.temperature_c == 51.0
