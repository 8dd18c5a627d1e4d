"""`harness devices`: profiles and phones, what a device says of itself, and cleaning a phone up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli.console import data_console
from harness.cli.devices_simulate import SIMULATE_EXAMPLES, simulate
from harness.cli.options import JsonInsteadOfTable

if TYPE_CHECKING:
    from harness.devices.base import Device
    from harness.devices.profile import DeviceProfile

__all__ = ["devices_app"]

devices_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
devices_app.command("simulate", epilog=SIMULATE_EXAMPLES)(simulate)

Name = Annotated[
    str, typer.Argument(help="Name or file of a profile, a phone's serial number, or HOST:PORT.")
]


@devices_app.command("list", epilog="Example: harness devices list --json")
def list_devices(as_json: JsonInsteadOfTable = False) -> None:
    """List the device profiles, and the phones that are connected."""
    from harness.cli.devices_view import (
        PHONE_COLUMNS,
        PROFILE_COLUMNS,
        phone_document,
        phone_row,
        profile_row,
    )
    from harness.devices.connect import connected_phones
    from harness.devices.profile import load_profiles, users_profile_folder

    profiles, phones = load_profiles(), connected_phones()
    documents = [phone_document(phone, profiles) for phone in phones]
    if as_json:
        dumped = [profile.model_dump(mode="json") for profile in profiles.values()]
        typer.echo(json.dumps({"profiles": dumped, "phones": documents}, indent=2))
        return
    _table(PROFILE_COLUMNS, [profile_row(profile, phones) for profile in profiles.values()])
    typer.echo()
    if documents:
        _table(PHONE_COLUMNS, [phone_row(document) for document in documents])
    else:
        typer.echo("No phone is connected to an adb server (`adb devices` starts one).")
    typer.echo(f"Profiles of your own: {users_profile_folder()}/*.yaml", err=True)


@devices_app.command(
    "show", epilog="Examples: harness devices show local; harness devices show 192.168.0.9:5555"
)
def show_device(name: Name, as_json: JsonInsteadOfTable = False) -> None:
    """Show a profile, and where the device can be reached its fingerprint and state."""
    from harness.devices.connect import connect
    from harness.errors import DeviceNotFoundError
    from harness.sweep.simulated import simulated_phones

    with simulated_phones() as open_simulated:
        try:
            device = connect(name, open_simulated=open_simulated)
        except DeviceNotFoundError as error:
            _show(_profile_alone(name, error), as_json=as_json)
            typer.echo(f"not connected: {error.message}", err=True)
            return
        _show(_facts(device), as_json=as_json)


def _profile_alone(name: str, error: Exception) -> dict[str, Any]:
    """The profile of a device that cannot be reached; what has no profile is only the error."""
    from harness.devices.profile import find_profile
    from harness.errors import UnknownNameError

    try:
        return _described(find_profile(name))
    except UnknownNameError:
        raise error from None


def _described(profile: DeviceProfile) -> dict[str, Any]:
    return profile.model_dump(mode="json", exclude_none=True)


def _facts(device: Device) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        **_described(device.profile),
        "fingerprint": dict(device.fingerprint()),
        "state": asdict(device.state()),
    }


def _show(facts: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(facts, indent=2))
    else:
        _table(None, list(_flat("", facts)))


def _flat(above: str, facts: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """One row a fact; what lies in a group is named after it."""
    for key, value in facts.items():
        if isinstance(value, dict):
            yield from _flat(f"{above}{key}.", value)
        else:
            yield f"{above}{key}", _words(value)


def _words(value: object) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, str):
        return value
    return json.dumps(value) if value not in ([], ()) else "none"


@devices_app.command(
    "doctor", epilog="Examples: harness devices doctor pixel4; harness devices doctor simulated-pixel4 --json"
)
def doctor(name: Name, as_json: JsonInsteadOfTable = False) -> None:
    """Try everything harness needs of a phone; prints a table for a bug report.

    Exit code 4 where something failed or speaks against measuring.
    """
    from dataclasses import asdict

    from harness import __version__
    from harness.cli.devices_view import markdown, probe_rows
    from harness.cli.progress import watching
    from harness.devices.android.doctor import Outcome, examine
    from harness.devices.connect import connect_phone
    from harness.sweep.simulated import simulated_phones

    with simulated_phones() as open_simulated, watching(quiet=False) as watcher:
        device = connect_phone(name, open_simulated=open_simulated)
        probes = examine(device, on_step=lambda step: watcher.step(f"{device.serial}: {step}"))
    if as_json:
        document = {"harness": __version__, "profile": device.profile.name, "simulated": device.simulated}
        typer.echo(json.dumps({**document, "probes": [asdict(probe) for probe in probes]}, indent=2))
    else:
        typer.echo(
            f"harness {__version__}, {device.profile.name}{' (simulated)' if device.simulated else ''}\n"
        )
        typer.echo(markdown(("probe", "result", "evidence", "advice"), probe_rows(probes)))
    if any(probe.outcome in (Outcome.FAILED, Outcome.ATTENTION) for probe in probes):
        raise typer.Exit(4)


@devices_app.command("clean", epilog="Example: harness devices clean pixel4")
def clean_device(
    name: Name,
    force: Annotated[
        bool, typer.Option("--force", help="Also where another computer may still be measuring.")
    ] = False,
) -> None:
    """Put back a phone's settings, and remove harness' folder and markers from it."""
    from harness.devices.android.clean import clean
    from harness.devices.connect import connect_phone
    from harness.sweep.simulated import simulated_phones

    with simulated_phones() as open_simulated:
        device = connect_phone(name, open_simulated=open_simulated)
        for line in clean(device, force=force, on_notice=lambda text: typer.echo(text, err=True)):
            typer.echo(line)


def _table(columns: tuple[str, ...] | None, rows: list[tuple[str, ...]]) -> None:
    from rich.table import Table

    table = Table(*(columns or ()), box=None, show_header=columns is not None)
    for row in rows:
        table.add_row(*row)
    data_console().print(table)
