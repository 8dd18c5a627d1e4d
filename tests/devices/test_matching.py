from __future__ import annotations

import pytest

from harness.devices.matching import mismatch, profile_for
from harness.devices.profile import DeviceProfile, load_profiles
from harness.errors import ProfileError

PROFILES = load_profiles()


def own(**match: object) -> DeviceProfile:
    return DeviceProfile.model_validate(
        {
            "name": "mine",
            "title": "My phone",
            "runtimes": ["benchmark_model"],
            "delegates": ["cpu"],
            "match": match,
        }
    )


@pytest.mark.parametrize(
    ("model", "device", "profile"),
    [
        ("Pixel 4", "flame", "pixel4"),
        ("Pixel 4 XL", "coral", "pixel4"),
        ("Pixel 4a", "sunfish", "pixel4a"),
        ("Pixel 9 Pro XL", "komodo", "pixel9"),
        ("SM-S911B", "dm1q", "galaxy-s"),
        ("SM-G973F", "beyond1", "galaxy-s"),
        ("AOSP on flame", "flame", "pixel4"),
        ("Simulated Pixel 4", "simulated_flame", "simulated-pixel4"),
        ("SM-A515F", "a51", "android"),
        ("Pixel 4a (5G)", "bramble", "android"),
        ("Nokia 8", "NB1", "android"),
    ],
)
def test_a_phone_gets_the_profile_of_its_model_else_of_its_device_else_the_generic_one(
    model, device, profile
):
    properties = {"ro.product.model": model, "ro.product.device": device}
    assert profile_for(properties, "SERIAL", PROFILES).name == profile


def test_a_phone_that_tells_nothing_gets_the_generic_profile():
    assert profile_for({}, "127.0.0.1:5555", PROFILES).name == "android"


def test_a_serial_number_decides_before_the_model_and_fits_no_other_phone():
    profiles = {**PROFILES, "mine": own(serial="0A1B")}
    pixel = {"ro.product.model": "Pixel 4"}
    assert profile_for(pixel, "0A1B", profiles).name == "mine"
    assert profile_for({**pixel, "ro.serialno": "0A1B"}, "192.168.0.9:5555", profiles).name == "mine"
    assert profile_for(pixel, "0A1C", profiles).name == "pixel4"


def test_two_profiles_that_fit_equally_well_are_an_error_that_names_both():
    with pytest.raises(ProfileError, match="mine, pixel4"):
        profile_for({"ro.product.model": "Pixel 4"}, "S", {**PROFILES, "mine": own(model=["Pixel 4"])})


def test_a_phone_that_is_not_the_one_described_is_noticed():
    assert "Pixel 6" in str(mismatch(PROFILES["pixel4"], {"ro.product.model": "Pixel 6"}))
    assert mismatch(PROFILES["pixel4"], {"ro.product.model": "Pixel 4 XL"}) is None


def test_a_phone_that_tells_no_model_and_a_profile_that_names_none_always_agree():
    assert mismatch(PROFILES["pixel4"], {}) is None
    assert mismatch(PROFILES["android"], {"ro.product.model": "anything"}) is None
