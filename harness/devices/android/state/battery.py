"""Battery: level, charging, temperature, from `dumpsys battery`. Pure."""

from __future__ import annotations

import re
from dataclasses import replace

from harness.devices.android.ask import Answer
from harness.records.launch import DeviceState

__all__ = ["Battery"]

# android.os.BatteryManager: BATTERY_STATUS_CHARGING 2, DISCHARGING 3, NOT_CHARGING 4, FULL 5.
_CHARGING, _KNOWN = 2, (2, 3, 4, 5)

_SENSIBLE_C = (-30.0, 110.0)


class Battery:
    """The battery as Android's battery service has it."""

    name = "battery"
    question = "dumpsys battery"
    without = "a low or hot battery goes unseen"

    def read(self, answer: Answer, state: DeviceState) -> DeviceState:
        """Level in percent of the scale, plugs, temperature from tenths of a degree.

        A device without a battery has none of them: boards and boxes list one of level 0.
        """
        text = answer.text
        if "level:" not in text or _is_missing(text):
            return state
        level, scale, tenths = (_number(text, name) for name in ("level", "scale", "temperature"))
        plugs = re.findall(r"^\s*(?:AC|USB|Wireless|Dock) powered:\s*(true|false)", text, re.MULTILINE)
        status = _number(text, "status")
        return replace(
            state,
            battery_percent=_percent(level, scale),
            on_battery="true" not in plugs if plugs else None,
            charging=status == _CHARGING if status in _KNOWN else None,
            battery_temperature_c=_celsius(tenths),
            battery_override="UPDATES STOPPED" in text,
        )

    def show(self, state: DeviceState) -> str | None:
        """As `83 %, charging, 29.0 °C`."""
        if state.battery_percent is None:
            return None
        parts = [f"{state.battery_percent:.0f} %"]
        if state.charging is not None:
            parts.append("charging" if state.charging else "not charging")
        if state.battery_temperature_c is not None:
            parts.append(f"{state.battery_temperature_c:.1f} °C")
        if state.battery_override:
            parts.append("pretended")
        return ", ".join(parts)


def _is_missing(text: str) -> bool:
    if re.search(r"^\s*present:\s*false\s*$", text, re.MULTILINE):
        return True
    # A battery that exists has a voltage, however empty it is.
    return all(_number(text, name) == 0 for name in ("level", "voltage", "temperature"))


def _number(text: str, name: str) -> int | None:
    match = re.search(rf"^\s*{name}:\s*(-?\d{{1,6}})\s*$", text, re.MULTILINE)
    return int(match[1]) if match else None


def _percent(level: int | None, scale: int | None) -> float | None:
    scale = 100 if scale is None else scale
    if level is None or scale <= 0 or not 0 <= level <= scale:
        return None
    return 100.0 * level / scale


def _celsius(tenths: int | None) -> float | None:
    if tenths is None or not _SENSIBLE_C[0] <= tenths / 10 <= _SENSIBLE_C[1]:
        return None
    return tenths / 10
