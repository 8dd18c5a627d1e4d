from __future__ import annotations

from pathlib import Path

import pytest

from harness.devices.connect import connect
from harness.devices.profile import find_profile, load_profile, load_profiles
from harness.errors import DeviceNotFoundError, ProfileError, UnknownNameError


def profile(folder: Path, text: str) -> Path:
    path = folder / "my.yaml"
    path.write_text(text, encoding="utf-8")
    return path


GOOD = "name: mine\ntitle: My phone\nruntimes: [benchmark_model]\ndelegates: [cpu]\n"


def test_every_bundled_profile_is_valid_and_named_like_its_file():
    profiles = load_profiles()
    assert {"local", "pixel4"} <= set(profiles)
    assert profiles["local"].is_local


def test_a_profile_may_be_a_file_of_the_users(tmp_path: Path):
    assert find_profile(str(profile(tmp_path, GOOD))).title == "My phone"


def test_an_unknown_name_is_answered_with_near_ones():
    with pytest.raises(UnknownNameError, match="Did you mean pixel4"):
        find_profile("pixel_4")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (GOOD + "threds: 3\n", "threds"),
        (GOOD.replace("[cpu]", "[cpux]"), "delegates"),
        (GOOD + "connection: tcp://host; rm -rf /:5555\n", "connection"),
        (GOOD + "limits: {battery_percent: 101}\n", "battery_percent"),
        (GOOD.replace("mine", "../evil"), "name"),
        ("[", "cannot be read"),
        ("", "document"),
        (GOOD + "#" * 70_000, "larger than"),
    ],
)
def test_a_bad_profile_is_refused_naming_file_and_key(tmp_path: Path, text: str, complaint: str):
    with pytest.raises(ProfileError, match=complaint) as caught:
        load_profile(profile(tmp_path, text))
    assert "my.yaml" in str(caught.value)


def test_a_phone_that_is_not_there_is_one_sentence_about_what_to_connect():
    with pytest.raises(DeviceNotFoundError) as caught:
        connect("pixel4")
    assert caught.value.exit_code == 2
    assert "Pixel 4" in caught.value.message
    assert "USB" in caught.value.message
    assert "\n" not in caught.value.message
