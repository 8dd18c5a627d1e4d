"""`--allow CODE` on a phone that is not fit: it is measured all the same, and every output says so."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.simulated_phone.condition import Condition
from tests.integration.command import exported, harness, launches, only_run
from tests.integration.test_phone_run import QUICK, SMALL, phone


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_STATE", str(tmp_path / "state"))


def pretend(status: int) -> Callable[[Condition], None]:
    return lambda condition: setattr(condition, "thermal_override", status)


def save_power(condition: Condition) -> None:
    condition.settings["global"]["low_power"] = "1"


def nothing(condition: Condition) -> None:
    pass


@pytest.mark.parametrize(
    ("faults", "change", "allow", "words"),
    [
        (["low-battery=9"], nothing, ["battery-low"], "battery at 9 % (below 25 %), not charging"),
        ([], save_power, ["power-save"], "the battery saver is on"),
        ([], pretend(0), ["thermal-override"], "the thermal status is pretended"),
        ([], pretend(2), ["thermal-status", "thermal-override"], "thermal status 2 (moderate)"),
        (["throttling=0"], nothing, ["thermal-status"], "thermal status 3 (severe)"),
    ],
    ids=["battery-low", "power-save", "thermal-override", "thermal-status", "throttled"],
)
def test_a_run_has_figures_and_each_row_says_what_was_allowed(
    tmp_path: Path, faults: list[str], change: Callable[[Condition], None], allow: list[str], words: str
):
    allowed = [word for code in allow for word in ("--allow", code)]
    with phone(*faults) as served:
        change(served.phone.condition)
        command = ["run", "--device", f"tcp://{served.address}", *SMALL[:2], "--threads", "1", *QUICK]
        done = harness(*command, *allowed, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "(PHONE NOT FIT)" in done.stdout
    run = only_run(tmp_path)
    [row] = exported(run)
    assert row["status"] == "ok"
    assert row["latency_ms"]["median"] > 0
    [mark] = [each for each in row["warnings"] if "not fit" in each]
    assert words in mark
    assert all(f"({code})" in mark for code in allow)
    assert all(launch["contaminated"] is None for launch in launches(run))
    for name in ("report.html", "summary.md"):
        assert "measured although the phone was not fit" in (run / name).read_text(encoding="utf-8")


def test_a_gate_has_a_verdict_and_says_what_was_allowed(tmp_path: Path):
    model = "starter_large_float32"
    wide = ["--tolerance", "50%", "--target", "95%", "--no-preflight", "--seed", "1"]
    with phone("low-battery=9") as served:
        command = ["gate", model, model, "--device", f"tcp://{served.address}", *wide, "--json"]
        done = harness(*command, "--allow", "battery-low", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    [cell] = json.loads(done.stdout)["cells"]
    [caution] = [each for each in cell["cautions"] if each["code"] == "allowed"]
    assert "battery at 9 %" in caution["message"]


def test_a_device_without_a_battery_is_fit(tmp_path: Path):
    with phone("no-battery") as served:
        command = ["run", "--device", f"tcp://{served.address}", *SMALL[:2], "--threads", "1", *QUICK]
        done = harness(*command, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    [launch] = launches(only_run(tmp_path))
    assert launch["state_before"]["battery_percent"] is None
    assert launch["state_before"]["allowed"] == []
