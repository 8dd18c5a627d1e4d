"""A phone that went away: reached again, and waited for until Android is up."""

from __future__ import annotations

import time

from harness.adb.base import BaseConnection
from harness.adb.errors import CommandTimeout, ConnectionLost

__all__ = ["PATIENCE_S", "reach_again"]

PATIENCE_S = 180.0
"""A phone that reboots takes one to two minutes."""

_ASK_S = 15.0
_PAUSE_S = 1.0


def reach_again(connection: BaseConnection, *, restarted: bool) -> None:
    """Set the link up anew. Raises PhoneNotReady, or ConnectionLost, where the phone stays away.

    The daemon of a phone that restarted answers long before Android has started:
    what is measured meanwhile competes with the start.
    """
    deadline = time.monotonic() + PATIENCE_S
    connection.reconnect_patiently(PATIENCE_S)
    while restarted and time.monotonic() < deadline and not _is_up(connection):
        time.sleep(_PAUSE_S)


def _is_up(connection: BaseConnection) -> bool:
    """Whether Android says that it has started; a phone without `getprop` cannot say it."""
    try:
        answer = connection.shell("getprop sys.boot_completed", timeout_s=_ASK_S)
    except (ConnectionLost, CommandTimeout):
        connection.reconnect_patiently(PATIENCE_S)
        return False
    return not answer.ok or answer.stdout.strip() == "1"
