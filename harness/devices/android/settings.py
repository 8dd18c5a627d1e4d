"""Settings of a phone that harness changes: what each is now, how it is set, how it is put back. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Protocol

from harness.devices.android.ask import Answer
from harness.devices.android.state.power import Screen
from harness.records.launch import DeviceState

__all__ = ["FIXED_PERFORMANCE", "SCREEN", "SETTINGS", "STAY_AWAKE", "Setting"]


class Setting(Protocol):
    """One thing that can be set without root."""

    @property
    def name(self) -> str:
        """A word for it."""
        ...

    @property
    def wanted(self) -> str:
        """The value that is good for measuring."""
        ...

    @property
    def question(self) -> str:
        """The script whose answer `read` understands."""
        ...

    @property
    def tells(self) -> bool:
        """Whether the phone tells the value in force; else `read` gives the value every phone starts with."""
        ...

    def read(self, answer: Answer) -> str | None:
        """The value; None where the setting is not available."""
        ...

    def script(self, value: str) -> str:
        """The script that sets it. Raises ValueError for what is no value of it: values come from files."""
        ...


class _StayAwake:
    """Keep the screen on while power is plugged in."""

    name, wanted, tells = "stay awake", "7", True  # AC 1, USB 2, wireless 4
    question = "settings get global stay_on_while_plugged_in"

    def read(self, answer: Answer) -> str | None:
        value = answer.text.strip()
        return value if answer.ok and re.fullmatch(r"\d{1,2}|null", value) else None

    def script(self, value: str) -> str:
        if value == "null":
            return "settings delete global stay_on_while_plugged_in"
        if not re.fullmatch(r"\d{1,2}", value):
            raise ValueError(value)
        return f"settings put global stay_on_while_plugged_in {value}"


class _Screen:
    """The screen itself: a phone that sleeps puts its processes on fewer and slower cores."""

    name, wanted, tells = "screen", "on", True
    question = Screen.question

    def read(self, answer: Answer) -> str | None:
        return Screen().show(Screen().read(answer, DeviceState()))

    def script(self, value: str) -> str:
        key = "KEYCODE_WAKEUP" if _one_of(value, "on", "off") == "on" else "KEYCODE_SLEEP"
        return f"input keyevent {key}"


class _FixedPerformance:
    """Clocks held at a level the phone can sustain (Android 11, where the vendor supports it)."""

    name, wanted, tells = "fixed performance", "true", False
    question = "getprop ro.build.version.sdk"

    def read(self, answer: Answer) -> str | None:
        """Off, as after every start; None before Android 11."""
        sdk = answer.text.strip()
        return "false" if re.fullmatch(r"\d{1,3}", sdk) and int(sdk) >= 30 else None

    def script(self, value: str) -> str:
        return f"cmd power set-fixed-performance-mode-enabled {_one_of(value, 'true', 'false')}"


def _one_of(value: str, *known: str) -> str:
    if value not in known:
        raise ValueError(value)
    return value


STAY_AWAKE: Setting = _StayAwake()
SCREEN: Setting = _Screen()
FIXED_PERFORMANCE: Setting = _FixedPerformance()

SETTINGS: Mapping[str, Setting] = {each.name: each for each in (STAY_AWAKE, SCREEN, FIXED_PERFORMANCE)}
"""Every setting by its name, as recovery files have it."""
