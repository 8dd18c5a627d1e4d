"""One process of this computer at a time on one phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from harness.devices.android.kept import KeptFiles, write_whole
from harness.devices.android.owner import Owner, PhoneBusy, parse_owner, this_process

__all__ = ["host_lock", "last_owner"]


@contextmanager
def host_lock(serial: str, kept: KeptFiles, *, on_notice: Callable[[str], None]) -> Iterator[Owner]:
    """Hold the phone's lock within the block. Raises PhoneBusy naming who holds it.

    The system frees the lock when its owner ends, however that is; what is left
    of an owner that was killed is only told.
    """
    lock = FileLock(kept.lock, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise PhoneBusy(
            _busy(serial, last_owner(kept.owner)), next_step="wait for its end, or end it"
        ) from None
    try:
        left = last_owner(kept.owner)
        if left is not None:
            on_notice(f"{serial}: the last session did not end in order: {left}")
        owner = this_process(kept.host_id)
        write_whole(kept.owner, owner.to_json())
        yield owner
    finally:
        kept.owner.unlink(missing_ok=True)
        lock.release()


def last_owner(path: Path) -> Owner | None:
    """Whoever the file names; None where nobody is."""
    try:
        return parse_owner(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return None


def _busy(serial: str, owner: Owner | None) -> str:
    if owner is None:
        return f"{serial} is in use by another process of this computer"
    if not psutil.pid_exists(owner.pid):
        return f"{serial} is in use by a process that {owner} has left behind"
    return f"{serial} is in use by {owner}"
