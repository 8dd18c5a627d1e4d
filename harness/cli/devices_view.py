"""What `harness devices list` and `doctor` print: rows and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.adb.found import FoundPhone
    from harness.devices.android.doctor import Probe
    from harness.devices.profile import DeviceProfile

__all__ = [
    "PHONE_COLUMNS",
    "PROFILE_COLUMNS",
    "markdown",
    "phone_document",
    "phone_row",
    "probe_rows",
    "profile_row",
]

PROFILE_COLUMNS = ("name", "device", "reached by", "connected")
PHONE_COLUMNS = ("serial", "model", "state", "profile", "what to do")


def profile_row(profile: DeviceProfile, phones: Sequence[FoundPhone]) -> tuple[str, ...]:
    """One profile, with the serial numbers of the phones that it describes."""
    from harness.adb.found import is_one_of

    names = profile.match.names
    fitting = [p.serial for p in phones if any(is_one_of(name, names) for name in (p.model, p.device))]
    connected = ", ".join(fitting) or ("always" if profile.is_local or profile.is_simulated else "–")
    return profile.name, profile.title, profile.connection, connected


def phone_document(phone: FoundPhone, profiles: Mapping[str, DeviceProfile]) -> dict[str, Any]:
    """One connected phone as JSON has it."""
    from harness.adb.state import remedy

    return {
        "serial": phone.serial,
        "model": phone.model.replace("_", " ") if phone.model else None,
        "state": str(phone.state),
        "profile": _profile_of(phone, profiles),
        "remedy": remedy(phone.state),
    }


def _profile_of(phone: FoundPhone, profiles: Mapping[str, DeviceProfile]) -> str | None:
    """The profile it would get; None where the phone is not ready and hides what it is, or several fit."""
    from harness.devices.matching import profile_for
    from harness.errors import ProfileError

    if phone.model is None:
        return None
    listed = {"ro.product.model": phone.model, "ro.product.device": phone.device or ""}
    try:
        return profile_for(listed, phone.serial, profiles).name
    except ProfileError:
        return None


def phone_row(document: Mapping[str, Any]) -> tuple[str, ...]:
    """One connected phone as a row of the table."""
    keys = ("serial", "model", "state", "profile", "remedy")
    return tuple(str(document[key]) if document[key] is not None else "–" for key in keys)


def probe_rows(probes: Sequence[Probe]) -> list[tuple[str, ...]]:
    """Name, outcome, evidence and advice of each probe."""
    return [tuple(str(value) for value in asdict(probe).values()) for probe in probes]


def markdown(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table that can be pasted into an issue, and read in a terminal too."""
    cells = [[cell.replace("|", "\\|") for cell in row] for row in (columns, *rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(columns))]
    lines = ["| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |" for row in cells]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])
