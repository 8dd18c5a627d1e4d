"""One computer at a time on one phone: a marker on the phone, since a phone on the network has many hosts."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum

from harness.adb.base import BaseConnection
from harness.adb.connection import ShellResult
from harness.adb.marker import new_token
from harness.adb.quoting import remote_quote
from harness.devices.android.ask import Answers, ask_patiently
from harness.devices.android.owner import Owner, PhoneBusy, parse_owner
from harness.errors import HarnessError

__all__ = ["STALE_S", "Holder", "PhoneMarker", "Standing", "judge_holder"]

STALE_S = 3600.0
"""A marker whose owner has not shown up for so long, by the phone's clock, is left behind."""


class Standing(str, Enum):
    """Whether a phone may be taken."""

    FREE = "free"
    OURS = "left behind by this computer"
    STALE = "left behind by another computer"
    HELD = "held by another computer"

    __str__ = str.__str__


@dataclass(frozen=True, slots=True)
class Holder:
    """What the marker says."""

    standing: Standing
    owner: Owner | None = None
    silent_s: float | None = None
    """How long its owner has not shown up."""

    def __str__(self) -> str:
        silent = "" if self.silent_s is None else f", last seen {self.silent_s / 60:.0f} min ago"
        return f"{self.owner or 'an owner without a name'}{silent}"


def judge_holder(answers: Answers, host_id: str) -> Holder:
    """What the answers of `PhoneMarker.look` mean. Pure.

    A marker of this computer is left over, because whoever asks holds this
    computer's own lock.
    """
    if answers["there"].text.strip() != "yes":
        return Holder(Standing.FREE)
    owner = parse_owner(answers["owner"].text)
    beat, now = answers["beat"].text.strip(), answers["now"].text.strip()
    silent_s = float(int(now) - int(beat)) if beat.isdecimal() and now.isdecimal() else None
    if owner is not None and owner.host_id == host_id:
        return Holder(Standing.OURS, owner, silent_s)
    # A clock that was set back says nothing.
    stale = silent_s is not None and silent_s > STALE_S
    return Holder(Standing.STALE if stale else Standing.HELD, owner, silent_s)


class PhoneMarker:
    """The marker in the working folder; making a folder is what only one can do."""

    def __init__(self, connection: BaseConnection, folder: str) -> None:
        self._connection = connection
        self._folder = folder
        self._path = f"{folder}/lock"

    @property
    def beat_script(self) -> str:
        """A script that says the owner is alive; part of every reading of the state."""
        return f"[ -d {remote_quote(self._path)} ] && date +%s >{remote_quote(self._path)}/beat"

    def look(self, host_id: str) -> Holder:
        """Who holds the phone."""
        path = remote_quote(self._path)
        questions = {
            "there": f"[ -d {path} ] && echo yes",
            "owner": f"cat {path}/owner",
            "beat": f"cat {path}/beat 2>/dev/null || stat -c %Y {path}",
            "now": "date +%s",
        }
        return judge_holder(ask_patiently(self._connection, questions), host_id)

    @contextmanager
    def held(self, owner: Owner, *, on_notice: Callable[[str], None]) -> Iterator[None]:
        """Hold the phone within the block. Raises PhoneBusy naming the computer that does."""
        token = new_token()
        self._take(owner, token, on_notice)
        try:
            yield
        finally:
            # One that stays behind is known as ours by the next session.
            with contextlib.suppress(HarnessError):
                self._release(token)

    def _take(self, owner: Owner, token: str, on_notice: Callable[[str], None]) -> None:
        for _ in range(2):
            if self._make(owner, token):
                return
            holder = self.look(owner.host_id)
            if holder.standing is Standing.HELD:
                break
            if holder.standing is Standing.STALE:
                on_notice(f"{self._connection.serial}: a marker is taken over from {holder}")
            self.remove()
        raise PhoneBusy(
            f"{self._connection.serial} is in use from another computer: {self.look(owner.host_id)}",
            next_step=f"if that is not true: harness devices clean {self._connection.serial} --force",
        )

    def _make(self, owner: Owner, token: str) -> bool:
        folder, path = remote_quote(self._folder), remote_quote(self._path)
        script = (
            f"mkdir -p {folder} && mkdir {path} && echo {token} >{path}/token"
            f" && echo {remote_quote(owner.to_json())} >{path}/owner && date +%s >{path}/beat"
        )
        made = self._run(script)
        if made.ok:
            return True
        there = self._run(f"[ -d {path} ]").ok
        if not there:
            evidence = (made.stderr or made.stdout).strip()[:200]
            raise HarnessError(f"{self._connection.serial}: {self._folder} cannot be written: {evidence}")
        return False

    def _release(self, token: str) -> None:
        path = remote_quote(self._path)
        self._run(f'[ "$(cat {path}/token 2>/dev/null)" = {token} ] && rm -rf {path}')

    def remove(self) -> None:
        """Take the marker away, whoever's it is."""
        old = remote_quote(f"{self._path}-{new_token()[:8]}")
        # Moved first: of two computers that both find it stale, one moves it.
        self._run(f"mv {remote_quote(self._path)} {old} && rm -rf {old}")

    def _run(self, script: str) -> ShellResult:
        """Run what may be run twice: a folder made by us is found to be ours."""
        return self._connection.repeat(lambda: self._connection.shell(script, timeout_s=30.0))
