"""What every thing that can be read of a phone's state has in common."""

from __future__ import annotations

from typing import Protocol

from harness.devices.android.ask import Answer
from harness.records.launch import DeviceState

__all__ = ["Reading"]


class Reading(Protocol):
    """One thing of a phone's state: how it is asked for, and what the answer says."""

    @property
    def name(self) -> str:
        """A word for it."""
        ...

    @property
    def question(self) -> str:
        """The script whose answer `read` understands."""
        ...

    @property
    def without(self) -> str:
        """What cannot be known on a phone where it is not available."""
        ...

    def read(self, answer: Answer, state: DeviceState) -> DeviceState:
        """The state with this reading in it; unchanged where the answer says nothing. Pure, never raises."""
        ...

    def show(self, state: DeviceState) -> str | None:
        """The reading in a few words; None where it is not available."""
        ...
