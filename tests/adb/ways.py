"""Every way to a phone against every kind of daemon."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from harness.adb.base import BaseConnection
from harness.adb.direct import DirectConnection, tcp_transport
from harness.adb.server import ServerConnection
from harness.simulated_phone.dialect import ANDROID_6, ANDROID_7, MODERN, Dialect
from harness.simulated_phone.faults import parse_faults
from harness.simulated_phone.model import MODELS
from harness.simulated_phone.serve import SimulatedPhone, serve
from harness.simulated_phone.userland import ANDROID, PLAIN_LINUX, Userland
from tests.adb_client import AdbClient


@dataclass(frozen=True)
class Way:
    """How the phone is reached, and what it is."""

    through_server: bool
    dialect: Dialect
    userland: Userland

    def __str__(self) -> str:
        return f"{'server' if self.through_server else 'direct'}-{self.dialect.name}"

    @property
    def folder(self) -> str:
        """Where one can write."""
        return self.userland.writable[0]


WAYS = [
    Way(through_server, dialect, userland)
    for through_server in (True, False)
    for dialect, userland in ((MODERN, ANDROID), (ANDROID_7, PLAIN_LINUX), (ANDROID_6, ANDROID))
]


@dataclass
class Bench:
    """A connection and the phone at its other end."""

    way: Way
    simulated: SimulatedPhone
    connection: BaseConnection

    @property
    def files(self):
        return self.simulated.phone.files

    @property
    def folder(self) -> str:
        return self.way.folder

    def running(self, name: str) -> int:
        """How many processes of that name run on the phone."""
        return sum(each.arguments[0] == name for each in self.simulated.phone.processes.running())


@contextmanager
def bench(
    way: Way,
    adb: AdbClient,
    *,
    faults: Sequence[str] = (),
    without: Sequence[str] = (),
    connected: bool = True,
    restart_s: float = 0.2,
    reboot_s: float = 0.3,
) -> Iterator[Bench]:
    """A phone with those faults and a connection to it."""
    keys = adb.home / ".android"
    with serve(
        MODELS["pixel4"],
        faults=parse_faults(faults),
        dialect=way.dialect,
        userland=replace(way.userland, without=way.userland.without | set(without)),
        restart_s=restart_s,
        reboot_s=reboot_s,
    ) as phone:
        connection = reach(way, adb, phone.address, keys)
        try:
            if connected:
                connection.reconnect_patiently(10.0)
            yield Bench(way, phone, connection)
        finally:
            connection.close()


def reach(way: Way, adb: AdbClient, address: str, keys: Path) -> BaseConnection:
    """Without connecting yet."""
    if way.through_server:
        return ServerConnection(address, adb.server)
    host, _, port = address.partition(":")
    return DirectConnection(address, tcp_transport(host, int(port)), keys=keys, dialog_s=1.0)
