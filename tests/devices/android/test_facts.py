from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.devices.android.ask import Answer
from harness.devices.android.facts import FACT_QUESTIONS, UNKNOWN, PhoneFacts, fingerprint_of, parse_facts
from harness.devices.android.properties import abis_of, is_emulator, parse_properties, sdk_of
from tests.devices.phones import connected


def facts(**texts: str) -> PhoneFacts:
    return parse_facts({name: Answer(text, 0) for name, text in texts.items()})


def test_properties_may_be_empty_have_brackets_and_several_lines():
    text = "[ro.product.model]: [Pixel 4]\r\n[a.b]: []\n[x]: [one\ntwo [2]]\n[y]: [[z]]\nnoise\n"
    assert parse_properties(text) == {
        "ro.product.model": "Pixel 4",
        "a.b": "",
        "x": "one\ntwo [2]",
        "y": "[z]",
    }


@given(st.text())
def test_any_text_is_a_list_of_properties(text: str):
    parse_properties(text)


@given(
    st.dictionaries(
        st.from_regex(r"[a-z.]{1,20}", fullmatch=True), st.from_regex(r"[ -Z^-~]{0,30}", fullmatch=True)
    )
)
def test_properties_survive_being_listed(properties: dict[str, str]):
    listed = "\n".join(f"[{name}]: [{value}]" for name, value in properties.items())
    assert parse_properties(listed) == {name: value.strip() for name, value in properties.items()}


@pytest.mark.parametrize(
    ("properties", "machine", "abis"),
    [
        (
            {"ro.product.cpu.abilist": "arm64-v8a,armeabi-v7a,armeabi"},
            "aarch64",
            ("arm64-v8a", "armeabi-v7a", "armeabi"),
        ),
        ({"ro.product.cpu.abilist": "armeabi-v7a,armeabi"}, "aarch64", ("armeabi-v7a", "armeabi")),
        ({"ro.product.cpu.abi": "armeabi-v7a"}, None, ("armeabi-v7a",)),
        ({}, "aarch64", ("arm64-v8a",)),
        ({}, "armv7l", ("armeabi-v7a",)),
        ({}, "vax", ()),
        ({"ro.product.cpu.abilist": "$(reboot), arm64-v8a"}, None, ("arm64-v8a",)),
    ],
)
def test_the_userland_decides_the_abi_not_the_processor(properties, machine, abis):
    assert abis_of(properties, machine) == abis


def test_the_api_level_is_a_number_or_unknown():
    assert sdk_of({"ro.build.version.sdk": "33"}) == 33
    assert sdk_of({"ro.build.version.sdk": "Tiramisu"}) is None
    assert sdk_of({}) is None


def test_emulators_are_told_by_their_properties():
    assert is_emulator({"ro.kernel.qemu": "1"})
    assert is_emulator({"ro.hardware": "ranchu"})
    assert not is_emulator({"ro.hardware": "flame", "ro.boot.qemu": "0"})


def test_the_gpu_is_what_surfaceflinger_says():
    assert facts(gpu="GLES: Qualcomm, Adreno (TM) 640, OpenGL ES 3.2 V@0502.0").gpu == (
        "Qualcomm, Adreno (TM) 640, OpenGL ES 3.2 V@0502.0"
    )
    assert facts(gpu=" GLES: ARM, Mali-G78, OpenGL ES 3.2").gpu == "ARM, Mali-G78, OpenGL ES 3.2"
    assert facts(gpu="Can't find service: SurfaceFlinger").gpu is None


def test_neural_network_drivers_of_both_kinds_are_found():
    aidl = "12\tandroid.hardware.neuralnetworks.IDevice/google-edgetpu: [android.hardware]"
    hidl = (
        "DM,FC Y android.hardware.neuralnetworks@1.2::IDevice/qti-dsp  0/3  1022 620\n"
        "DM,FC Y android.hardware.neuralnetworks@1.3::IDevice/qti-dsp  0/3  1022 620"
    )
    assert facts(drivers=aidl, old_drivers=hidl).nn_drivers == ("google-edgetpu", "qti-dsp")


def test_a_phone_without_drivers_is_not_one_that_does_not_tell():
    none = parse_facts({"drivers": Answer("", 1), "old_drivers": Answer("", 1)})
    assert none.nn_drivers == ()
    assert dict(fingerprint_of(none))["nn_drivers"] == "none"
    silent = parse_facts({"drivers": Answer("sh: service: not found", 1)})
    assert silent.nn_drivers is None
    assert parse_facts({}).nn_drivers is None


@pytest.mark.parametrize(
    ("text", "hal"),
    [
        ("HAL Ready: true\nHAL connection:\n\tThermalHAL 2.0 connected: yes", "2.0"),
        ("HAL Ready: true\nHAL connection:\n\tThermalHAL AIDL 1  connected: yes", "AIDL 1"),
        ("HAL Ready: false\nHAL connection:\n", "none"),
        ("Can't find service: thermalservice", None),
    ],
)
def test_the_thermal_hal_is_named(text, hal):
    assert facts(thermal=text).thermal_hal == hal


def test_what_is_not_told_is_unknown_and_never_zero_or_empty():
    values = dict(fingerprint_of(parse_facts({})))
    assert values["memory_bytes"] == values["abis"] == values["cpus"] == values["gpu"] == UNKNOWN
    assert all(value not in ("", "0") for value in values.values())


def test_the_fingerprint_has_no_serial_number():
    with connected() as (device, _):
        assert device.facts.serial == "SIMULATED4"
        assert "SIMULATED4" not in str(device.fingerprint())


def test_memory_that_is_no_number_is_unknown():
    assert facts(memory="MemTotal:        5700000 kB").memory_bytes == 5_700_000 * 1024
    assert facts(memory="MemTotal:        0 kB").memory_bytes is None
    assert facts(memory="cat: /proc/meminfo: Permission denied").memory_bytes is None


answers = st.dictionaries(
    st.sampled_from(list(FACT_QUESTIONS)), st.builds(Answer, st.text(), st.none() | st.integers(0, 255))
)


@given(answers)
def test_any_answers_are_facts(found: dict[str, Answer]):
    assert fingerprint_of(parse_facts(found))
