"""What goes wrong between this computer and a phone.

```
DeviceNotFoundError
└── PhoneNotReady        absent, unauthorized, offline, …: with its state and the remedy
HarnessError
└── AdbFailure
    ├── ConnectionLost   the link broke before the answer was complete; safe work is tried again
    ├── CommandTimeout   a remote command took too long; says whether it was ended
    ├── TransferFailed   a file could not be pushed or pulled
    │   └── StorageFull
    ├── PhoneRestarted   the phone rebooted while a command was running on it
    └── JobVanished      a detached command ended without leaving its exit code
```
"""

from __future__ import annotations

from harness.adb.state import PhoneState, remedy
from harness.errors import DeviceNotFoundError, HarnessError

__all__ = [
    "AdbFailure",
    "CommandTimeout",
    "ConnectionLost",
    "JobVanished",
    "PhoneNotReady",
    "PhoneRestarted",
    "StorageFull",
    "TransferFailed",
]


class PhoneNotReady(DeviceNotFoundError):
    """The phone cannot be used in the state it is in."""

    def __init__(
        self, phone: str, state: PhoneState, *, detail: str | None = None, next_step: str | None = None
    ) -> None:
        more = f": {detail}" if detail else ""
        super().__init__(f"{phone} is {state}{more}", next_step=next_step or remedy(state))
        self.state = state
        self.detail = detail

    @property
    def may_pass(self) -> bool:
        """Whether waiting and connecting again may help: daemons restart, cables wobble."""
        return self.state in (PhoneState.ABSENT, PhoneState.OFFLINE)


class AdbFailure(HarnessError):
    """Something failed between this computer and a phone."""


class ConnectionLost(AdbFailure):
    """The link broke before an answer was complete: what the command did is unknown."""


class CommandTimeout(AdbFailure):
    """A remote command did not end in time."""

    def __init__(self, phone: str, command: str, timeout_s: float, *, ended: bool) -> None:
        fate = "it was ended" if ended else "it may still be running on the phone"
        super().__init__(f"{phone}: no end of `{_short(command)}` within {timeout_s:g} s; {fate}")
        self.ended = ended
        """Whether the remote process is known to have ended."""


class TransferFailed(AdbFailure):
    """A file did not arrive as it was sent."""


class StorageFull(TransferFailed):
    """The phone has no room for a file."""


class PhoneRestarted(AdbFailure):
    """The phone rebooted in the meantime: everything that ran on it is gone."""


class JobVanished(AdbFailure):
    """A detached command is no longer running and left no exit code."""


def _short(command: str) -> str:
    line = " ".join(command.split())
    return line if len(line) <= 80 else line[:77] + "..."
