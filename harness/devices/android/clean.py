"""Take everything of harness off a phone again, and put back what was changed."""

from __future__ import annotations

from collections.abc import Callable

from harness.devices.android.device import AndroidDevice
from harness.devices.android.session import owned

__all__ = ["clean"]


def clean(device: AndroidDevice, *, force: bool, on_notice: Callable[[str], None]) -> tuple[str, ...]:
    """Put settings back and remove the working folder; returns what was done, in words.

    force   also take over the marker of another computer that may still be
            measuring. A process of this computer is never disturbed.

    Raises PhoneBusy.
    """
    done: list[str] = []
    with owned(device, on_notice=on_notice, force=force) as settings:
        done += [f"{name} put back to {change.before}" for name, change in settings.restored.items()]
        if device.folder.scratch is not None:
            used_bytes = device.folder.used_bytes()
            device.folder.remove()
            done.append(f"{device.folder.path} removed ({used_bytes / 1e6:.1f} MB)")
    return tuple(done)
