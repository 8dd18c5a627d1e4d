"""Whether a phone's state before and after a launch lets the launch count. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from harness.devices.android.state.thermal import STATUS_NAMES
from harness.devices.profile import Limits
from harness.records.launch import DeviceState

__all__ = ["check_behind", "contamination", "heat_reasons"]

_Reason = tuple[str, str]
"""The preflight check it belongs to, and the evidence."""


def contamination(
    before: DeviceState,
    after: DeviceState,
    limits: Limits,
    *,
    baseline: DeviceState | None = None,
    allow: Collection[str] = (),
) -> str | None:
    """Why a launch between two states must not count; None where nothing speaks against it.

    baseline    the state the session started with: a cap the cool phone always
                has is its own, not a sign of heat. None: caps are compared with
                the highest clock each cluster is made for.
    allow       codes of preflight checks that may fail. Who allows `thermal-status`
                wants a throttled phone measured: its caps and cooling devices count too.

    What a phone does not tell is no reason.
    """
    found = (*_heat(before, after, limits, baseline), *_power(before, after, limits))
    return "; ".join(evidence for code, evidence in found if code not in allow) or None


def heat_reasons(
    state: DeviceState,
    limits: Limits,
    *,
    baseline: DeviceState | None = None,
    allow: Collection[str] = (),
) -> tuple[str, ...]:
    """The reasons that pass by waiting, in one state alone."""
    return tuple(evidence for code, evidence in _heat(state, state, limits, baseline) if code not in allow)


def check_behind(contaminated: str) -> str | None:
    """The code of the preflight check that the first of the reasons belongs to."""
    return next((code for start, code in _STARTS if contaminated.startswith(start)), None)


_STARTS = (
    ("thermal status ", "thermal-status"),
    ("clock of cpu", "thermal-status"),
    ("cap of cpu", "thermal-status"),
    ("cooling device ", "thermal-status"),
    ("the thermal status is pretended", "thermal-override"),
    ("the battery saver is on", "power-save"),
    ("battery at ", "battery-low"),
)


def _heat(
    before: DeviceState, after: DeviceState, limits: Limits, baseline: DeviceState | None
) -> Iterator[_Reason]:
    worst = max((s for s in (before.thermal_status, after.thermal_status) if s is not None), default=0)
    if worst > limits.thermal_status:
        yield "thermal-status", f"thermal status {worst} ({STATUS_NAMES[worst]})"
    allowed = dict(baseline.cluster_cap_khz) if baseline else dict(after.cluster_max_khz)
    for evidence in _caps(dict(before.cluster_cap_khz), dict(after.cluster_cap_khz), allowed):
        yield "thermal-status", evidence
    rest = dict(baseline.cooling) if baseline else {}
    slowed = {name: level for name, level in (*before.cooling, *after.cooling) if level > rest.get(name, 0)}
    for name, level in slowed.items():
        yield "thermal-status", f"cooling device {name} at {level}"
        break  # one says enough: each cluster has its own


def _caps(before: Mapping[str, int], after: Mapping[str, int], allowed: Mapping[str, int]) -> Iterator[str]:
    for cluster in after:
        cap_khz, was_khz = after[cluster], before.get(cluster, after[cluster])
        least_khz = min(cap_khz, was_khz)
        if least_khz < allowed.get(cluster, least_khz):
            yield f"clock of cpu{cluster} capped at {least_khz / 1e6:.2f} of {allowed[cluster] / 1e6:.2f} GHz"
        elif cap_khz != was_khz:
            yield f"cap of cpu{cluster} changed from {was_khz / 1e6:.2f} to {cap_khz / 1e6:.2f} GHz"


def _power(before: DeviceState, after: DeviceState, limits: Limits) -> Iterator[_Reason]:
    if after.thermal_override or before.thermal_override:
        yield "thermal-override", "the thermal status is pretended (override-status)"
    if after.power_save or before.power_save:
        yield "power-save", "the battery saver is on"
    level = after.battery_percent
    if level is not None and level < limits.battery_percent and not after.charging:
        yield "battery-low", f"battery at {level:.0f} %, below {limits.battery_percent} %"
    if None not in (before.screen_on, after.screen_on) and before.screen_on != after.screen_on:
        yield "screen", f"the screen went {'on' if after.screen_on else 'off'}"
