"""A session on a simulated phone over TCP: locked, checked, set, and put back whatever ends it."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from harness.devices.android.kept import kept_files
from harness.devices.android.owner import Owner, PhoneBusy
from harness.devices.android.restore import read_changes
from harness.errors import HarnessError, UnfitError
from harness.simulated_phone.faults import parse_faults
from harness.simulated_phone.model import MODELS
from harness.simulated_phone.serve import SimulatedPhone, serve
from tests.devices.phones import connected, identified

AWAKE = "stay_on_while_plugged_in"


def settings(phone: SimulatedPhone) -> tuple[str | None, bool]:
    """Stay awake, and whether the screen is on."""
    condition = phone.phone.condition
    return condition.settings["global"].get(AWAKE), condition.awake


@contextmanager
def another_process(phone: SimulatedPhone) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the phone."""
    words = [sys.executable, "-m", "tests.devices.android.hold_phone", phone.address]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def test_the_phone_is_kept_awake_within_the_session_and_put_back_after():
    with connected() as (device, phone):
        phone.phone.condition.awake = False
        with device.session() as state:
            assert settings(phone) == ("7", True)
            assert state.screen_on is True
            assert set(read_changes(kept_files(device.identity).recovery)) == {"stay awake", "screen"}
        assert settings(phone) == ("0", False)
        assert not kept_files(device.identity).recovery.exists()


def test_a_setting_that_was_never_made_is_unmade_again():
    with connected() as (device, phone):
        del phone.phone.condition.settings["global"][AWAKE]
        with device.session():
            assert settings(phone)[0] == "7"
        assert settings(phone)[0] is None


def test_what_somebody_else_changed_meanwhile_is_left_alone():
    with connected() as (device, phone):
        with device.session():
            phone.phone.condition.settings["global"][AWAKE] = "3"
        assert settings(phone)[0] == "3"


def test_fixed_performance_is_set_only_where_it_is_asked_for():
    with connected() as (device, phone):
        with device.session():
            assert phone.phone.condition.fixed_performance is False
        with device.session(fixed_performance=True):
            assert phone.phone.condition.fixed_performance is True
        assert phone.phone.condition.fixed_performance is False


def test_a_phone_that_cannot_hold_its_clocks_is_refused_where_it_is_asked_to_and_left_as_it_was():
    android_10 = replace(MODELS["pixel4"], sdk=29)
    with serve(android_10) as phone, closing(identified(phone)) as device:
        refused = pytest.raises(UnfitError, match="cannot hold a fixed performance")
        with refused, device.session(fixed_performance=True):
            pass
        assert settings(phone) == ("0", True)


@pytest.mark.parametrize("end", [RuntimeError, KeyboardInterrupt])
def test_settings_are_put_back_when_an_exception_ends_the_session(end: type[BaseException]):
    with connected() as (device, phone):
        with pytest.raises(end), device.session():
            raise end
        assert settings(phone)[0] == "0"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_puts_settings_back(number: int):
    with serve(MODELS["pixel4"]) as phone:
        with another_process(phone) as process:
            assert settings(phone)[0] == "7"
            process.send_signal(number)
            process.wait(timeout=30)
        assert settings(phone)[0] == "0"


def test_after_kill_9_the_next_session_puts_settings_back_and_says_whose_they_were():
    with serve(MODELS["pixel4"]) as phone:
        with another_process(phone) as process:
            process.kill()
            process.wait(timeout=30)
        assert settings(phone)[0] == "7"
        device = identified(phone)
        assert read_changes(kept_files(device.identity).recovery)["stay awake"].before == "0"
        notices: list[str] = []
        with device.session(on_notice=notices.append):
            assert read_changes(kept_files(device.identity).recovery)["stay awake"].before == "0"
        assert settings(phone)[0] == "0"
        assert any(f"process {process.pid}" in notice for notice in notices)
        device.close()


def test_a_lost_connection_at_the_end_is_set_up_anew_to_put_settings_back():
    with connected() as (device, phone):
        with device.session():
            threading.Thread(target=phone.go_down, args=(1.0,)).start()
            time.sleep(0.3)
        assert settings(phone)[0] == "0"


def test_a_phone_that_stays_away_keeps_its_settings_for_the_next_time_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr("harness.devices.android.restore._PATIENCE_S", 0.5)
    notices: list[str] = []
    with serve(MODELS["pixel4"]) as phone:
        device = identified(phone)
        with device.session(on_notice=notices.append):
            threading.Thread(target=phone.go_down, args=(5.0,)).start()
            time.sleep(0.3)
        assert any("stay awake could not be put back" in notice for notice in notices)
        assert "harness devices clean" in notices[-1]
        assert read_changes(kept_files(device.identity).recovery)["stay awake"].before == "0"
        device.close()


def test_a_damaged_recovery_file_is_an_error_that_names_it():
    with connected() as (device, _):
        path = kept_files(device.identity).recovery
        path.write_text('{"screen": 3}', encoding="utf-8")
        with pytest.raises(HarnessError, match=r"restore\.json"), device.session():
            pass


def test_a_value_from_a_recovery_file_never_reaches_the_phones_shell_unchecked():
    with connected() as (device, phone):
        path = kept_files(device.identity).recovery
        path.write_text(
            '{"stay awake": {"before": "0; touch /data/local/tmp/evil", "during": "0"}}', encoding="utf-8"
        )
        notices: list[str] = []
        with device.session(on_notice=notices.append):
            pass
        assert not phone.phone.files.exists("/data/local/tmp/evil")
        assert any("is no value of stay awake" in notice for notice in notices)


def test_a_second_session_of_this_computer_is_refused_naming_the_first():
    with serve(MODELS["pixel4"]) as phone, another_process(phone) as process:
        device = identified(phone)
        with pytest.raises(PhoneBusy) as caught, device.session():
            pass
        assert caught.value.exit_code == 4
        assert f"process {process.pid}" in caught.value.message
        device.close()


ELSEWHERE = Owner(
    "another-host", "lab-7", "ann", 4711, "harness run --device lab", "2026-01-02T03:04:05+00:00"
)


def mark(phone: SimulatedPhone, *, silent_s: int) -> None:
    """Leave the marker of another computer on the phone."""
    files = phone.phone.files
    files.make_folder("/data/local/tmp/harness/lock", parents=True)
    files.write("/data/local/tmp/harness/lock/owner", ELSEWHERE.to_json().encode())
    files.write("/data/local/tmp/harness/lock/beat", str(int(time.time()) - silent_s).encode())


def test_a_phone_in_use_from_another_computer_is_refused_naming_it():
    with connected() as (device, phone):
        mark(phone, silent_s=60)
        with pytest.raises(PhoneBusy) as caught, device.session():
            pass
        assert "ann@lab-7, process 4711" in caught.value.message
        assert "1 min ago" in caught.value.message
        assert "--force" in str(caught.value.next_step)
        assert settings(phone)[0] == "0"


def test_the_marker_of_a_computer_that_went_away_is_taken_over_and_that_is_said():
    with connected() as (device, phone):
        mark(phone, silent_s=4000)
        notices: list[str] = []
        with device.session(on_notice=notices.append):
            assert phone.phone.files.exists("/data/local/tmp/harness/lock/token")
        assert any("ann@lab-7" in notice for notice in notices)
        assert not phone.phone.files.exists("/data/local/tmp/harness/lock")


def test_reading_the_state_shows_that_the_owner_is_alive():
    with connected() as (device, phone):
        beat = "/data/local/tmp/harness/lock/beat"
        with device.session():
            phone.phone.files.write(beat, b"1")
            device.state()
            assert int(phone.phone.files.read(beat)) > 1_000_000
        device.state()
        assert not phone.phone.files.exists(beat)


def test_an_unfit_phone_is_refused_with_every_reason_and_left_as_it_was():
    faults = parse_faults(["low-battery", "wrong-abi"])
    with serve(MODELS["pixel4"], faults=faults) as phone:
        phone.phone.condition.thermal_override = 0
        device = identified(phone)
        with pytest.raises(UnfitError) as caught, device.session():
            pass
        for code in ("battery-low", "32-bit", "thermal-override"):
            assert f"--allow {code}" in str(caught.value)
        assert caught.value.exit_code == 4
        assert settings(phone)[0] == "0"
        notices: list[str] = []
        with device.session(allow=("battery-low", "32-bit", "thermal-override"), on_notice=notices.append):
            pass
        assert sum("allowed: " in notice for notice in notices) == 3
        device.close()


def test_a_screen_that_is_allowed_to_be_off_stays_off():
    with connected() as (device, phone):
        phone.phone.condition.awake = False
        with device.session(allow=("screen-off",)) as state:
            assert state.screen_on is False


def test_a_busy_phone_of_another_user_is_told_by_the_files_of_this_one(own_state: Path):
    with connected() as (device, _), device.session():
        assert (own_state / "phones").is_dir()
        assert kept_files(device.identity).owner.exists()


@pytest.mark.parametrize(
    "fault",
    [
        *(f"drop-output={count}" for count in (1, 40, 700, 5000, 9000, 13000, 17000)),
        "restart=6000",
        "marker-lost=2",
    ],
)
def test_a_link_that_breaks_anywhere_in_a_session_loses_nothing(fault: str):
    with connected(fault) as (device, phone):
        with device.session(fixed_performance=True) as state:
            assert state.thermal_status == 0
            assert settings(phone)[0] == "7"
            assert phone.phone.condition.fixed_performance is True
        assert settings(phone)[0] == "0"
        assert phone.phone.condition.fixed_performance is False
        assert not phone.phone.files.exists("/data/local/tmp/harness/lock")
        assert not kept_files(device.identity).recovery.exists()
