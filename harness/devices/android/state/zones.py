"""The kernel's thermal zones and cooling devices: what there is on phones without a thermal HAL. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from harness.devices.android.ask import Answer, read_files
from harness.records.launch import DeviceState

__all__ = ["ThermalZones", "kind_of_sensor", "parse_zones"]

_THERMAL = "/sys/class/thermal"

# Zone names are the vendor's own. Tensor and Exynos chips name zones by cluster (BIG, MID, LITTLE) and G3D.
# A skin sensor comes first: `VIRTUAL-SKIN-GPU` is the skin as the GPU heats it.
_KINDS = (
    ("skin", re.compile(r"skin|quiet|shell|^case|back[-_]therm|front[-_]therm", re.IGNORECASE)),
    ("gpu", re.compile(r"gpu|g3d|kgsl|mali", re.IGNORECASE)),
    ("battery", re.compile(r"batt|^bat$|^bms|^charger", re.IGNORECASE)),
    ("cpu", re.compile(r"cpu|^ap$|^big|^mid$|^little|^cluster|gold|silver|prime|apss", re.IGNORECASE)),
)
_SLOWS_PROCESSORS = re.compile(r"cpu|gpu|kgsl|mali|devfreq", re.IGNORECASE)

_SENSIBLE_C = (-30.0, 150.0)

_FACT = re.compile(
    rf"^{_THERMAL}/(?P<folder>thermal_zone|cooling_device)(?P<number>\d{{1,4}})"
    r"/(?P<name>type|temp|cur_state)=(?P<value>.*?)\s*$"
)


class ThermalZones:
    """The hottest zone of each kind, and the cooling devices that are at work."""

    name = "thermal zones"
    without = "how warm the phone is is not recorded; a wait for it to cool goes by the status alone"
    question = read_files(
        f"{_THERMAL}/thermal_zone*/type",
        f"{_THERMAL}/thermal_zone*/temp",
        f"{_THERMAL}/cooling_device*/type",
        f"{_THERMAL}/cooling_device*/cur_state",
    )

    def read(self, answer: Answer, state: DeviceState) -> DeviceState:
        """Zones fill what the thermal HAL did not give, kind by kind."""
        hottest: dict[str, float] = {}
        for name, value in parse_zones(answer.text).items():
            kind = kind_of_sensor(name)
            if kind is not None:
                hottest[kind] = max(value, hottest.get(kind, value))
        known = {**hottest, **dict(state.zone_temperature_c)}
        return replace(
            state,
            zone_temperature_c=tuple(sorted(known.items())),
            temperature_c=known.get("cpu", state.temperature_c),
            cooling=_cooling(answer.text),
        )

    def show(self, state: DeviceState) -> str | None:
        """As `cpu 37.0 °C, skin 31.0 °C`."""
        return ", ".join(f"{kind} {value:.1f} °C" for kind, value in state.zone_temperature_c) or None


def kind_of_sensor(name: str) -> str | None:
    """What a sensor of this name measures: cpu, gpu, battery, skin; None for other things."""
    return next((kind for kind, names in _KINDS if names.search(name)), None)


def parse_zones(text: str) -> dict[str, float]:
    """Temperature in °C by the zone's name; the hotter one where two have the same name."""
    zones: dict[str, float] = {}
    for facts in _by_number(text, "thermal_zone").values():
        value = _celsius(facts.get("temp", ""))
        if "type" in facts and value is not None:
            zones[facts["type"]] = max(value, zones.get(facts["type"], value))
    return zones


def _celsius(text: str) -> float | None:
    """Zones are in thousandths of a degree mostly, some in tenths or in degrees: the range tells which.

    0 is what sensors that are not there give.
    """
    if not re.fullmatch(r"-?\d{1,9}", text) or int(text) == 0:
        return None
    value = float(text)
    celsius = value / 1000 if abs(value) >= 1000 else value / 10 if abs(value) >= 200 else value
    return celsius if _SENSIBLE_C[0] <= celsius <= _SENSIBLE_C[1] else None


def _cooling(text: str) -> tuple[tuple[str, int], ...]:
    """The state of each cooling device that slows processors; their numbers tell equal ones apart."""
    found = []
    for number, facts in sorted(_by_number(text, "cooling_device").items()):
        kind, state = facts.get("type", ""), facts.get("cur_state", "")
        if _SLOWS_PROCESSORS.search(kind) and re.fullmatch(r"\d{1,6}", state):
            found.append((f"{kind[:60]} #{number}", int(state)))
    return tuple(found)


def _by_number(text: str, folder: str) -> dict[int, Mapping[str, str]]:
    found: dict[int, dict[str, str]] = {}
    for line in text.splitlines():
        match = _FACT.match(line)
        if match and match["folder"] == folder:
            found.setdefault(int(match["number"]), {})[match["name"]] = match["value"]
    return dict(found)
