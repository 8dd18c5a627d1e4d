"""The state a simulated phone is in: battery, heat, clocks, settings."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from harness.simulated_phone.faults import Fault
from harness.simulated_phone.model import Cluster

__all__ = ["Condition"]

_COOL_C = 31.0
_STEP_C = 6.0
_CAP_STEP = 0.15
"""Each step of thermal status takes this share of the clock away."""


class Condition:
    """Changes with work and rest, as the faults have it."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self._faults = faults
        self._lock = threading.Lock()
        self._busy_s = 0.0
        self._rested_since = time.monotonic()
        self._working_since: float | None = None
        self.thermal_override: int | None = None
        self.fixed_performance = False
        self.awake = True
        self.settings = {
            "global": {"low_power": "0", "stay_on_while_plugged_in": "0", "airplane_mode_on": "0"},
            "system": {"screen_brightness": "102", "screen_off_timeout": "30000"},
            "secure": {},
        }

    @contextmanager
    def working(self) -> Iterator[None]:
        """The block heats the phone."""
        with self._lock:
            now = time.monotonic()
            # It has cooled while it rested: work begins from there, not from the heat of before.
            self._busy_s = max(0.0, self._busy_s - (now - self._rested_since))
            self._working_since = now
        try:
            yield
        finally:
            with self._lock:
                now = time.monotonic()
                self._busy_s += now - (self._working_since or now)
                self._working_since, self._rested_since = None, now

    def rebooted(self) -> None:
        """What a reboot forgets. Settings stay."""
        self.thermal_override, self.fixed_performance, self.awake = None, False, True

    @property
    def busy_s(self) -> float:
        """How long benchmarks have run."""
        with self._lock:
            working = self._working_since
            return self._busy_s + (time.monotonic() - working if working is not None else 0.0)

    @property
    def heat(self) -> int:
        """The true thermal status, whatever an override says."""
        busy_s = self.busy_s
        with self._lock:
            rests = self._working_since is None
            idle_s = time.monotonic() - self._rested_since if rests else 0.0
        return max((fault.throttling(busy_s, idle_s) for fault in self._faults), default=0)

    @property
    def thermal_status(self) -> int:
        """What apps are told."""
        return self.heat if self.thermal_override is None else self.thermal_override

    @property
    def speed(self) -> float:
        """The share of the full clock that is left."""
        return 1.0 - _CAP_STEP * self.heat

    def temperature_c(self, zone: str) -> float:
        """What a zone's sensor shows."""
        offset = {"cpu": 6.0, "gpu": 4.0, "skin": 0.0, "battery": -2.0}
        return _COOL_C + offset[zone] + _STEP_C * self.heat

    def cap_khz(self, cluster: Cluster) -> int:
        """The highest clock a cluster may have now."""
        allowed = [step for step in cluster.frequencies_khz if step <= cluster.max_khz * self.speed]
        return allowed[-1] if allowed else cluster.frequencies_khz[0]

    @property
    def battery_percent(self) -> int:
        """The level."""
        return next((level for fault in self._faults if (level := fault.battery_percent()) is not None), 83)

    @property
    def charging(self) -> bool:
        """A phone on USB charges, unless its battery is to be low."""
        return all(fault.battery_percent() is None for fault in self._faults)
