"""From a profile's `connection` to a phone that is ready: auto, server, usb, or tcp://HOST:PORT."""

from __future__ import annotations

import os
from collections.abc import Sequence

from harness.adb.address import ServerAddress, parse_host_port, server_address, server_answers
from harness.adb.base import BaseConnection
from harness.adb.errors import ConnectionLost, PhoneNotReady
from harness.adb.found import FoundPhone, choose_phone
from harness.adb.state import PhoneState
from harness.errors import HarnessError

__all__ = ["open_connection"]


def open_connection(
    how: str, *, wanted: str, serial: str | None = None, models: Sequence[str] = ()
) -> BaseConnection:
    """A connection to a phone that is ready.

    how     auto | server | usb | tcp://HOST:PORT, as profiles have it. `auto`
            takes the adb server when one answers (USB is then taken, and a
            second client of a TCP phone may be refused), else goes directly.
    wanted  what the user asked for, for messages.
    serial  the phone's serial number, or HOST:PORT; decides where it is given.

    Raises PhoneNotReady, MissingExtraError, UsageError.
    """
    try:
        return _open(how, wanted, serial, models)
    except PhoneNotReady as error:
        target = how if how.startswith("tcp://") else serial or ""
        if ":" in target and server_answers(ServerAddress(*parse_host_port(target))):
            raise PhoneNotReady(wanted, PhoneState.SERVER) from error
        raise


def _open(how: str, wanted: str, serial: str | None, models: Sequence[str]) -> BaseConnection:
    address = server_address(os.environ)
    target = how.removeprefix("tcp://") if how.startswith("tcp://") else serial
    if how == "server" or (how == "auto" and server_answers(address)):
        return _through_server(address, wanted, target, models)
    connection = _direct(how, wanted, target)
    try:
        connection.reconnect()
    except PhoneNotReady:
        connection.close()
        raise
    return connection


def _through_server(
    address: ServerAddress, wanted: str, serial: str | None, models: Sequence[str]
) -> BaseConnection:
    from harness.adb.server import ServerConnection, list_phones

    try:
        found = list_phones(address)
    except ConnectionLost as error:
        detail = f"no adb server answers on {address}; start one: adb start-server"
        raise PhoneNotReady(wanted, PhoneState.ABSENT, detail=detail) from error
    if serial is not None and ":" in serial:
        connection = ServerConnection(serial, address)
        connection.reconnect()
        return connection
    own: dict[str, str] = {}

    def own_serials(phones: Sequence[FoundPhone]) -> dict[str, str]:
        told = {each.serial: _own_serial(ServerConnection(each.serial, address)) for each in phones}
        own.update({name: number for name, number in told.items() if number})
        return own

    chosen = choose_phone(found, wanted=wanted, serial=serial, models=models, own_serials=own_serials)
    connection = ServerConnection(chosen.serial, address)
    connection.other_ways = tuple(sorted(own.keys() - {chosen.serial}))
    return connection


def _own_serial(connection: BaseConnection) -> str:
    """The phone's own serial number, the same over USB and network; empty where it does not tell."""
    try:
        answer = connection.shell("getprop ro.serialno || getprop ro.boot.serialno", timeout_s=10.0)
    except HarnessError:
        return ""
    return answer.stdout.strip()


def _direct(how: str, wanted: str, target: str | None) -> BaseConnection:
    from harness.adb.direct import DirectConnection, tcp_transport, usb_transport

    if target is not None and (how.startswith("tcp://") or ":" in target):
        host, port = parse_host_port(target)
        return DirectConnection(f"{host}:{port}", tcp_transport(host, port))
    return DirectConnection(target or wanted, usb_transport(target))
