"""Settings that are changed and put back: remembered on this computer before the phone is touched."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from harness.adb.base import BaseConnection
from harness.adb.errors import AdbFailure, CommandTimeout, ConnectionLost, PhoneNotReady
from harness.devices.android.ask import ask
from harness.devices.android.kept import write_whole
from harness.devices.android.settings import SETTINGS, Setting
from harness.errors import HarnessError

__all__ = ["Change", "ChangedSettings", "read_changes"]

_PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True)
class Change:
    """The value a setting had, and the one harness gave it."""

    before: str
    during: str


_ADAPTER = TypeAdapter(dict[str, Change])


def read_changes(path: Path) -> Mapping[str, Change]:
    """What a recovery file remembers, by the setting's name. Raises HarnessError for a damaged file."""
    try:
        return _ADAPTER.validate_json(path.read_bytes(), strict=True)
    except FileNotFoundError:
        return {}
    except (OSError, ValidationError) as error:
        raise HarnessError(
            f"{path} should say which settings of a phone must be put back, and cannot be read",
            next_step="look at stay-awake in the phone's developer options, then remove the file",
        ) from error


class ChangedSettings:
    """The settings of one phone that are not as they were found."""

    def __init__(self, connection: BaseConnection, path: Path, *, on_notice: Callable[[str], None]) -> None:
        self._connection = connection
        self._path = path
        self._on_notice = on_notice
        self.restored: dict[str, Change] = {}
        """What was put back until now."""

    def change(self, setting: Setting) -> bool:
        """Give a setting the value that is good for measuring; a phone that has it already is left alone.

        False where the phone has no such setting, or did not take the value.
        """
        before = self._connection.repeat(lambda: self._value(setting))
        if before is None or (before == setting.wanted and setting.tells):
            return before is not None
        self._remember({**read_changes(self._path), setting.name: Change(before, setting.wanted)})
        script = setting.script(setting.wanted)
        result = self._connection.repeat(lambda: self._connection.shell(script, timeout_s=30.0))
        if not result.ok:
            evidence = (result.stderr or result.stdout).strip()[:120] or f"exit code {result.exit_code}"
            self._on_notice(f"{self._connection.serial}: {setting.name} could not be set: {evidence}")
        return result.ok

    def restore(self) -> None:
        """Put back everything that is remembered; what cannot be put back now is kept for the next time.

        A setting that has another value than harness gave it was changed by
        somebody since, and is left alone.
        """
        for name, change in read_changes(self._path).items():
            try:
                if name in SETTINGS and self._put_back_patiently(SETTINGS[name], change):
                    self.restored[name] = change
            except (AdbFailure, PhoneNotReady) as error:
                self._on_notice(
                    f"{self._connection.serial}: {name} could not be put back to {change.before!r}"
                    f" ({error.message}); it will be when harness next reaches the phone,"
                    f" or now: harness devices clean {self._connection.serial}"
                )
                return
            self._forget(name)

    def _put_back_patiently(self, setting: Setting, change: Change) -> bool:
        """Once more with a new link when this one breaks; whether the setting was touched."""
        try:
            return self._put_back(setting, change)
        except (ConnectionLost, CommandTimeout, PhoneNotReady):
            self._connection.reconnect_patiently(_PATIENCE_S)
            return self._put_back(setting, change)

    def _put_back(self, setting: Setting, change: Change) -> bool:
        value = self._value(setting)
        if value is None:
            raise AdbFailure("the phone does not tell its value")
        if setting.tells and value != change.during:
            return False
        try:
            script = setting.script(change.before)
        except ValueError:
            self._on_notice(f"{self._path}: {change.before[:20]!r} is no value of {setting.name}")
            return False
        result = self._connection.shell(script, timeout_s=30.0)
        if not result.ok:
            evidence = (result.stderr or result.stdout).strip()[:120] or f"exit code {result.exit_code}"
            raise AdbFailure(evidence)
        return True

    def _value(self, setting: Setting) -> str | None:
        return setting.read(ask(self._connection, {"value": setting.question})["value"])

    def _remember(self, changes: Mapping[str, Change]) -> None:
        write_whole(self._path, json.dumps({name: asdict(change) for name, change in changes.items()}))

    def _forget(self, name: str) -> None:
        left = {each: change for each, change in read_changes(self._path).items() if each != name}
        if left:
            self._remember(left)
        else:
            self._path.unlink(missing_ok=True)
