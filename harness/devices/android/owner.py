"""Who uses a phone, in a form that other processes and other computers can show."""

from __future__ import annotations

import getpass
import json
import os
import platform
import shlex
import sys
from dataclasses import asdict, dataclass
from datetime import datetime, timezone

from pydantic import TypeAdapter, ValidationError

from harness.errors import UnfitError

__all__ = ["Owner", "PhoneBusy", "parse_owner", "this_process"]


class PhoneBusy(UnfitError):
    """Another process or another computer measures on the phone."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A process that uses a phone."""

    host_id: str
    host: str
    user: str
    pid: int
    command: str
    since: str
    """ISO 8601, UTC, by its own clock."""

    def __str__(self) -> str:
        return f"{self.user}@{self.host}, process {self.pid}, since {self.since} (`{self.command}`)"

    def to_json(self) -> str:
        """One line, ASCII only."""
        return json.dumps(asdict(self))


_ADAPTER = TypeAdapter(Owner)
_MOST_TEXT = 120


def parse_owner(text: str) -> Owner | None:
    """The owner in a line of JSON; None for any other text. Control characters are dropped: it is shown."""
    try:
        owner = _ADAPTER.validate_json(text.encode("utf-8", "replace"), strict=True)
    except ValidationError:
        return None
    host_id, host, user, command, since = (
        "".join(c for c in part if c.isprintable())[:_MOST_TEXT]
        for part in (owner.host_id, owner.host, owner.user, owner.command, owner.since)
    )
    return Owner(host_id, host, user, owner.pid, command, since)


def this_process(host_id: str) -> Owner:
    """This process as the owner."""
    return Owner(
        host_id=host_id,
        host=platform.node() or "an unnamed host",
        user=_user(),
        pid=os.getpid(),
        command=shlex.join(["harness", *sys.argv[1:]])[:_MOST_TEXT],
        since=datetime.now(timezone.utc).isoformat(timespec="seconds"),
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "somebody"
