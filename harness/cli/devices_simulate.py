"""`harness devices simulate`: a phone of software that any ADB client can use, until Ctrl-C."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from harness.errors import UnknownNameError
from harness.simulated_phone.faults import FAULTS, Fault

if TYPE_CHECKING:
    from harness.simulated_phone.serve import SimulatedPhone

__all__ = ["SIMULATE_EXAMPLES", "simulate"]

T = TypeVar("T")


def _fault_line(fault: type[Fault]) -> str:
    number = f"[={fault.default}]" if fault.unit else ""
    return f"  {fault.name + number:<22} {fault.meaning}"


SIMULATE_EXAMPLES = "\n\n".join(
    (
        "Examples:",
        "  harness devices simulate pixel4",
        "  harness devices simulate pixel4 --port 0 --fault drop-push=20000 --fault low-battery=5",
        "  harness devices simulate pixel4 --adb android7 --userland plain-linux",
        "Faults (with the number they have without =N):",
        *(_fault_line(fault) for fault in FAULTS.values()),
    )
)


def simulate(
    phone: Annotated[str, typer.Argument(help="Which phone: pixel4.")] = "pixel4",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="TCP port on this computer; 0: any that is free.")
    ] = 5555,
    fault: Annotated[
        list[str] | None, typer.Option(metavar="NAME[=N]", help="Something that is wrong; may be repeated.")
    ] = None,
    adb: Annotated[
        str, typer.Option(help="Which ADB it speaks: modern, android7 (one client, no shell v2), android6.")
    ] = "modern",
    userland: Annotated[
        str, typer.Option(help="android, or plain-linux (no getprop, no /data/local/tmp).")
    ] = "android",
) -> None:
    """Serve a simulated phone on this computer until Ctrl-C.

    It speaks the real ADB protocol on loopback; its benchmark_model really runs the pushed model, on this
    computer's CPU. Everything it says is marked as simulated. Its files are gone when it ends.
    """
    from harness.cli.signals import terminate_as_interrupt
    from harness.simulated_phone.dialect import DIALECTS
    from harness.simulated_phone.faults import parse_faults
    from harness.simulated_phone.model import MODELS
    from harness.simulated_phone.serve import serve
    from harness.simulated_phone.userland import USERLANDS

    model = _known("simulated phone", phone.removeprefix("simulated-"), MODELS)
    dialect = _known("kind of adb", adb, DIALECTS)
    land = _known("userland", userland, USERLANDS)
    faults = parse_faults(fault or ())
    with terminate_as_interrupt():
        try:
            with serve(model, faults=faults, port=port, dialect=dialect, userland=land) as served:
                _tell(served, model.title, [each.name for each in faults])
                threading.Event().wait()
        except KeyboardInterrupt:
            typer.echo("the simulated phone has ended", err=True)


def _known(kind: str, name: str, known: Mapping[str, T]) -> T:
    if name not in known:
        raise UnknownNameError(kind, name, known, list_command="harness devices simulate --help")
    return known[name]


def _tell(served: SimulatedPhone, title: str, faults: list[str]) -> None:
    """The address on standard output, for scripts; advice beside it."""
    typer.echo(served.address)
    wrong = f" with {', '.join(faults)}" if faults else ""
    lines = [
        f"A simulated {title} answers there{wrong}. Ctrl-C ends it. Try:",
        f"  adb connect {served.address}",
        f"  adb -s {served.address} shell getprop ro.product.model",
        f"  harness devices doctor tcp://{served.address}",
        f"  harness run --device tcp://{served.address} --models starter_small_float32",
    ]
    typer.echo("\n".join(lines), err=True)
