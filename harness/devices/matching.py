"""Which profile describes a phone that is connected. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from harness.adb.found import is_one_of
from harness.devices.profile import GENERIC, DeviceProfile, Match
from harness.errors import ProfileError

__all__ = ["mismatch", "profile_for"]


def profile_for(
    properties: Mapping[str, str], serial: str, profiles: Mapping[str, DeviceProfile]
) -> DeviceProfile:
    """The profile that fits a phone best: by serial number, else by model, else by device, else `android`.

    A profile with a serial number fits no other phone. Raises ProfileError where
    several fit equally well.
    """
    ranks = {name: _rank(profile.match, properties, serial) for name, profile in profiles.items()}
    best = max(ranks.values(), default=0)
    fitting = [name for name, rank in ranks.items() if rank == best]
    if best == 0:
        return profiles[GENERIC]
    if len(fitting) > 1:
        raise ProfileError(
            f"{serial}: several profiles fit this phone: {', '.join(sorted(fitting))}",
            next_step=f"name one: --device {sorted(fitting)[0]}",
        )
    return profiles[fitting[0]]


def _rank(match: Match, properties: Mapping[str, str], serial: str) -> int:
    if match.serial is not None:
        return 3 if match.serial in (serial, properties.get("ro.serialno")) else 0
    if is_one_of(properties.get("ro.product.model"), match.model):
        return 2
    return 1 if is_one_of(properties.get("ro.product.device"), match.device) else 0


def mismatch(profile: DeviceProfile, properties: Mapping[str, str]) -> str | None:
    """Why a phone is not the one its profile describes; None where it is, or does not tell what it is."""
    model, device = properties.get("ro.product.model"), properties.get("ro.product.device")
    if model is None or not profile.match.names:
        return None
    if is_one_of(model, profile.match.model) or is_one_of(device, profile.match.device):
        return None
    return f"it is a {model!r}, and the profile {profile.name} describes {profile.title}"
