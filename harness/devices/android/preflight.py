"""What makes a phone unfit to measure on, before anything is measured. Pure.

Each check has a code, which `--allow CODE` takes, and says how it would spoil the
numbers. What a phone does not tell fails no check.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from harness.devices.android.facts import PhoneFacts
from harness.devices.android.state.thermal import STATUS_NAMES
from harness.devices.profile import Limits
from harness.errors import UnfitError
from harness.records.launch import DeviceState

__all__ = ["CHECKS", "CODES", "Check", "Finding", "Situation", "failed_checks", "refuse"]

_HOT_BATTERY_C = 37.0
"""A battery at body temperature is being charged fast or has just worked; idle phones have 20 to 33 °C."""
_LEAST_FREE_BYTES = 500_000_000
_BUSY_PERCENT = 50.0
"""Background work of an idle phone comes and goes; with half of its cores taken launches share one."""


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything the checks look at."""

    serial: str
    facts: PhoneFacts
    state: DeviceState
    limits: Limits
    free_bytes: int | None = None
    """In the file system of the working folder."""
    busy_percent: float | None = None
    """Share of all cores that other work takes."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check. `failure` gives the evidence, or None where it passes."""

    code: str
    harm: str
    """How it spoils results."""
    next_step: str
    failure: Callable[[Situation], str | None]


@dataclass(frozen=True, slots=True)
class Finding:
    """A check that failed, with its evidence."""

    check: Check
    evidence: str

    def __str__(self) -> str:
        return f"{self.check.code}: {self.evidence}: {self.check.harm}; {self.check.next_step}"


def failed_checks(situation: Situation) -> tuple[Finding, ...]:
    """Every check that fails."""
    found = [(check, check.failure(situation)) for check in CHECKS]
    return tuple(Finding(check, evidence) for check, evidence in found if evidence is not None)


def refuse(name: str, findings: Sequence[Finding], *, allow: Collection[str]) -> tuple[Finding, ...]:
    """The findings that were allowed. Raises UnfitError naming every other one."""
    refused = [each for each in findings if each.check.code not in allow]
    if refused:
        lines = "".join(f"\n  {each}" for each in refused)
        flags = " ".join(f"--allow {each.check.code}" for each in refused)
        raise UnfitError(
            f"{name} is not fit to measure on:{lines}", next_step=f"or measure all the same: {flags}"
        )
    return tuple(findings)


def _battery_low(now: Situation) -> str | None:
    level = now.state.battery_percent
    if level is None or level >= now.limits.battery_percent or now.state.charging:
        return None
    return f"battery at {level:.0f} % (below {now.limits.battery_percent} %), not charging"


def _battery_override(now: Situation) -> str | None:
    return "the battery's readings are pretended" if now.state.battery_override else None


def _charging_hot(now: Situation) -> str | None:
    temperature_c = now.state.battery_temperature_c
    if not now.state.charging or temperature_c is None or temperature_c < _HOT_BATTERY_C:
        return None
    return f"charging, the battery has {temperature_c:.1f} °C"


def _thermal_status(now: Situation) -> str | None:
    status = now.state.thermal_status
    if status is None or status <= now.limits.thermal_status:
        return None
    return f"thermal status {status} ({STATUS_NAMES[status]})"


def _thermal_override(now: Situation) -> str | None:
    return "the thermal status is pretended" if now.state.thermal_override else None


def _clock_cap(now: Situation) -> str | None:
    highest = dict(now.state.cluster_max_khz)
    for cluster, cap_khz in now.state.cluster_cap_khz:
        top_khz = highest.get(cluster, cap_khz)
        if cap_khz < top_khz:
            return f"cpu{cluster} may run at {cap_khz / 1e6:.2f} of {top_khz / 1e6:.2f} GHz"
    return None


def _power_save(now: Situation) -> str | None:
    return "the battery saver is on" if now.state.power_save else None


def _emulator(now: Situation) -> str | None:
    return "this is Android's emulator" if now.facts.emulator else None


def _screen_off(now: Situation) -> str | None:
    return "the screen is off and could not be switched on" if now.state.screen_on is False else None


def _userland_32_bit(now: Situation) -> str | None:
    abis = now.facts.abis
    if now.facts.machine not in ("aarch64", "armv8l") or not abis or any("64" in abi for abi in abis):
        return None
    return f"a 64-bit processor under a 32-bit system ({', '.join(abis)})"


def _storage(now: Situation) -> str | None:
    if now.free_bytes is None or now.free_bytes >= _LEAST_FREE_BYTES:
        return None
    return f"{now.free_bytes / 1e6:.0f} MB free (below {_LEAST_FREE_BYTES / 1e6:.0f} MB)"


def _load(now: Situation) -> str | None:
    if now.busy_percent is None or now.busy_percent < _BUSY_PERCENT:
        return None
    busiest = ", ".join(name for name, _ in now.state.top_processes)
    return f"{now.busy_percent:.0f} % of all cores are busy" + (f" ({busiest})" if busiest else "")


def _build_type(now: Situation) -> str | None:
    kind = now.facts.properties.get("ro.build.type")
    return "a build of type eng" if kind == "eng" else None


CHECKS = (
    Check("battery-low", "the system lowers clocks to spare it", "charge it", _battery_low),
    Check(
        "battery-override",
        "a low or hot battery would go unseen",
        "adb shell dumpsys battery reset",
        _battery_override,
    ),
    Check(
        "charging-hot", "charging heats the phone until it throttles", "let it cool unplugged", _charging_hot
    ),
    Check("thermal-status", "the system throttles the processors", "let it cool", _thermal_status),
    Check(
        "thermal-override",
        "throttling would go unseen",
        "adb shell cmd thermalservice reset",
        _thermal_override,
    ),
    Check(
        "clock-cap", "the clock is limited, by heat or by a setting", "let it cool, or restart it", _clock_cap
    ),
    Check(
        "power-save",
        "the battery saver lowers clocks",
        "adb shell settings put global low_power 0",
        _power_save,
    ),
    Check("emulator", "its times say nothing of a phone", "measure on a phone", _emulator),
    Check("screen-off", "a sleeping phone uses fewer and slower cores", "wake and unlock it", _screen_off),
    Check(
        "32-bit", "models run in 32-bit code, which is slower", "install a 64-bit system", _userland_32_bit
    ),
    Check("storage", "models may not fit, and full flash is slow", "free space on the phone", _storage),
    Check("load", "other work takes turns on the cores", "close apps, wait for updates to end", _load),
    Check("eng-build", "the system's own code is built for debugging", "use a user build", _build_type),
)

CODES = tuple(check.code for check in CHECKS)
"""Every code, as `--allow` takes them."""
