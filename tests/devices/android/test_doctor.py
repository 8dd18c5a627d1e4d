from __future__ import annotations

import pytest

from harness.devices.android.doctor import Outcome, examine
from harness.devices.connect import connect_phone
from harness.simulated_phone.dialect import ANDROID_7
from harness.simulated_phone.model import MODELS
from harness.simulated_phone.serve import serve
from harness.simulated_phone.userland import PLAIN_LINUX
from tests.devices.phones import connected


def test_everything_works_on_a_phone_that_is_well():
    steps: list[str] = []
    with connected() as (device, phone):
        before = dict(phone.phone.condition.settings["global"])
        probes = examine(device, on_step=steps.append)
        assert phone.phone.condition.settings["global"] == before
        assert [name for name in phone.phone.files.names("/data/local/tmp/harness") if "doctor" in name] == []
    bad = [probe for probe in probes if probe.outcome in (Outcome.FAILED, Outcome.ATTENTION)]
    assert bad == []
    assert steps
    assert {"exit codes", "push and pull", "state: battery", "affinity: cpu7"} <= {
        probe.name for probe in probes
    }


def test_what_speaks_against_measuring_is_there_with_its_code():
    with connected("low-battery", "exec-denied") as (device, _):
        probes = {probe.name: probe for probe in examine(device)}
    assert "--allow battery-low" in probes["preflight: battery-low"].advice
    assert probes["executable files"].outcome is Outcome.ATTENTION


def test_a_daemon_that_runs_on_no_android_is_examined_to_the_end():
    with serve(MODELS["pixel4"], dialect=ANDROID_7, userland=PLAIN_LINUX) as phone:
        device = connect_phone(f"tcp://{phone.address}")
        probes = {probe.name: probe for probe in examine(device)}
        device.close()
    assert device.profile.name == "android"
    assert probes["push and pull"].outcome is Outcome.OK
    assert probes["fact: model"].outcome is Outcome.UNKNOWN
    assert probes["state: battery"].outcome is Outcome.UNKNOWN
    assert "not found" in probes["state: battery"].evidence
    assert all(probe.outcome in (Outcome.OK, Outcome.UNKNOWN) for probe in probes.values())


def test_a_phone_in_use_here_is_not_called_left_behind():
    with connected() as (device, _), device.session():
        probes = {probe.name: probe for probe in examine(device)}
    assert probes["use: here"].outcome is Outcome.ATTENTION
    assert "left behind" not in probes["use: here"].evidence
    assert probes["use: elsewhere"].outcome is Outcome.OK


def test_what_a_killed_session_left_behind_is_named_with_what_clears_it(monkeypatch: pytest.MonkeyPatch):
    with connected() as (device, _), device.session():
        monkeypatch.setattr("psutil.pid_exists", lambda pid: False)
        probes = {probe.name: probe for probe in examine(device)}
    assert probes["use: here"].evidence.startswith("left behind by ")
    for name in ("use: here", "settings to put back"):
        assert probes[name].advice == f"harness devices clean {device.serial}"


def test_a_phone_that_went_away_fails_each_probe_and_the_rest_is_still_tried(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("harness.adb.base._PATIENCE_S", 0.2)
    monkeypatch.setattr("harness.adb.detached._PATIENCE_S", 0.2)
    with serve(MODELS["pixel4"]) as phone:
        device = connect_phone(f"tcp://{phone.address}")
    probes = examine(device)
    failed = {probe.name for probe in probes if probe.outcome is Outcome.FAILED}
    assert {"state", "preflight", "settings"} <= failed
    assert any(probe.name == "fact: model" for probe in probes)
