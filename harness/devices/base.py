"""What the rest of harness may ask of any device."""

from __future__ import annotations

from typing import Protocol

from harness.devices.profile import DeviceProfile
from harness.records.launch import DeviceState

__all__ = ["Device"]


class Device(Protocol):
    """A device that is connected. The way to make launches on it is the latency room's."""

    @property
    def profile(self) -> DeviceProfile:
        """Its description."""
        ...

    @property
    def simulated(self) -> bool:
        """Whether its numbers are those of a stand-in."""
        ...

    @property
    def cpu_count(self) -> int:
        """CPUs a measurement may use."""
        ...

    def fingerprint(self) -> tuple[tuple[str, str], ...]:
        """Name and value of every fact that identifies hardware and system software."""
        ...

    def state(self) -> DeviceState:
        """What else could change the numbers, now."""
        ...
