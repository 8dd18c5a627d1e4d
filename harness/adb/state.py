"""The states a phone can be in, as the adb server names them, and what to do about each."""

from __future__ import annotations

from enum import Enum

__all__ = ["PhoneState", "parse_state", "remedy"]


class PhoneState(str, Enum):
    """What adb says of a phone. Only READY can run commands of harness."""

    READY = "ready"
    ABSENT = "absent"
    UNAUTHORIZED = "unauthorized"
    OFFLINE = "offline"
    NO_PERMISSIONS = "not accessible (no permissions)"
    RECOVERY = "in recovery"
    BOOTLOADER = "in the bootloader"
    AMBIGUOUS = "one of several phones"
    TLS = "on wireless debugging, which only a paired adb server reaches"
    SERVER = "no phone: an adb server listens there"
    UNKNOWN = "in an unknown state"

    __str__ = str.__str__


_BY_WORD = {
    "device": PhoneState.READY,
    "unauthorized": PhoneState.UNAUTHORIZED,
    "authorizing": PhoneState.UNAUTHORIZED,
    "offline": PhoneState.OFFLINE,
    "connecting": PhoneState.OFFLINE,
    "detached": PhoneState.OFFLINE,
    "no": PhoneState.NO_PERMISSIONS,  # "no permissions (user in plugdev group; …)"
    "recovery": PhoneState.RECOVERY,
    "rescue": PhoneState.RECOVERY,
    "sideload": PhoneState.RECOVERY,
    "bootloader": PhoneState.BOOTLOADER,
}

_REMEDIES = {
    PhoneState.READY: None,
    PhoneState.ABSENT: (
        "connect it over USB with USB debugging on (Settings > System > Developer options),"
        " or over the network: adb connect HOST:5555"
    ),
    PhoneState.UNAUTHORIZED: (
        "unlock the phone and accept `Allow USB debugging?`; if nothing is asked: revoke USB debugging"
        " authorizations in Developer options and connect it again"
    ),
    PhoneState.OFFLINE: (
        "connect it again: over USB `adb reconnect offline`, over the network `adb disconnect HOST:PORT`"
        " and `adb connect HOST:PORT`"
    ),
    PhoneState.NO_PERMISSIONS: (
        "let your user open the USB device: install android-sdk-platform-tools-common (udev rules),"
        " join the group plugdev, log in again, connect the phone again"
    ),
    PhoneState.RECOVERY: "start Android: adb reboot",
    PhoneState.BOOTLOADER: "start Android: fastboot reboot",
    PhoneState.AMBIGUOUS: "say which one: the serial numbers are listed by `adb devices -l`",
    PhoneState.TLS: (
        "pair and connect it: adb pair HOST:PORT, then adb connect HOST:PORT (both ports stand in"
        " Developer options > Wireless debugging), and leave out tcp://; with a cable: adb tcpip 5555"
    ),
    PhoneState.SERVER: (
        "name a phone of that server by its serial number (harness devices list; another server:"
        " ADB_SERVER_SOCKET=tcp:HOST:PORT), or give the phone's own port, mostly 5555"
    ),
    PhoneState.UNKNOWN: "see what adb says: adb devices -l",
}


def parse_state(text: str) -> PhoneState:
    """The state behind adb's words, such as `device`, `offline`, `no permissions (…)`."""
    words = text.split()
    return _BY_WORD.get(words[0], PhoneState.UNKNOWN) if words else PhoneState.UNKNOWN


def remedy(state: PhoneState) -> str | None:
    """What the user can do to make the phone ready; None where nothing is wrong."""
    return _REMEDIES[state]
