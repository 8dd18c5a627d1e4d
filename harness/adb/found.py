"""Phones that are connected, and which of them is meant. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from harness.adb.errors import PhoneNotReady
from harness.adb.state import PhoneState, parse_state

__all__ = ["FoundPhone", "choose_phone", "is_one_of", "one_phone", "parse_devices"]


@dataclass(frozen=True, slots=True)
class FoundPhone:
    """One phone as the adb server lists it. Models have `_` where the phone has spaces."""

    serial: str
    state: PhoneState
    model: str | None = None
    device: str | None = None

    @property
    def is_network(self) -> bool:
        """Whether it is reached over the network, by HOST:PORT or wireless debugging."""
        return ":" in self.serial or self.serial.endswith("._tcp")

    def __str__(self) -> str:
        name = f" ({self.model.replace('_', ' ')})" if self.model else ""
        return f"{self.serial}{name}: {self.state}"


def parse_devices(listed: str, detailed: str) -> tuple[FoundPhone, ...]:
    """The phones in the two lists of an adb server, `host:devices` and `host:devices-l`. Pure.

    Serial numbers of wireless debugging may hold blanks, `adb-0A1B2C (2)._adb-tls-connect._tcp`: only the
    first list says where they end.
    """
    details = detailed.splitlines()
    found = []
    for line in listed.splitlines():
        serial, tab, state = line.partition("\t")
        if tab and serial:
            rest = next((each for each in details if each.startswith(f"{serial} ")), "")[len(serial) :]
            tags = dict(word.split(":", 1) for word in rest.split() if ":" in word)
            found.append(FoundPhone(serial, parse_state(state), tags.get("model"), tags.get("device")))
    return tuple(found)


def one_phone(found: Sequence[FoundPhone], own: Mapping[str, str]) -> FoundPhone | None:
    """The best way to the one phone that all of `found` lead to; None where they are several.

    own    the phone's own serial number, by the name adb has for each way to it
    """
    numbers = {own.get(phone.serial) for phone in found}
    if len(numbers) != 1 or None in numbers:
        return None
    return min(found, key=lambda phone: (phone.is_network, phone.serial))


def choose_phone(
    found: Sequence[FoundPhone],
    *,
    wanted: str,
    serial: str | None = None,
    models: Sequence[str] = (),
    own_serials: Callable[[Sequence[FoundPhone]], Mapping[str, str]] = lambda phones: {},
) -> FoundPhone:
    """The one phone that is meant, ready to be used.

    `serial` decides where it is given, else the models of the profile; a phone
    that is not ready hides its model, so it counts when nothing else fits.
    Several that are one phone, by `own_serials`, are that phone, over USB where it is.
    Raises PhoneNotReady: absent, ambiguous with the candidates, or its state.
    """
    if serial is not None:
        fitting = [phone for phone in found if phone.serial == serial]
    else:
        fitting = [phone for phone in found if _is_model(phone, models)]
        fitting = fitting or [phone for phone in found if phone.model is None]
    ready = [phone for phone in fitting if phone.state is PhoneState.READY]
    if len(ready) == 1:
        return ready[0]
    same = one_phone(ready, own_serials(ready)) if ready else None
    if same is not None:
        return same
    if len(fitting) > 1:
        raise PhoneNotReady(wanted, PhoneState.AMBIGUOUS, detail="; ".join(map(str, fitting)))
    if fitting:
        raise PhoneNotReady(f"{wanted} ({fitting[0].serial})", fitting[0].state)
    others = f"connected: {'; '.join(map(str, found))}" if found else None
    raise PhoneNotReady(wanted, PhoneState.ABSENT, detail=others)


def _is_model(phone: FoundPhone, models: Sequence[str]) -> bool:
    return not models or any(is_one_of(name, models) for name in (phone.model, phone.device))


def is_one_of(name: str | None, patterns: Sequence[str]) -> bool:
    """Whether a model's name is one of those wanted; `*` and `?` are wildcards, case does not count.

    The adb server writes `_` for all but letters and digits, so both sides are
    compared in that form.
    """
    if name is None:
        return False
    plain = _as_listed(name)
    return any(fnmatchcase(plain, _as_listed(pattern)) for pattern in patterns)


def _as_listed(name: str) -> str:
    return re.sub(r"[^a-z0-9*?]", "_", name.casefold())
