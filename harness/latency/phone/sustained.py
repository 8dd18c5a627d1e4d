"""A trial that runs on a phone without a rest.

The tool prints no samples, so one long launch would hide how its times change.
Instead one script on the phone starts launches of ten seconds back to back:
each is a window, and only the start of a process and the loading of the model
lie between them. The phone's state is read from here meanwhile.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from harness.adb.errors import (
    AdbFailure,
    CommandTimeout,
    ConnectionLost,
    PhoneNotReady,
    TransferFailed,
)
from harness.adb.quoting import remote_command, remote_quote
from harness.devices.android.device import AndroidDevice
from harness.latency.benchmark_model.parse import parse_log
from harness.latency.phone.numbered_logs import appended, split_logs
from harness.latency.phone.room import Room
from harness.records.launch import DeviceState
from harness.records.sustained import SustainedRun, SustainedWindow
from harness.records.vocabulary import Status

__all__ = ["StateLog", "run_windows", "sustained_script", "windows_of"]

_LOGS, _STARTS = "logs", "starts"
_START_S = 15.0
"""Most time a window may take beyond its own, for starting and loading."""


def sustained_script(arguments: Sequence[str], *, folder: str, windows: int) -> str:
    """Run the command `windows` times; the first that fails ends it. Pure."""
    each = (
        f'read -r up rest </proc/uptime; echo "$i $up" >>{_STARTS};'
        f" {remote_command(*arguments)} >log 2>&1; s=$?; {appended('log', to=_LOGS, number='$i')};"
        " if [ $s -ne 0 ]; then break; fi"
    )
    numbers = " ".join(map(str, range(windows)))
    return f"cd {remote_quote(folder)} || exit 125; for i in {numbers}; do {each}; done"


def windows_of(
    starts: str, logs: dict[int, str], states: Sequence[tuple[float, DeviceState]], window_s: float
) -> tuple[tuple[SustainedWindow, ...], tuple[Status, str | None]]:
    """Windows that were measured, and how the run ended; a window without figures ends it. Pure.

    starts   lines of window and uptime in seconds
    states   seconds since the first window began, and the state then
    """
    times = {
        int(n): float(t) for n, t in re.findall(r"^(\d{1,6}) (\d{1,12}(?:\.\d+)?)\s*$", starts, re.MULTILINE)
    }
    found: list[SustainedWindow] = []
    for number in sorted(logs):
        log = parse_log(logs[number])
        if log.latency is None or log.latency.median_ms is None or number not in times:
            return tuple(found), (log.judgement.status, f"window {number + 1}: {log.judgement.reason}")
        start_s = times[number] - times[min(times)]
        state = _nearest(states, start_s + window_s)
        found.append(SustainedWindow(start_s, log.runs or 0, log.latency.median_ms, state))
        status, reason = log.judgement.status, log.judgement.reason
    return tuple(found), (status, reason) if found else (Status.FAILED, "no window was run")


def _nearest(states: Sequence[tuple[float, DeviceState]], at_s: float) -> DeviceState:
    return min(states, key=lambda each: abs(each[0] - at_s))[1] if states else DeviceState()


@dataclass(slots=True)
class StateLog:
    """The phone's state while the script runs. A reading that fails is one fewer, nothing else."""

    phone: AndroidDevice
    began: float = field(default_factory=time.monotonic)
    readings: list[tuple[float, DeviceState]] = field(default_factory=list)

    def read(self) -> None:
        """Add the state now."""
        try:
            state = self.phone.state()
        except (AdbFailure, PhoneNotReady):
            return
        self.readings.append((time.monotonic() - self.began, state))


def run_windows(
    run: SustainedRun, phone: AndroidDevice, room: Room, arguments: Sequence[str], *, windows: int
) -> tuple[SustainedRun, str]:
    """Carry the windows out; the record, and the logs of all of them.

    Raises ConnectionLost, PhoneNotReady where the phone went away for good.
    """
    states = StateLog(phone)
    script = sustained_script(arguments, folder=room.path, windows=windows)
    trouble: tuple[Status, str] | None = None
    try:
        room.run(
            script,
            timeout_s=windows * (run.window_s + _START_S),
            poll_s=run.window_s / 2,
            on_poll=states.read,
        )
    except CommandTimeout as error:
        trouble = Status.TIMED_OUT, error.message
    except (ConnectionLost, PhoneNotReady):
        raise
    except (TransferFailed, AdbFailure) as error:
        trouble = Status.FAILED, error.message
    text = room.text(_LOGS)
    found, ended = windows_of(room.text(_STARTS), split_logs(text), states.readings, run.window_s)
    status, reason = trouble or ended
    return replace(run, status=status, reason=reason, windows=found), text
