"""Where an adb server listens, and whether one does."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass

from harness.errors import UsageError

__all__ = ["ServerAddress", "parse_host_port", "server_address", "server_answers"]

_DEFAULT_PORT = 5037


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Host and port of an adb server."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def server_address(environment: Mapping[str, str]) -> ServerAddress:
    """The server the `adb` command would use: `ADB_SERVER_SOCKET`, else the older two variables, else 5037.

    Raises UsageError for a value that is no TCP address.
    """
    text = environment.get("ADB_SERVER_SOCKET")
    if text:
        if not text.startswith("tcp:"):
            raise UsageError(f"ADB_SERVER_SOCKET={text}: only tcp:PORT and tcp:HOST:PORT are understood")
        name, _, number = text.removeprefix("tcp:").rpartition(":")
        return ServerAddress(name.strip("[]") or "127.0.0.1", _port(number, "ADB_SERVER_SOCKET"))
    host = environment.get("ANDROID_ADB_SERVER_ADDRESS") or environment.get("ANDROID_ADB_SERVER_HOST")
    port = environment.get("ANDROID_ADB_SERVER_PORT") or str(_DEFAULT_PORT)
    return ServerAddress(host or "127.0.0.1", _port(port, "ANDROID_ADB_SERVER_PORT"))


def parse_host_port(text: str, *, default_port: int = 5555) -> tuple[str, int]:
    """HOST, HOST:PORT or [IPv6]:PORT, with or without `tcp://`. Raises UsageError."""
    plain = text.removeprefix("tcp://")
    if plain.startswith("[") or plain.count(":") == 1:
        host, _, port = plain.rpartition(":") if not plain.endswith("]") else (plain, "", "")
        return host.strip("[]"), _port(port, text) if port else default_port
    return plain, default_port


def _port(text: str, where: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise UsageError(f"{where}: {text!r} is not a port (1 to 65535)")
    return int(text)


def server_answers(address: ServerAddress) -> bool:
    """Whether something that speaks the adb server's protocol listens there; a second at most."""
    try:
        with socket.create_connection((address.host, address.port), timeout=1.0) as probe:
            probe.settimeout(1.0)
            probe.sendall(b"000chost:version")
            return probe.recv(4) == b"OKAY"
    except OSError:
        return False
