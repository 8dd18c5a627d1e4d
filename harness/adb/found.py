"""Phones that are connected, and which of them is meant. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.adb.errors import PhoneNotReady
from harness.adb.state import PhoneState

__all__ = ["FoundPhone", "choose_phone"]


@dataclass(frozen=True, slots=True)
class FoundPhone:
    """One phone as the adb server lists it. Models have `_` where the phone has spaces."""

    serial: str
    state: PhoneState
    model: str | None = None
    device: str | None = None

    def __str__(self) -> str:
        name = f" ({self.model.replace('_', ' ')})" if self.model else ""
        return f"{self.serial}{name}: {self.state}"


def choose_phone(
    found: Sequence[FoundPhone], *, wanted: str, serial: str | None = None, models: Sequence[str] = ()
) -> FoundPhone:
    """The one phone that is meant, ready to be used.

    `serial` decides where it is given, else the models of the profile; a phone
    that is not ready hides its model, so it counts when nothing else fits.
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
    if len(fitting) > 1:
        raise PhoneNotReady(wanted, PhoneState.AMBIGUOUS, detail="; ".join(map(str, fitting)))
    if fitting:
        raise PhoneNotReady(f"{wanted} ({fitting[0].serial})", fitting[0].state)
    others = f"connected: {'; '.join(map(str, found))}" if found else None
    raise PhoneNotReady(wanted, PhoneState.ABSENT, detail=others)


def _is_model(phone: FoundPhone, models: Sequence[str]) -> bool:
    if not models:
        return True
    known = {name.replace(" ", "_").casefold() for name in models}
    return any(name is not None and name.casefold() in known for name in (phone.model, phone.device))
