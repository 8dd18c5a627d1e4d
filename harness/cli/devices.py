"""`harness devices`: the profiles, and what this computer says of itself."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from harness.cli.console import data_console

__all__ = ["devices_app"]

devices_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


@devices_app.command("list", epilog="Example: harness devices list --json")
def list_devices(as_json: JsonOption = False) -> None:
    """List the device profiles."""
    from rich.table import Table

    from harness.devices.profile import load_profiles

    profiles = load_profiles()
    if as_json:
        typer.echo(json.dumps([profile.model_dump(mode="json") for profile in profiles.values()], indent=2))
        return
    table = Table("name", "device", "reached by", "delegates", "threads by default", box=None, pad_edge=False)
    for profile in profiles.values():
        delegates = ", ".join(str(each) for each in profile.delegates)
        threads = ", ".join(str(each) for each in profile.defaults.threads)
        table.add_row(profile.name, profile.title, profile.connection, delegates, threads)
    data_console().print(table)


@devices_app.command("show", epilog="Example: harness devices show local")
def show_device(
    name: Annotated[str, typer.Argument(help="Name of a profile.")], as_json: JsonOption = False
) -> None:
    """Show one profile; for this computer also its fingerprint and state."""
    from dataclasses import asdict

    from rich.table import Table

    from harness.devices.connect import connect
    from harness.devices.profile import find_profile

    profile = find_profile(name)
    facts = {key: value for key, value in profile.model_dump(mode="json").items() if value is not None}
    if profile.is_local:
        device = connect(name)
        facts["fingerprint"] = dict(device.fingerprint())
        facts["state"] = asdict(device.state())
    if as_json:
        typer.echo(json.dumps(facts, indent=2))
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    for key, value in facts.items():
        table.add_row(key, value if isinstance(value, str) else json.dumps(value))
    data_console().print(table)
