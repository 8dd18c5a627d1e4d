"""From what the user calls a device to the device, or to one sentence about what to connect."""

from __future__ import annotations

import os
import re
from collections.abc import Callable

from harness.adb.address import server_address, server_answers
from harness.adb.base import BaseConnection
from harness.adb.errors import ConnectionLost, PhoneNotReady
from harness.adb.found import FoundPhone
from harness.adb.open import open_connection
from harness.adb.state import PhoneState
from harness.devices.android.device import AndroidDevice
from harness.devices.android.facts import read_facts
from harness.devices.base import Device
from harness.devices.local import LocalDevice
from harness.devices.matching import mismatch, profile_for
from harness.devices.profile import DeviceProfile, find_profile, is_profile_file, load_profiles
from harness.errors import DeviceNotFoundError, MissingExtraError, ProfileError, UnknownNameError

__all__ = ["OpenSimulated", "connect", "connect_phone", "connected_phones", "name_of"]

OpenSimulated = Callable[[str], BaseConnection]
"""Starts the simulated phone of a model's name and connects to it. Given by the caller, who also ends it."""

_HOST_PORT = re.compile(r"(tcp://)?[A-Za-z0-9.\-\[\]:]{1,255}:\d{1,5}")


def connect(name: str, *, open_simulated: OpenSimulated | None = None) -> Device:
    """The device of that name: a profile's name or file, a serial number, HOST:PORT or tcp://HOST:PORT.

    HOST:PORT goes through the adb server where one answers, tcp://HOST:PORT
    never does. A phone named by serial number or address gets the profile that
    matches it, else `android`.

    Raises UnknownNameError for an unknown name and DeviceNotFoundError for a
    device that cannot be reached.
    """
    profile = None if _is_address(name) else _profile_named(name)
    if profile is not None and profile.is_local:
        return LocalDevice(profile)
    return _phone(name, profile, open_simulated)


def connect_phone(name: str, *, open_simulated: OpenSimulated | None = None) -> AndroidDevice:
    """The phone of that name; see `connect`. Raises ProfileError where it names this computer."""
    device = connect(name, open_simulated=open_simulated)
    if not isinstance(device, AndroidDevice):
        raise ProfileError(f"{name} is no phone", next_step="phones are listed by: harness devices list")
    return device


def name_of(given: str, device: Device) -> str:
    """What a device is called in results: as the user calls it, or by the name in the file that was given."""
    return device.profile.name if is_profile_file(given) else given


def connected_phones() -> tuple[FoundPhone, ...]:
    """Every phone the adb server knows, in whatever state; () where no server answers."""
    address = server_address(os.environ)
    if not server_answers(address):
        return ()
    from harness.adb.server import list_phones

    try:
        return list_phones(address)
    except ConnectionLost:
        return ()  # it ended between the two questions


def _is_address(name: str) -> bool:
    """`tcp://` says it even without a port: adb's own, 5555, is meant then."""
    return name.startswith("tcp://") or _HOST_PORT.fullmatch(name) is not None


def _profile_named(name: str) -> DeviceProfile | None:
    """The profile of that name; None where it is the serial number of a connected phone."""
    profiles = load_profiles()
    if name in profiles or is_profile_file(name):
        return find_profile(name)
    serials = [phone.serial for phone in connected_phones()]
    if name in serials:
        return None
    raise UnknownNameError("device", name, [*profiles, *serials], list_command="harness devices list")


def _phone(name: str, profile: DeviceProfile | None, open_simulated: OpenSimulated | None) -> AndroidDevice:
    connection = _open(name, profile, open_simulated)
    try:
        facts = read_facts(connection)
        if profile is None:
            profile = profile_for(facts.properties, connection.serial, load_profiles())
        wrong = mismatch(profile, facts.properties)
        if wrong is not None:
            raise ProfileError(
                f"{connection.serial}: {wrong}", next_step=f"harness run --device {connection.serial}"
            )
        return AndroidDevice(profile, connection, facts)
    except BaseException:
        connection.close()
        raise


def _open(name: str, profile: DeviceProfile | None, open_simulated: OpenSimulated | None) -> BaseConnection:
    if profile is None:
        how = name if name.startswith("tcp://") else "auto"
        return open_connection(how, wanted=name, serial=name.removeprefix("tcp://"))
    if profile.is_simulated:
        if open_simulated is None:
            raise DeviceNotFoundError(
                f"{profile.name}: no simulated phone runs here",
                next_step="start one in another terminal: harness devices simulate pixel4",
            )
        return open_simulated(profile.connection.removeprefix("simulated:"))
    try:
        return open_connection(
            profile.connection,
            wanted=profile.name,
            serial=profile.match.serial,
            models=profile.match.names,
        )
    except MissingExtraError as error:
        address = server_address(os.environ)
        raise DeviceNotFoundError(
            f"{_not_connected(profile)}, and no adb server answers on {address}",
            next_step="connect it with USB debugging on, then: adb start-server"
            " (without adb: pip install 'tflite-harness[usb]')",
        ) from error
    except PhoneNotReady as error:
        if error.state is not PhoneState.ABSENT:
            raise
        more = f"; {error.detail}" if error.detail else ""
        raise DeviceNotFoundError(_not_connected(profile) + more, next_step=error.next_step) from error


def _not_connected(profile: DeviceProfile) -> str:
    return f"{profile.name}: no {profile.title} is connected over USB or the network"
