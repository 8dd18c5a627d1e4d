"""From a device's name to the device, or to one sentence about what to connect."""

from __future__ import annotations

from harness.devices.base import Device
from harness.devices.local import LocalDevice
from harness.devices.profile import DeviceProfile, find_profile
from harness.errors import DeviceNotFoundError

__all__ = ["connect"]


def connect(name: str) -> Device:
    """The device a profile describes.

    Raises UnknownNameError for an unknown name and DeviceNotFoundError for a
    device that cannot be reached.
    """
    profile = find_profile(name)
    if profile.is_local:
        return LocalDevice(profile)
    raise DeviceNotFoundError(_what_to_connect(profile))


def _what_to_connect(profile: DeviceProfile) -> str:
    return (
        f"{profile.name}: this version of harness cannot reach a phone yet; to measure on a {profile.title}"
        " it will have to be connected over USB (or `adb connect HOST`) with USB debugging allowed."
    )
