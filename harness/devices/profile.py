"""Device profiles: the YAML files in `devices/`, validated at the edge."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import platformdirs
import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from harness.devices.android.topology import Cluster, Topology
from harness.errors import ProfileError, UnknownNameError
from harness.records.vocabulary import Delegate, Runtime
from harness.resources import bundled_path

__all__ = [
    "GENERIC",
    "OWN_PROFILES_VARIABLE",
    "Defaults",
    "DeviceProfile",
    "Limits",
    "Match",
    "MeasuredDelegate",
    "ProfileCluster",
    "find_profile",
    "is_profile_file",
    "load_profile",
    "load_profiles",
    "users_profile_folder",
]

OWN_PROFILES_VARIABLE = "HARNESS_DEVICES"

GENERIC = "android"
"""The profile of phones that no other one matches."""

_MAX_PROFILE_BYTES = 64 * 1024

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
Connection = Annotated[
    str,
    StringConstraints(
        pattern=r"^(local|auto|server|usb|simulated:[a-z0-9]{1,32}|tcp://[A-Za-z0-9.\-\[\]:]+:\d{1,5})$"
    ),
]
Serial = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:\-\[\]]{1,128}$")]
Threads = Annotated[int, Field(ge=1, le=256)]


def _measured(delegate: Delegate) -> Delegate:
    if delegate.imported_only:
        raise ValueError(f"harness measures nothing with {delegate} yet; it only reads logs of it")
    return delegate


MeasuredDelegate = Annotated[Delegate, AfterValidator(_measured)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Match(_Strict):
    """How a phone is recognised; a profile that names nothing fits any phone.

    model   `ro.product.model` is one of these; `*` and `?` stand for any characters
    device  `ro.product.device` is one of these
    serial  its serial number, or HOST:PORT: decides where it is given
    """

    model: tuple[str, ...] = ()
    device: tuple[str, ...] = ()
    serial: Serial | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Models and devices together."""
        return self.model + self.device


class ProfileCluster(_Strict):
    """Cores of one kind, the slowest cluster first; used only where the phone does not tell its own."""

    cpus: Annotated[tuple[Annotated[int, Field(ge=0, lt=1024)], ...], Field(min_length=1)]
    max_khz: Annotated[int, Field(gt=0)] | None = None


class Defaults(_Strict):
    """What is measured when no option says otherwise."""

    delegates: tuple[MeasuredDelegate, ...] = (Delegate.CPU,)
    threads: tuple[Threads, ...] = (1,)


class Limits(_Strict):
    """When the device's state spoils a measurement."""

    battery_percent: Annotated[int, Field(ge=0, le=100)] = 25
    thermal_status: Annotated[int, Field(ge=0, le=6)] = 0
    cooldown_s: Annotated[float, Field(ge=0, le=3600)] = 600.0


class DeviceProfile(_Strict):
    """One device as its profile describes it."""

    name: Name
    title: str
    match: Match = Match()
    soc: str | None = None
    abi: str | None = None
    clusters: tuple[ProfileCluster, ...] = ()
    connection: Connection = "auto"
    runtimes: tuple[Runtime, ...]
    delegates: tuple[MeasuredDelegate, ...]
    defaults: Defaults = Defaults()
    limits: Limits = Limits()
    notes: str | None = None

    @property
    def is_local(self) -> bool:
        """Whether this is the computer harness runs on."""
        return self.connection == "local"

    @property
    def is_simulated(self) -> bool:
        """Whether it is a phone that harness simulates."""
        return self.connection.startswith("simulated:")

    @property
    def topology(self) -> Topology:
        """The clusters as the profile has them."""
        return Topology(tuple(Cluster(each.cpus, max_khz=each.max_khz) for each in self.clusters))


def load_profile(path: Path) -> DeviceProfile:
    """Read and validate one profile. Raises ProfileError naming the file and the key."""
    try:
        if path.stat().st_size > _MAX_PROFILE_BYTES:
            raise ProfileError(f"{path}: larger than {_MAX_PROFILE_BYTES} bytes, no device profile")
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ProfileError(f"{path}: cannot be read as a device profile: {_one_line(error)}") from error
    try:
        return DeviceProfile.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the document"
        raise ProfileError(f"{path}: {where}: {first['msg']}") from error


def load_profiles(folder: Path | None = None) -> Mapping[str, DeviceProfile]:
    """Every profile by name: those of one folder, or the bundled ones with the user's own laid over them."""
    if folder is None:
        return {**load_profiles(bundled_path("devices")), **load_profiles(users_profile_folder())}
    profiles = [load_profile(path) for path in sorted(folder.glob("*.yaml"))]
    return {profile.name: profile for profile in profiles}


def users_profile_folder() -> Path:
    """Where the user's own profiles lie: HARNESS_DEVICES, else the system's place for settings."""
    named = os.environ.get(OWN_PROFILES_VARIABLE)
    return Path(named) if named else platformdirs.user_config_path("harness") / "devices"


def find_profile(name: str) -> DeviceProfile:
    """The profile of that name, or of the file `name` where it is a path to a `.yaml`."""
    if is_profile_file(name):
        return load_profile(Path(name))
    profiles = load_profiles()
    if name not in profiles:
        raise UnknownNameError("device", name, profiles, list_command="harness devices list")
    return profiles[name]


def is_profile_file(name: str) -> bool:
    """Whether a device is named by the file of its profile."""
    return name.endswith((".yaml", ".yml"))


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
