"""Thermal status and sensors as Android's thermal service has them (Android 10 and later). Pure."""

from __future__ import annotations

import re
from dataclasses import replace

from harness.devices.android.ask import Answer
from harness.devices.android.state.zones import kind_of_sensor
from harness.records.launch import DeviceState

__all__ = ["STATUS_NAMES", "ThermalService"]

STATUS_NAMES = ("none", "light", "moderate", "severe", "critical", "emergency", "shutdown")
"""android.os.PowerManager: THERMAL_STATUS_NONE 0 to THERMAL_STATUS_SHUTDOWN 6."""

# android.os.Temperature: TYPE_CPU 0, GPU 1, BATTERY 2, SKIN 3. Some vendors count from elsewhere, so the
# number counts only where the name says nothing.
_KINDS = {0: "cpu", 1: "gpu", 2: "battery", 3: "skin"}

_TEMPERATURE = re.compile(
    r"Temperature\{mValue=(?P<value>-?\d+(?:\.\d+)?), mType=(?P<type>\d{1,9})"
    r"(?:, mName=(?P<name>[^,}]{1,80}))?"
)
_SENSIBLE_C = (-30.0, 150.0)


class ThermalService:
    """The status apps are told, whether it is pretended, and the temperatures of the thermal HAL."""

    name = "thermal status"
    question = "dumpsys thermalservice"
    without = "it needs Android 10; throttling is told by clocks, caps and cooling devices alone"

    def read(self, answer: Answer, state: DeviceState) -> DeviceState:
        """Status and override; temperatures from the HAL, else those the service remembers."""
        status = re.search(r"^\s*Thermal Status:\s*(\d)\s*$", answer.text, re.MULTILINE)
        override = re.search(r"^\s*IsStatusOverride:\s*(true|false)", answer.text, re.MULTILINE)
        hottest = _hottest(answer.text)
        known = int(status[1]) if status and int(status[1]) < len(STATUS_NAMES) else None
        return replace(
            state,
            thermal_status=known,
            thermal_override=override[1] == "true" if override else None,
            zone_temperature_c=tuple(sorted(hottest.items())) or state.zone_temperature_c,
            temperature_c=hottest.get("cpu", state.temperature_c),
        )

    def show(self, state: DeviceState) -> str | None:
        """As `0 (none)`."""
        if state.thermal_status is None:
            return None
        pretended = ", pretended" if state.thermal_override else ""
        return f"{state.thermal_status} ({STATUS_NAMES[state.thermal_status]}){pretended}"


def _hottest(text: str) -> dict[str, float]:
    """The highest value of each kind."""
    _, mark, now = text.partition("Current temperatures from HAL")
    hottest: dict[str, float] = {}
    for match in _TEMPERATURE.finditer(now if mark and "mValue" in now else text):
        kind = kind_of_sensor((match["name"] or "").strip()) or _KINDS.get(int(match["type"]))
        value = float(match["value"])
        # A sensor that is not there is often given as 0.
        if kind is not None and value != 0 and _SENSIBLE_C[0] <= value <= _SENSIBLE_C[1]:
            hottest[kind] = max(value, hottest.get(kind, value))
    return hottest
