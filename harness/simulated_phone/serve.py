"""A simulated phone that is there for as long as a block lasts."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from harness.simulated_phone.daemon import HOST, Daemon
from harness.simulated_phone.dialect import MODERN, Dialect
from harness.simulated_phone.faults import Fault, Restart
from harness.simulated_phone.model import PhoneModel
from harness.simulated_phone.phone import SERIAL, Phone
from harness.simulated_phone.userland import ANDROID, Userland

__all__ = ["SimulatedPhone", "serve"]


class SimulatedPhone:
    """The handle on a phone that is being served."""

    def __init__(self, phone: Phone, daemon: Daemon) -> None:
        self.phone = phone
        """Its files, processes, properties and condition."""
        self._daemon = daemon

    @property
    def host(self) -> str:
        """Where it listens: always loopback."""
        return HOST

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._daemon.port

    @property
    def address(self) -> str:
        """HOST:PORT, as `adb connect` takes it and as its serial number."""
        return f"{HOST}:{self.port}"

    def add_fault(self, fault: Fault) -> None:
        """From now on this is wrong too; bytes of output are counted from here."""
        self._daemon.count_from_here()
        self.phone.add_fault(fault)

    def drop_connections(self) -> None:
        """Pull the cable and put it in again at once: what runs on the phone goes on."""
        self._daemon.drop_connections()

    def go_down(self, seconds: float) -> None:
        """Pull the cable for a while; returns when it is out."""
        self._daemon.go_down(seconds)

    def reboot(self) -> None:
        """End all that runs on the phone and come back with a new boot id; returns when it is down."""
        self.phone.restart(Restart(reboot=True))


@contextmanager
def serve(
    model: PhoneModel,
    *,
    faults: Sequence[Fault] = (),
    port: int = 0,
    serial: str = SERIAL,
    dialect: Dialect = MODERN,
    userland: Userland = ANDROID,
    restart_s: float = 0.3,
    reboot_s: float = 1.0,
) -> Iterator[SimulatedPhone]:
    """A phone on loopback, in threads of this process; all of them have ended when the block has.

    port       0 takes any that is free.
    serial     its own serial number: two with the same are one phone, listed twice.
    restart_s  how long a restarted daemon is away; `reboot_s` the same for a reboot.

    Raises UsageError where the port is taken.
    """
    with tempfile.TemporaryDirectory(prefix="harness-phone-") as folder:
        phone = Phone(model, Path(folder), serial=serial, faults=faults, userland=userland)
        daemon = Daemon(phone, dialect, port=port, restart_s=restart_s, reboot_s=reboot_s)
        try:
            yield SimulatedPhone(phone, daemon)
        finally:
            daemon.stop()
