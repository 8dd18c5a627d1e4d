"""Which of the phones that an adb server lists is meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from harness.adb.errors import PhoneNotReady
from harness.adb.found import FoundPhone, choose_phone, parse_devices
from harness.adb.state import PhoneState

WIRELESS = "adb-0A1B2C3D-xyz (2)._adb-tls-connect._tcp"
LISTED = (
    f"0A1B2C3D\tdevice\n{WIRELESS}\tdevice\nemulator-5554\toffline\n"
    "FA79\tno permissions (user in plugdev group; are your udev rules wrong?); see [http://x]\n"
)
DETAILED = (
    "0A1B2C3D               device usb:1-2 product:flame model:Pixel_4 device:flame transport_id:1\n"
    f"{WIRELESS} device product:flame model:Pixel_4 device:flame transport_id:2\n"
    "emulator-5554          offline transport_id:3\n"
    "FA79                   no permissions (user in plugdev group); see [http://x] usb:1-3 transport_id:4\n"
)


def test_serial_numbers_with_blanks_are_one_phone_each():
    found = parse_devices(LISTED, DETAILED)
    assert [(each.serial, each.state) for each in found] == [
        ("0A1B2C3D", PhoneState.READY),
        (WIRELESS, PhoneState.READY),
        ("emulator-5554", PhoneState.OFFLINE),
        ("FA79", PhoneState.NO_PERMISSIONS),
    ]
    assert [each.model for each in found] == ["Pixel_4", "Pixel_4", None, None]
    assert choose_phone(found, wanted=WIRELESS, serial=WIRELESS).serial == WIRELESS


def owned(numbers: Mapping[str, str]):
    def own_serials(phones: Sequence[FoundPhone]) -> Mapping[str, str]:
        return {each.serial: numbers[each.serial] for each in phones if each.serial in numbers}

    return own_serials


def test_one_phone_over_usb_and_network_is_taken_over_usb():
    found = parse_devices(LISTED, DETAILED)[::-1]
    same = owned({"0A1B2C3D": "0A1B2C3D", WIRELESS: "0A1B2C3D"})
    chosen = choose_phone(found, wanted="pixel4", models=["Pixel 4"], own_serials=same)
    assert chosen.serial == "0A1B2C3D"


@pytest.mark.parametrize(
    "numbers", [{"0A1B2C3D": "0A1B2C3D", WIRELESS: "FFFF"}, {"0A1B2C3D": "0A1B2C3D"}, {}]
)
def test_two_phones_or_ones_that_do_not_tell_are_not_chosen_from(numbers: Mapping[str, str]):
    found = parse_devices(LISTED, DETAILED)
    with pytest.raises(PhoneNotReady) as caught:
        choose_phone(found, wanted="pixel4", models=["Pixel 4"], own_serials=owned(numbers))
    assert caught.value.state is PhoneState.AMBIGUOUS
    assert WIRELESS in str(caught.value)
