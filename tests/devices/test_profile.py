from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from harness.devices.profile import DeviceProfile, find_profile, load_profile, load_profiles
from harness.errors import ProfileError, UnknownNameError
from harness.resources import bundled_path


def profile(folder: Path, text: str) -> Path:
    path = folder / "my.yaml"
    path.write_text(text, encoding="utf-8")
    return path


GOOD = "name: mine\ntitle: My phone\nruntimes: [benchmark_model]\ndelegates: [cpu]\n"


def test_every_bundled_profile_is_valid_and_named_like_its_file():
    profiles = load_profiles()
    assert {path.stem for path in bundled_path("devices").glob("*.yaml")} == set(profiles)
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
        (GOOD.replace("[cpu]", "[npu]"), "harness measures nothing with npu yet"),
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


def test_a_profile_of_the_users_takes_the_place_of_a_bundled_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HARNESS_DEVICES", str(tmp_path))
    profile(tmp_path, GOOD.replace("mine", "pixel4"))
    profiles = load_profiles()
    assert profiles["pixel4"].title == "My phone"
    assert "pixel6" in profiles


def test_clusters_of_a_profile_become_masks():
    clusters = [{"cpus": [0, 1, 2, 3], "max_khz": 1_800_000}, {"cpus": [4, 5, 6, 7]}]
    described = DeviceProfile.model_validate({**yaml.safe_load(GOOD), "clusters": clusters})
    assert [cluster.mask for cluster in described.topology.clusters] == ["f", "f0"]
    assert described.topology.clusters[0].max_khz == 1_800_000
