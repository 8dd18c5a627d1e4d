"""`harness devices` as a user runs it, with the real adb server between it and simulated phones."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from harness.simulated_phone.faults import parse_faults
from harness.simulated_phone.model import MODELS
from harness.simulated_phone.serve import serve
from tests.adb_client import AdbClient
from tests.integration.command import harness

PIXEL = MODELS["pixel4"]


@pytest.fixture
def here(tmp_path: Path, adb: AdbClient) -> dict[str, str]:
    """The environment in which harness finds the server of this test, and keeps its state apart."""
    return {
        "ADB_SERVER_SOCKET": f"tcp:{adb.server.port}",
        "HARNESS_STATE": str(tmp_path / "state"),
        "HOME": str(adb.home),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }


def test_profiles_and_connected_phones_are_listed_with_states_and_remedies(
    tmp_path: Path, adb: AdbClient, here: dict[str, str]
):
    with serve(PIXEL) as well, serve(PIXEL, faults=parse_faults(["unauthorized"])) as shy:
        adb.connect(well.address)
        adb("connect", shy.address)
        done = harness("devices", "list", "--json", cwd=tmp_path, env=here)
        assert done.returncode == 0, done.stderr
        listed = json.loads(done.stdout)
        assert {"local", "pixel4", "android"} <= {profile["name"] for profile in listed["profiles"]}
        phones = {phone["serial"]: phone for phone in listed["phones"]}
        assert phones[well.address]["state"] == "ready"
        assert phones[well.address]["profile"] == "simulated-pixel4"
        assert phones[well.address]["remedy"] is None
        assert phones[shy.address]["state"] == "unauthorized"
        assert "Allow USB debugging" in phones[shy.address]["remedy"]
        table = harness("devices", "list", cwd=tmp_path, env=here)
        assert well.address in table.stdout
        refused = harness("devices", "doctor", shy.address, cwd=tmp_path, env=here)
        assert refused.returncode == 2
        assert "unauthorized" in refused.stderr
        assert "Traceback" not in refused.stderr


def test_several_phones_that_match_are_listed_with_their_serial_numbers(
    tmp_path: Path, adb: AdbClient, here: dict[str, str]
):
    with serve(PIXEL) as one, serve(PIXEL, serial="SIMULATED5") as two:
        adb.connect(one.address)
        adb.connect(two.address)
        done = harness("devices", "doctor", "android", cwd=tmp_path, env=here)
        assert done.returncode == 2
        assert one.address in done.stderr
        assert two.address in done.stderr
        chosen = harness("devices", "show", two.address, "--json", cwd=tmp_path, env=here)
        assert json.loads(chosen.stdout)["fingerprint"]["model"] == "Simulated Pixel 4"


def test_a_profile_whose_phone_is_not_there_is_one_sentence_at_once(
    tmp_path: Path, adb: AdbClient, here: dict[str, str]
):
    adb("start-server")
    for words in (("devices", "doctor", "pixel4"), ("run", "--device", "pixel4")):
        began = time.monotonic()
        done = harness(*words, cwd=tmp_path, env=here)
        assert time.monotonic() - began < 10
        assert done.returncode == 2
        assert done.stderr.count("\n") == 2
        assert "no Google Pixel 4 is connected" in done.stderr
    shown = harness("devices", "show", "pixel4", cwd=tmp_path, env=here)
    assert shown.returncode == 0
    assert "Snapdragon 855" in shown.stdout


def test_the_doctor_examines_a_phone_through_the_server(tmp_path: Path, adb: AdbClient, here: dict[str, str]):
    with serve(PIXEL) as phone:
        adb.connect(phone.address)
        done = harness("devices", "doctor", phone.address, "--json", cwd=tmp_path, env=here)
        assert done.returncode == 0, done.stderr
        document = json.loads(done.stdout)
        assert document["simulated"] is True
        probes = {probe["name"]: probe for probe in document["probes"]}
        assert "server" in probes["connection"]["evidence"]
        assert probes["push and pull"]["outcome"] == "ok"


def test_the_doctor_starts_a_simulated_phone_by_itself_and_prints_a_table(
    tmp_path: Path, here: dict[str, str]
):
    done = harness("devices", "doctor", "simulated-pixel4", cwd=tmp_path, env=here)
    assert done.returncode == 0, done.stderr
    rows = [line for line in done.stdout.splitlines() if line.startswith("|")]
    assert len({len(row) for row in rows}) == 1
    assert "(simulated)" in done.stdout


def test_a_phone_unfit_to_measure_makes_the_doctor_say_so(
    tmp_path: Path, adb: AdbClient, here: dict[str, str]
):
    with serve(PIXEL, faults=parse_faults(["low-battery"])) as phone:
        adb.connect(phone.address)
        done = harness("devices", "doctor", phone.address, cwd=tmp_path, env=here)
        assert done.returncode == 4
        assert "--allow battery-low" in done.stdout


def test_cleaning_removes_the_folder(tmp_path: Path, adb: AdbClient, here: dict[str, str]):
    with serve(PIXEL) as phone:
        adb.connect(phone.address)
        adb("shell", "mkdir -p /data/local/tmp/harness/files")
        done = harness("devices", "clean", phone.address, cwd=tmp_path, env=here)
        assert done.returncode == 0, done.stderr
        assert "/data/local/tmp/harness removed" in done.stdout
        assert not phone.phone.files.exists("/data/local/tmp/harness")
