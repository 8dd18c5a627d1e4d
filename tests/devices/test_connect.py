from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.adb.errors import PhoneNotReady
from harness.adb.state import PhoneState
from harness.devices.android.device import AndroidDevice
from harness.devices.connect import connect, connect_phone
from harness.devices.local import LocalDevice
from harness.errors import DeviceNotFoundError, ProfileError, UnknownNameError
from harness.simulated_phone.faults import parse_faults
from harness.simulated_phone.model import MODELS
from harness.simulated_phone.serve import SimulatedPhone, serve
from harness.sweep.simulated import simulated_phones


@pytest.fixture
def no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADB_SERVER_SOCKET", "tcp:1")


@pytest.fixture
def phone() -> Iterator[SimulatedPhone]:
    with serve(MODELS["pixel4"]) as served:
        yield served


def test_local_is_this_computer():
    assert isinstance(connect("local"), LocalDevice)


@pytest.mark.usefixtures("no_server")
def test_a_phone_that_is_not_there_is_one_sentence_at_once():
    began = time.monotonic()
    with pytest.raises(DeviceNotFoundError) as caught:
        connect("pixel4")
    assert time.monotonic() - began < 3
    assert caught.value.exit_code == 2
    assert "no Google Pixel 4 is connected over USB" in caught.value.message
    assert "\n" not in caught.value.message
    assert "USB debugging" in str(caught.value.next_step)


@pytest.mark.usefixtures("no_server")
def test_an_address_gets_the_profile_that_fits_the_phone(phone: SimulatedPhone):
    for name in (phone.address, f"tcp://{phone.address}"):
        device = connect(name)
        assert isinstance(device, AndroidDevice)
        assert device.profile.name == "simulated-pixel4"
        assert device.serial == phone.address
        assert device.simulated
        device.close()


@pytest.mark.usefixtures("no_server")
def test_an_address_where_nothing_listens_says_so():
    with pytest.raises(DeviceNotFoundError) as caught:
        connect("127.0.0.1:1")
    assert "127.0.0.1:1" in caught.value.message


@pytest.mark.usefixtures("no_server")
def test_an_unauthorized_phone_is_named_with_its_remedy():
    unauthorized = serve(MODELS["pixel4"], faults=parse_faults(["unauthorized"]))
    with unauthorized as phone, pytest.raises(PhoneNotReady) as caught:
        connect(phone.address)
    assert caught.value.state is PhoneState.UNAUTHORIZED
    assert "Allow USB debugging" in str(caught.value.next_step)


@pytest.mark.usefixtures("no_server")
def test_a_phone_that_is_another_than_its_profile_says_is_refused(phone: SimulatedPhone, tmp_path: Path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        "name: mine\ntitle: My Pixel 6\nmatch: {model: [Pixel 6]}\nruntimes: [benchmark_model]\n"
        f"delegates: [cpu]\nconnection: tcp://{phone.address}\n",
        encoding="utf-8",
    )
    with pytest.raises(ProfileError, match="it is a 'Simulated Pixel 4'"):
        connect(str(path))


@pytest.mark.usefixtures("no_server")
def test_a_profile_of_the_users_reaches_the_phone_it_names(
    phone: SimulatedPhone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HARNESS_DEVICES", str(tmp_path))
    (tmp_path / "lab.yaml").write_text(
        "name: lab\ntitle: The lab's phone\nruntimes: [benchmark_model]\ndelegates: [cpu]\n"
        f"connection: tcp://{phone.address}\n",
        encoding="utf-8",
    )
    device = connect_phone("lab")
    assert device.profile.title == "The lab's phone"
    device.close()


@pytest.mark.usefixtures("no_server")
def test_a_simulated_phone_is_started_by_whoever_asks_for_it():
    with pytest.raises(DeviceNotFoundError, match="no simulated phone"):
        connect("simulated-pixel4")
    with simulated_phones() as open_simulated:
        device = connect("simulated-pixel4", open_simulated=open_simulated)
        assert device.simulated
        assert device.cpu_count == 8
        assert device.profile.name == "simulated-pixel4"


@pytest.mark.usefixtures("no_server")
def test_a_name_that_is_neither_profile_nor_phone_gets_near_matches():
    with pytest.raises(UnknownNameError, match="pixel4"):
        connect("pixel_4")


def test_this_computer_is_no_phone():
    with pytest.raises(ProfileError, match="no phone"):
        connect_phone("local")
