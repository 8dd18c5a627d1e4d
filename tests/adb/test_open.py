"""Which way is taken to a phone, and what is said where there is none."""

from __future__ import annotations

import socket
import struct
import threading

import pytest

from harness.adb.direct import DirectConnection
from harness.adb.errors import PhoneNotReady
from harness.adb.open import open_connection
from harness.adb.server import ServerConnection
from harness.adb.state import PhoneState
from harness.simulated_phone.dialect import ANDROID_7
from harness.simulated_phone.model import MODELS
from harness.simulated_phone.serve import serve
from harness.simulated_phone.userland import PLAIN_LINUX
from tests.adb_client import AdbClient

PIXEL = MODELS["pixel4"]


@pytest.fixture
def with_server(adb: AdbClient, monkeypatch: pytest.MonkeyPatch) -> AdbClient:
    for name, value in adb.environment.items():
        monkeypatch.setenv(name, value)
    return adb


@pytest.fixture
def without_server(with_server: AdbClient, monkeypatch: pytest.MonkeyPatch, unused_port: int) -> None:
    monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(unused_port))


def test_auto_takes_the_server_that_answers(with_server: AdbClient):
    with serve(PIXEL) as phone, open_connection("auto", wanted="x", serial=phone.address) as connection:
        assert isinstance(connection, ServerConnection)
        assert connection.shell("exit 3", timeout_s=10).exit_code == 3
        assert phone.address in with_server("devices").stdout.decode()


@pytest.mark.usefixtures("without_server")
def test_auto_goes_directly_where_no_server_answers_and_starts_none(unused_port: int):
    with serve(PIXEL) as phone, open_connection("auto", wanted="x", serial=phone.address) as connection:
        assert isinstance(connection, DirectConnection)
        assert connection.shell("exit 3", timeout_s=10).exit_code == 3
    with pytest.raises(PhoneNotReady, match="adb start-server"):
        open_connection("server", wanted="pixel4")


@pytest.mark.usefixtures("with_server")
def test_an_address_with_tcp_is_never_reached_through_a_server():
    with serve(PIXEL) as phone, open_connection(f"tcp://{phone.address}", wanted="x") as connection:
        assert isinstance(connection, DirectConnection)


def test_a_model_is_found_among_connected_phones(with_server: AdbClient):
    with serve(PIXEL) as phone:
        with_server.connect(phone.address)
        connection = open_connection("auto", wanted="pixel4", models=["Simulated Pixel 4"])
        assert connection.serial == phone.address
        with pytest.raises(PhoneNotReady) as caught:
            open_connection("auto", wanted="pixel9", models=["Pixel 9"])
    assert caught.value.state is PhoneState.ABSENT
    assert phone.address in str(caught.value)


def test_a_daemon_of_one_client_that_a_server_holds_says_so(with_server: AdbClient):
    with serve(PIXEL, dialect=ANDROID_7, userland=PLAIN_LINUX) as phone:
        with_server.connect(phone.address)
        with pytest.raises(PhoneNotReady, match="one client at a time") as caught:
            open_connection(f"tcp://{phone.address}", wanted="x")
        assert f"adb disconnect {phone.address}" in (caught.value.next_step or "")
        with open_connection("auto", wanted="x", serial=phone.address) as connection:
            assert connection.shell("echo there", timeout_s=10).stdout == "there\n"


@pytest.mark.usefixtures("without_server")
def test_a_key_is_made_for_this_user_alone(with_server: AdbClient):
    with serve(PIXEL) as phone, open_connection(f"tcp://{phone.address}", wanted="x"):
        key = with_server.home / ".android" / "adbkey"
        assert key.stat().st_mode & 0o077 == 0
        assert key.with_suffix(".pub").exists()


@pytest.mark.parametrize("address", ["127.0.0.1:1", "no-such-host.invalid:5555"])
@pytest.mark.usefixtures("without_server")
def test_nothing_there(address: str):
    with pytest.raises(PhoneNotReady) as caught:
        open_connection(f"tcp://{address}", wanted="x")
    assert caught.value.state is PhoneState.ABSENT
    assert caught.value.next_step


def test_a_servers_port_is_called_one(with_server: AdbClient):
    with_server("devices")
    with pytest.raises(PhoneNotReady, match="an adb server listens there") as caught:
        open_connection(f"tcp://127.0.0.1:{with_server.port}", wanted="x")
    assert caught.value.state is PhoneState.SERVER
    assert "serial number" in str(caught.value.next_step)


def test_wireless_debugging_is_called_by_name(unused_port: int):
    """A daemon of wireless debugging answers CNXN with A_STLS (protocol.txt of adb): TLS comes first."""
    command = int.from_bytes(b"STLS", "little")
    header = struct.pack("<6I", command, 0x01000000, 0, 0, 0, command ^ 0xFFFFFFFF)

    def daemon(listener: socket.socket) -> None:
        client, _ = listener.accept()
        with client:
            client.recv(24)
            client.sendall(header)
            client.recv(4096)

    with socket.create_server(("127.0.0.1", unused_port)) as listener:
        thread = threading.Thread(target=daemon, args=(listener,), daemon=True)
        thread.start()
        with pytest.raises(PhoneNotReady) as caught:
            open_connection(f"tcp://127.0.0.1:{unused_port}", wanted="x")
    assert caught.value.state is PhoneState.TLS
    assert "adb pair" in str(caught.value.next_step)


def test_one_phone_that_a_server_knows_twice_is_one(with_server: AdbClient):
    with serve(PIXEL) as phone:
        port = phone.address.rpartition(":")[2]
        with_server.connect(phone.address)
        with_server.connect(f"localhost:{port}")
        connection = open_connection("auto", wanted="pixel4", models=["Simulated Pixel 4"])
    assert len({connection.serial, *connection.other_ways}) == 2
