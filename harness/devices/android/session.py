"""A session on a phone: locked, checked, set for measuring, and put back in every way out."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from harness.adb.quoting import remote_quote
from harness.devices.android.ask import ask_patiently
from harness.devices.android.kept import kept_files
from harness.devices.android.lock import host_lock
from harness.devices.android.preflight import Situation, failed_checks, refuse
from harness.devices.android.restore import ChangedSettings
from harness.devices.android.settings import FIXED_PERFORMANCE, SCREEN, STAY_AWAKE
from harness.devices.android.state.load import BUSY_QUESTION, parse_busy_percent
from harness.errors import UnfitError

if TYPE_CHECKING:
    from harness.devices.android.device import AndroidDevice

__all__ = ["Notice", "owned", "parse_free_bytes", "prepared", "situation_of"]

Notice = Callable[[str], None]


@contextmanager
def owned(device: AndroidDevice, *, on_notice: Notice, force: bool = False) -> Iterator[ChangedSettings]:
    """The phone is this process's alone within the block; what an earlier session left is put back first.

    Yields what changes settings; all of them are put back when the block ends,
    whatever ends it. `force` takes the phone over from another computer, never
    from another process of this one. Raises PhoneBusy.
    """
    kept = kept_files(device.identity)
    with ExitStack() as held:
        owner = held.enter_context(host_lock(device.serial, kept, on_notice=on_notice))
        if device.marker is None:
            on_notice(
                f"{device.serial}: no folder can be written to, so other computers are not told it is in use"
            )
        else:
            if force:
                device.marker.remove()
            held.enter_context(device.marker.held(owner, on_notice=on_notice))
        settings = ChangedSettings(device.connection, kept.recovery, on_notice=on_notice)
        held.callback(settings.restore)
        settings.restore()
        yield settings


@contextmanager
def prepared(
    device: AndroidDevice, *, allow: Collection[str], fixed_performance: bool, on_notice: Notice
) -> Iterator[Situation]:
    """The phone is owned, awake and fit within the block. Raises PhoneBusy, UnfitError."""
    with owned(device, on_notice=on_notice) as settings:
        settings.change(STAY_AWAKE)
        if SCREEN_OFF not in allow:
            settings.change(SCREEN)
        if fixed_performance and not settings.change(FIXED_PERFORMANCE):
            raise UnfitError(
                f"{device.serial} cannot hold a fixed performance: that needs Android 11 and a vendor"
                " that supports it",
                next_step="leave out --phone fixed-performance=on",
            )
        situation = situation_of(device)
        for finding in refuse(device.profile.name, failed_checks(situation), allow=allow):
            on_notice(f"{device.serial}: allowed: {finding.check.code}: {finding.evidence}")
        yield situation


SCREEN_OFF = "screen-off"
"""Who allows this wants the screen as it is."""


def situation_of(device: AndroidDevice) -> Situation:
    """Everything preflight looks at; takes a second, in which the phone's idle time is counted."""
    scratch = device.folder.scratch or "/data"
    questions = {"free": f"df -k {remote_quote(scratch)}", "busy": BUSY_QUESTION}
    answers = ask_patiently(device.connection, questions)
    return Situation(
        serial=device.serial,
        facts=device.facts,
        state=device.state(),
        limits=device.profile.limits,
        free_bytes=parse_free_bytes(answers["free"].text),
        busy_percent=parse_busy_percent(answers["busy"].text),
    )


def parse_free_bytes(text: str) -> int | None:
    """Free space in what `df -k` prints, where a long name may have a line of its own. Pure."""
    match = re.search(r"\s\d+\s+\d+\s+(\d{1,15})\s+\d{1,3}%\s", f"{text}\n")
    return int(match[1]) * 1024 if match else None
