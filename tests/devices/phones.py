"""Simulated phones for tests: the real ADB protocol over TCP, in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from harness.adb.open import open_connection
from harness.devices.android.device import AndroidDevice
from harness.devices.profile import find_profile
from harness.simulated_phone.faults import parse_faults
from harness.simulated_phone.model import MODELS
from harness.simulated_phone.serve import SimulatedPhone, serve

__all__ = ["connected", "identified"]


def identified(phone: SimulatedPhone, profile: str = "simulated-pixel4") -> AndroidDevice:
    """The device behind a simulated phone."""
    connection = open_connection(f"tcp://{phone.address}", wanted=profile)
    return AndroidDevice.identify(find_profile(profile), connection)


@contextmanager
def connected(*faults: str) -> Iterator[tuple[AndroidDevice, SimulatedPhone]]:
    """A device and the simulated phone behind it."""
    with serve(MODELS["pixel4"], faults=parse_faults(faults)) as phone:
        device = identified(phone)
        try:
            yield device, phone
        finally:
            device.close()
