"""Whether a phone's state before and after a launch lets the launch count. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.devices.android.state.thermal import STATUS_NAMES
from harness.devices.profile import Limits
from harness.records.launch import DeviceState

__all__ = ["contamination", "heat_reasons"]


def contamination(
    before: DeviceState, after: DeviceState, limits: Limits, *, baseline: DeviceState | None = None
) -> str | None:
    """Why a launch between two states must not count; None where nothing speaks against it.

    baseline    the state the session started with: a cap the cool phone always
                has is its own, not a sign of heat. None: caps are compared with
                the highest clock each cluster is made for.

    What a phone does not tell is no reason.
    """
    reasons = [*_heat(before, after, limits, baseline), *_power(before, after, limits)]
    return "; ".join(reasons) or None


def heat_reasons(
    state: DeviceState, limits: Limits, *, baseline: DeviceState | None = None
) -> tuple[str, ...]:
    """The reasons that pass by waiting, in one state alone."""
    return tuple(_heat(state, state, limits, baseline))


def _heat(
    before: DeviceState, after: DeviceState, limits: Limits, baseline: DeviceState | None
) -> Iterator[str]:
    worst = max((s for s in (before.thermal_status, after.thermal_status) if s is not None), default=0)
    if worst > limits.thermal_status:
        yield f"thermal status {worst} ({STATUS_NAMES[worst]})"
    allowed = dict(baseline.cluster_cap_khz) if baseline else dict(after.cluster_max_khz)
    yield from _caps(dict(before.cluster_cap_khz), dict(after.cluster_cap_khz), allowed)
    rest = dict(baseline.cooling) if baseline else {}
    slowed = {name: level for name, level in (*before.cooling, *after.cooling) if level > rest.get(name, 0)}
    for name, level in slowed.items():
        yield f"cooling device {name} at {level}"
        break  # one says enough: each cluster has its own


def _caps(before: Mapping[str, int], after: Mapping[str, int], allowed: Mapping[str, int]) -> Iterator[str]:
    for cluster in after:
        cap_khz, was_khz = after[cluster], before.get(cluster, after[cluster])
        least_khz = min(cap_khz, was_khz)
        if least_khz < allowed.get(cluster, least_khz):
            yield f"clock of cpu{cluster} capped at {least_khz / 1e6:.2f} of {allowed[cluster] / 1e6:.2f} GHz"
        elif cap_khz != was_khz:
            yield f"cap of cpu{cluster} changed from {was_khz / 1e6:.2f} to {cap_khz / 1e6:.2f} GHz"


def _power(before: DeviceState, after: DeviceState, limits: Limits) -> Iterator[str]:
    if after.thermal_override or before.thermal_override:
        yield "the thermal status is pretended (override-status)"
    if after.power_save or before.power_save:
        yield "the battery saver is on"
    level = after.battery_percent
    if level is not None and level < limits.battery_percent and not after.charging:
        yield f"battery at {level:.0f} %, below {limits.battery_percent} %"
    if None not in (before.screen_on, after.screen_on) and before.screen_on != after.screen_on:
        yield f"the screen went {'on' if after.screen_on else 'off'}"
