"""Screen and power saving, which change what the scheduler and the clocks do. Pure."""

from __future__ import annotations

import re
from dataclasses import replace

from harness.devices.android.ask import Answer
from harness.records.launch import DeviceState

__all__ = ["PowerSave", "Screen"]


class Screen:
    """Whether the phone is awake with its screen on."""

    name = "screen"
    question = "dumpsys power | grep mWakefulness="
    without = "a sleeping phone goes unseen: keep it awake"

    def read(self, answer: Answer, state: DeviceState) -> DeviceState:
        """Awake is on; Asleep, Dozing and Dreaming are not."""
        match = re.search(r"mWakefulness=(Awake|Asleep|Dozing|Dreaming)\b", answer.text)
        return replace(state, screen_on=match[1] == "Awake") if match else state

    def show(self, state: DeviceState) -> str | None:
        """As `on`."""
        return None if state.screen_on is None else "on" if state.screen_on else "off"


class PowerSave:
    """Whether the battery saver is on."""

    name = "power saver"
    question = "settings get global low_power"
    without = "the battery saver goes unseen: switch it off"

    def read(self, answer: Answer, state: DeviceState) -> DeviceState:
        """1 is on; 0, and a setting that was never made, are off."""
        words = answer.text.split()
        if words[:1] not in (["0"], ["1"], ["null"]):
            return state
        return replace(state, power_save=words[0] == "1")

    def show(self, state: DeviceState) -> str | None:
        """As `off`."""
        return None if state.power_save is None else "on" if state.power_save else "off"
