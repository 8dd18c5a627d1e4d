"""What else runs on the phone. Pure."""

from __future__ import annotations

import re
from dataclasses import replace

from harness.devices.android.ask import Answer
from harness.records.launch import DeviceState

__all__ = ["BUSY_QUESTION", "Load", "TopProcesses", "parse_busy_percent"]

_TOP = 3
_PROCESS = re.compile(r"^\s*\+?(?P<share>\d{1,5}(?:\.\d+)?)% \d+/(?P<name>\S[^:\n]{0,79})", re.MULTILINE)


class Load:
    """The kernel's load average. Many Android kernels count waiting drivers too: it is never 0 there."""

    name = "load"
    question = "cat /proc/loadavg"
    without = "other work is told by /proc/stat alone"

    def read(self, answer: Answer, state: DeviceState) -> DeviceState:
        """The average of the last minute."""
        match = re.match(r"\s*(\d{1,6}\.\d+) \d", answer.text)
        return replace(state, load_1m=float(match[1])) if match else state

    def show(self, state: DeviceState) -> str | None:
        """As `0.42`."""
        return None if state.load_1m is None else f"{state.load_1m:.2f}"


class TopProcesses:
    """The busiest processes as Android last counted them; asking for it starts no counting of its own."""

    name = "top processes"
    question = "dumpsys cpuinfo | head -n 12"
    without = "which apps ran beside a launch is not recorded"

    def read(self, answer: Answer, state: DeviceState) -> DeviceState:
        """The first three."""
        found = [(match["name"].strip(), float(match["share"])) for match in _PROCESS.finditer(answer.text)]
        return replace(state, top_processes=tuple(found[:_TOP]))

    def show(self, state: DeviceState) -> str | None:
        """As `system_server 12 %, surfaceflinger 3 %`."""
        return ", ".join(f"{name} {share:.0f} %" for name, share in state.top_processes) or None


BUSY_QUESTION = "grep '^cpu ' /proc/stat; sleep 1; grep '^cpu ' /proc/stat"
"""The script whose answer `parse_busy_percent` reads: the kernel's count of CPU time, twice."""


def parse_busy_percent(text: str) -> float | None:
    """Share of all cores' time that was not idle between two readings of /proc/stat; None: not told.

    Source: proc(5): user nice system idle iowait irq softirq steal.
    """
    readings = [
        [int(word) for word in line.split()[1:9]]
        for line in text.splitlines()
        if re.fullmatch(r"cpu(\s+\d{1,18}){8,10}\s*", line)
    ]
    if len(readings) != 2:
        return None
    before, after = readings
    passed = [late - early for early, late in zip(before, after, strict=True)]
    total = sum(passed)
    if total <= 0 or min(passed) < 0:
        return None
    return 100.0 * (total - passed[3] - passed[4]) / total
