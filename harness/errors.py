"""Everything `harness` raises on purpose.

```
HarnessError                 something failed; exit code 1 unless said otherwise
├── UsageError               the user can mend it: exit code 2, never a traceback
│   ├── UnknownNameError     a name that is not known, with its near matches
│   ├── ZooError             a zoo file that cannot be read (file and line), a model that cannot be fetched
│   │   └── UnreachableError a model that no program can fetch
│   ├── ModelError           a `.tflite` file that cannot do what was asked
│   ├── DatasetError         a data set that cannot be read or does not fit
│   ├── ImageError           an image that cannot be decoded
│   ├── SettingsError        a settings file of the gate that is not valid
│   ├── ProfileError         a device profile that cannot be read
│   ├── DeviceNotFoundError  no such device is connected
│   ├── RunFolderError       a run folder that cannot be read, written or resumed
│   └── MissingExtraError    an optional dependency is not installed
├── LaunchError              one launch failed; becomes the status of its trial
└── UnfitError               this environment cannot give trustworthy numbers: exit code 4
```

A message says what failed, on which model, device or flag, and the shortest
evidence. `next_step` is the command or change that helps; it is printed after
the message and never repeats it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = [
    "DatasetError",
    "DeviceNotFoundError",
    "HarnessError",
    "ImageError",
    "LaunchError",
    "MissingExtraError",
    "ModelError",
    "ProfileError",
    "RunFolderError",
    "SettingsError",
    "UnfitError",
    "UnknownNameError",
    "UnreachableError",
    "UsageError",
    "ZooError",
    "near_matches",
]


class HarnessError(Exception):
    """A failure that harness foresaw, with what to do next."""

    exit_code = 1

    def __init__(self, message: str, *, next_step: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def __str__(self) -> str:
        if self.next_step is None:
            return self.message
        return f"{self.message}\n  {self.next_step}"


class UsageError(HarnessError):
    """The input or an option is wrong; the user can mend it."""

    exit_code = 2


_FEW = 8
"""This many known names are listed in the message itself."""


class UnknownNameError(UsageError):
    """A name of some kind (model, device, delegate, key) that is not known."""

    def __init__(self, kind: str, name: str, known: Iterable[str], *, list_command: str) -> None:
        names = sorted(set(known))
        matches = near_matches(name, names)
        near = f" Did you mean {', '.join(matches)}?" if matches else ""
        if not matches and len(names) <= _FEW:
            near = f" Known: {', '.join(names)}." if names else ""
        super().__init__(f"unknown {kind} {name!r}.{near}", next_step=f"list them: {list_command}")
        self.kind = kind
        self.name = name
        self.matches = matches


class ZooError(UsageError):
    """A zoo file that is not valid; the message starts with `file:line:`."""


class UnreachableError(ZooError):
    """A model that no program can fetch: its addresses are dead, or made for browsers."""


class ModelError(UsageError):
    """A model file that is missing, broken, or not fit for what was asked."""


class DatasetError(UsageError):
    """A data set that is missing, inconsistent, or does not fit the model."""


class ImageError(UsageError):
    """An image file that cannot be decoded safely."""


class ProfileError(UsageError):
    """A device profile that is not valid."""


class SettingsError(UsageError):
    """A settings file of the gate that is not valid; the message starts with `file:line:`."""


class DeviceNotFoundError(UsageError):
    """The device a profile describes is not connected."""


class RunFolderError(UsageError):
    """A run folder that cannot be read, written or resumed."""


class MissingExtraError(UsageError):
    """An optional dependency is needed and not installed."""

    def __init__(self, what: str, *, extra: str) -> None:
        super().__init__(
            f"{what} needs the extra [{extra}], which is not installed",
            next_step=f"pip install 'tflite-harness[{extra}]'",
        )
        self.extra = extra


class LaunchError(HarnessError):
    """One launch of a measuring process failed."""


class UnfitError(HarnessError):
    """The environment cannot give numbers one could trust."""

    exit_code = 4


def near_matches(name: str, known: Iterable[str], *, limit: int = 3) -> tuple[str, ...]:
    """The known names most like `name`, best first, compared without case."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    found = difflib.get_close_matches(name.casefold(), by_folded, n=limit, cutoff=0.6)
    return tuple(by_folded[folded] for folded in found)
