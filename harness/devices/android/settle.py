"""Wait until a phone is cool: as long as it takes and no longer, up to a limit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from harness.devices.android.judge import heat_reasons
from harness.devices.profile import Limits
from harness.records.launch import DeviceState

__all__ = ["POLL_S", "Settled", "settle", "still_warm"]

POLL_S = 5.0
_NEAR_C = 2.0
"""A phone this little warmer than at the start is as cool as it was."""
_FLAT_C_PER_MIN = 0.5
"""A phone that cools more slowly than this has reached what this room allows."""
_FLAT_OVER_S = 30.0
"""The slope is taken over at least this long: sensors step by whole degrees."""
_BLIND_S = 30.0
"""How long a phone that tells neither status nor temperature is left alone."""

Reading = tuple[float, DeviceState]
"""Seconds since the wait began, and the state then."""


@dataclass(frozen=True, slots=True)
class Settled:
    """How a wait ended."""

    cool: bool
    waited_s: float
    reason: str | None
    """What still speaks against measuring; None where the phone is cool."""


def settle(
    read: Callable[[], DeviceState],
    limits: Limits,
    *,
    start: DeviceState,
    allow: Collection[str] = (),
    clock: Callable[[], float],
    sleep: Callable[[float], None],
    on_wait: Callable[[str], None] = lambda reason: None,
) -> Settled:
    """Poll every POLL_S until the phone is cool, `limits.cooldown_s` at most.

    start       the state of the cool phone at the start of the session
    allow       codes of preflight checks that may fail
    on_wait     called with the reason before each pause
    """
    began = clock()
    readings: list[Reading] = []
    while True:
        waited_s = clock() - began
        readings.append((waited_s, read()))
        reason = still_warm(readings, limits, start=start, allow=allow)
        if reason is None or waited_s >= limits.cooldown_s:
            return Settled(reason is None, waited_s, reason)
        on_wait(reason)
        sleep(min(POLL_S, limits.cooldown_s - waited_s))


def still_warm(
    readings: Sequence[Reading], limits: Limits, *, start: DeviceState, allow: Collection[str] = ()
) -> str | None:
    """Why the phone is not cool yet after these readings, the last one now. Pure.

    Cool: no status above the limit, no cap or cooling device at work, and the
    hottest CPU sensor within 2 °C of the start, or falling by less than
    0.5 °C a minute.
    """
    waited_s, now = readings[-1]
    reasons = heat_reasons(now, limits, baseline=start, allow=allow)
    if reasons:
        return "; ".join(reasons)
    if now.temperature_c is None or start.temperature_c is None:
        blind = now.thermal_status is None and waited_s < _BLIND_S
        return f"the phone tells no temperature; left alone for {_BLIND_S:.0f} s" if blind else None
    if now.temperature_c <= start.temperature_c + _NEAR_C or _is_flat(readings):
        return None
    return f"hottest CPU sensor {now.temperature_c:.1f} °C, {start.temperature_c:.1f} °C at the start"


def _is_flat(readings: Sequence[Reading]) -> bool:
    """Whether the temperature has changed by less than 0.5 °C a minute lately."""
    now_s, now = readings[-1]
    earlier = [(at_s, s.temperature_c) for at_s, s in readings if now_s - at_s >= _FLAT_OVER_S]
    if not earlier or now.temperature_c is None:
        return False
    then_s, then_c = earlier[-1]
    if then_c is None:
        return False
    return abs(now.temperature_c - then_c) * 60.0 / (now_s - then_s) < _FLAT_C_PER_MIN
