from __future__ import annotations

from dataclasses import replace

import pytest

from harness.devices.android.facts import PhoneFacts
from harness.devices.android.preflight import CHECKS, CODES, Situation, failed_checks, refuse
from harness.devices.android.session import parse_free_bytes
from harness.devices.profile import Limits
from harness.errors import UnfitError
from harness.records.launch import DeviceState
from harness.stats.cautions import CODES as CAUTIONS

GOOD = Situation(
    serial="S",
    facts=PhoneFacts(
        properties={"ro.product.cpu.abilist": "arm64-v8a", "ro.build.type": "user"}, machine="aarch64"
    ),
    state=DeviceState(
        battery_percent=80.0,
        charging=True,
        battery_temperature_c=30.0,
        battery_override=False,
        thermal_status=0,
        thermal_override=False,
        screen_on=True,
        power_save=False,
        cluster_cap_khz=(("7", 2_841_600),),
        cluster_max_khz=(("7", 2_841_600),),
    ),
    limits=Limits(),
    free_bytes=10**10,
    busy_percent=2.0,
)


def with_state(**changes: object) -> Situation:
    return replace(GOOD, state=replace(GOOD.state, **changes))


def with_facts(**properties: str) -> Situation:
    named = {f"ro.{name.replace('_', '.')}": value for name, value in properties.items()}
    return replace(GOOD, facts=replace(GOOD.facts, properties={**GOOD.facts.properties, **named}))


BAD = {
    "battery-low": with_state(battery_percent=12.0, charging=False),
    "battery-override": with_state(battery_override=True),
    "charging-hot": with_state(battery_temperature_c=39.5),
    "thermal-status": with_state(thermal_status=1),
    "thermal-override": with_state(thermal_override=True),
    "clock-cap": with_state(cluster_cap_khz=(("7", 2_000_000),)),
    "power-save": with_state(power_save=True),
    "emulator": with_facts(hardware="ranchu"),
    "screen-off": with_state(screen_on=False),
    "32-bit": with_facts(product_cpu_abilist="armeabi-v7a,armeabi"),
    "storage": replace(GOOD, free_bytes=10**8),
    "load": replace(GOOD, busy_percent=60.0, state=replace(GOOD.state, top_processes=(("backup", 90.0),))),
    "eng-build": with_facts(build_type="eng"),
}


def test_a_good_phone_passes():
    assert failed_checks(GOOD) == ()


def test_every_check_has_a_situation_that_fails_it():
    assert set(BAD) == set(CODES)


@pytest.mark.parametrize("code", BAD)
def test_each_check_fails_alone_with_its_evidence_its_harm_and_what_to_do(code: str):
    (finding,) = failed_checks(BAD[code])
    assert finding.check.code == code
    text = str(finding)
    assert finding.evidence in text
    assert finding.check.harm in text
    assert finding.check.next_step in text


def test_a_phone_that_tells_nothing_fails_no_check():
    assert failed_checks(Situation("S", PhoneFacts(), DeviceState(), Limits())) == ()


def test_a_low_battery_that_is_being_charged_passes():
    assert failed_checks(with_state(battery_percent=5.0)) == ()


def test_a_warm_battery_that_is_not_being_charged_passes():
    assert failed_checks(with_state(battery_temperature_c=40.0, charging=False)) == ()


def test_a_32_bit_phone_is_no_64_bit_one_with_the_wrong_system():
    old = with_facts(product_cpu_abilist="armeabi-v7a")
    assert failed_checks(replace(old, facts=replace(old.facts, machine="armv7l"))) == ()


def test_the_limits_of_the_profile_count():
    assert failed_checks(replace(BAD["battery-low"], limits=Limits(battery_percent=10))) == ()
    assert failed_checks(replace(BAD["thermal-status"], limits=Limits(thermal_status=1))) == ()


def test_a_refusal_names_every_failed_check_and_how_to_go_on_all_the_same():
    both = replace(BAD["storage"], state=BAD["power-save"].state)
    with pytest.raises(UnfitError) as caught:
        refuse("pixel4", failed_checks(both), allow=())
    assert caught.value.exit_code == 4
    assert "pixel4 is not fit" in caught.value.message
    assert "power-save: " in caught.value.message
    assert "storage: " in caught.value.message
    assert "--allow power-save --allow storage" in str(caught.value.next_step)


def test_what_is_allowed_is_returned_and_the_rest_still_refused():
    both = failed_checks(replace(BAD["storage"], state=BAD["power-save"].state))
    assert [f.check.code for f in refuse("p", both, allow=("storage", "power-save"))] == [
        "power-save",
        "storage",
    ]
    with pytest.raises(UnfitError) as caught:
        refuse("p", both, allow=("storage",))
    assert "storage" not in caught.value.message


def test_codes_are_unique_beside_the_cautions_too():
    assert len(CODES) == len(CHECKS) == len(set(CODES))
    assert not set(CODES) & set(CAUTIONS)


HEAD = "Filesystem     1K-blocks    Used Available Use% Mounted on\n"


@pytest.mark.parametrize(
    ("text", "free"),
    [
        (HEAD + "/dev/block/dm-8 112456 100 5000 3% /data\n", 5000),
        (HEAD + "/dev/a/very/long/name\n                112456 100 5000   3% /data\n", 5000),
        ("Filesystem               Size     Used     Free   Blksize\n/data   54G  10G  44G 4096\n", None),
        ("df: /data/local/tmp: Permission denied", None),
    ],
)
def test_free_space(text: str, free: int | None):
    assert parse_free_bytes(text) == (None if free is None else free * 1024)
