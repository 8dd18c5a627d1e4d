"""Whatever comes, the phone stays up: bytes, messages, packets, scripts, command lines."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.adb.direct import DirectConnection, tcp_transport
from harness.adb.shell_packets import MOST_PACKET_BYTES, PacketReader, pack_packet
from harness.simulated_phone.auth import TOKEN_BYTES, parse_public_key, signed_by
from harness.simulated_phone.dialect import ANDROID_7
from harness.simulated_phone.model import MODELS
from harness.simulated_phone.phone import Phone
from harness.simulated_phone.serve import SimulatedPhone, serve
from harness.simulated_phone.shell.context import COMMANDS
from harness.simulated_phone.shell.parse import SyntaxProblem, parse_script
from harness.simulated_phone.shell.run import Streams
from harness.simulated_phone.shell.streams import Capture, StaticReader
from harness.simulated_phone.wire import HEADER_BYTES, Command, Header, Message, ProtocolError

MANY = settings(max_examples=300, deadline=None)
SOME = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

_WORDS = """
- -- -n -c1-8 -s -e -l -r -p -x -d -a -i -1 / .. * '' 0 1e9 99999999999999999999 x ü a=b $@ "$*" \\
/data/local/tmp /proc/self/status $HOME ${x:-y} $(echo<a) $((1+2)) %s %d% s m u+x 755 +%s -c
power stayon true get put global battery thermalservice override-status ff -15 KILL sh -eq = ! ]
"""
WORDS = st.sampled_from(_WORDS.split())
LINKS = st.sampled_from(
    [" ", " ; ", " | ", " && ", " || ", " & ", "\n", " >/data/local/tmp/f ", " 2>&1 ", " >&x ", " </nowhere "]
)
SHELL_CHARACTERS = st.lists(
    st.sampled_from(
        [*"abc $(){}[]<>|&;'\"\\`#\n=!*?~%:-/0\0é", " if ", " then ", " fi", " do ", " for x in "]
    )
).map("".join)
QUICK = sorted({*COMMANDS} - {"reboot", "sleep", "usleep"})


@given(st.binary(min_size=HEADER_BYTES, max_size=HEADER_BYTES))
@MANY
def test_a_header_is_read_or_refused(data: bytes):
    try:
        header = Header.unpack(data)
    except ProtocolError:
        return
    assert header.command in Command


@given(
    st.sampled_from(Command), st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.binary(max_size=100)
)
@MANY
def test_a_message_is_read_as_it_was_packed(command: Command, arg0: int, arg1: int, payload: bytes):
    packed = Message(command, arg0, arg1, payload).pack()
    header = Header.unpack(packed[:HEADER_BYTES])
    assert (header.command, header.arg0, header.arg1, header.length) == (command, arg0, arg1, len(payload))
    assert packed[HEADER_BYTES:] == payload


@given(st.lists(st.tuples(st.integers(0, 5), st.binary(max_size=50))), st.integers(1, 20))
@MANY
def test_shell_packets_come_whole_however_they_are_cut(packets: list[tuple[int, bytes]], size: int):
    stream = b"".join(pack_packet(kind, payload) for kind, payload in packets)
    reader = PacketReader()
    pieces = [stream[start : start + size] for start in range(0, len(stream), size)]
    assert [packet for piece in pieces for packet in reader.feed(piece)] == packets


@given(st.binary(max_size=200))
@MANY
def test_arbitrary_bytes_are_packets_or_a_value_error(data: bytes):
    try:
        packets = list(PacketReader().feed(data))
    except ValueError:
        return
    assert all(len(payload) <= MOST_PACKET_BYTES for _, payload in packets)


@given(st.binary(max_size=600), st.binary(max_size=300))
@MANY
def test_arbitrary_keys_and_signatures_open_nothing(payload: bytes, signature: bytes):
    key = parse_public_key(payload)
    assert key is None or not signed_by(key, bytes(TOKEN_BYTES), signature)


@given(SHELL_CHARACTERS | st.text(max_size=200))
@MANY
def test_a_script_is_parsed_or_refused(text: str):
    try:
        parse_script(text)
    except SyntaxProblem as error:
        assert str(error)


@pytest.mark.parametrize("nested", ["(", "$(", "{ ", "if ", '"$(', "${a:-", "while ", "$(("])
def test_depth_has_an_end(nested: str):
    with pytest.raises(SyntaxProblem):
        parse_script(nested * 5000)


@pytest.fixture(scope="module")
def phone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phone]:
    phone = Phone(MODELS["pixel4"], tmp_path_factory.mktemp("phone"))
    yield phone
    assert phone.switch_off() == []


def run(phone: Phone, script: str) -> int:
    """Ended after half a second, whatever it does."""
    watchdog = threading.Timer(0.5, phone.processes.kill_all)
    watchdog.start()
    try:
        output = Capture()
        return phone.run(script, Streams(StaticReader(b"a\nb\n"), output, output))
    finally:
        watchdog.cancel()
        watchdog.join()


@pytest.mark.parametrize("name", sorted({*COMMANDS} - {"reboot"}))
def test_every_command_survives_every_argument(phone: Phone, name: str):
    @given(st.lists(WORDS, max_size=5))
    @settings(max_examples=40, deadline=None)
    def holds(words: list[str]):
        assert 0 <= run(phone, " ".join([name, *words])) <= 255

    holds()


@given(
    st.lists(st.tuples(st.sampled_from(sorted({*COMMANDS} - {"reboot", "sleep", "usleep"})), WORDS, LINKS))
)
@SOME
def test_every_script_ends_with_an_exit_code(phone: Phone, parts: list[tuple[str, str, str]]):
    assert 0 <= run(phone, "".join(f"{name} {word}{link}" for name, word, link in parts)) <= 255


@given(SHELL_CHARACTERS)
@SOME
def test_every_text_ends_with_an_exit_code(phone: Phone, text: str):
    assert 0 <= run(phone, text) <= 255


@pytest.fixture(scope="module", params=[False, True], ids=["modern", "android7"])
def served(request: pytest.FixtureRequest) -> Iterator[SimulatedPhone]:
    options = {"dialect": ANDROID_7} if request.param else {}
    with serve(MODELS["pixel4"], **options) as served:
        yield served


def send(served: SimulatedPhone, data: bytes) -> None:
    """A daemon that serves one client may still be busy with the one before."""
    with (
        contextlib.suppress(TimeoutError, ConnectionError),
        socket.create_connection((served.host, served.port), timeout=5) as client,
    ):
        client.settimeout(0.05)
        client.sendall(data)
        while client.recv(65536):
            pass


def stays_up(served: SimulatedPhone, keys: Path) -> None:
    connection = DirectConnection(served.address, tcp_transport(served.host, served.port), keys=keys)
    try:
        connection.reconnect_patiently(5.0)
        assert connection.shell("echo alive", timeout_s=10).stdout == "alive\n"
    finally:
        connection.close()


HEADERS = st.builds(
    lambda command, arg0, arg1, payload: Message(command, arg0, arg1, payload).pack(),
    st.sampled_from(Command),
    st.integers(0, 5) | st.integers(0, 2**32 - 1),
    st.integers(0, 5) | st.integers(0, 2**32 - 1),
    st.binary(max_size=60) | st.sampled_from([b"shell:echo hi\0", b"sync:\0", b"shell,v2:cat\0", b"exec:\0"]),
)


@given(st.lists(st.binary(max_size=100) | HEADERS, max_size=8))
@SOME
def test_the_daemon_outlives_arbitrary_messages(served: SimulatedPhone, parts: list[bytes]):
    send(served, b"".join(parts))


CONNECT = Message(Command.CONNECT, 0x01000001, 4096, b"host::\0").pack()
SYNC = st.lists(
    st.binary(max_size=40)
    | st.builds(
        lambda kind, number, payload: struct.pack("<4sI", kind, number) + payload,
        st.sampled_from([b"SEND", b"DATA", b"DONE", b"RECV", b"STAT", b"LIST", b"STA2", b"QUIT"]),
        st.integers(0, 60) | st.integers(0, 2**32 - 1),
        st.binary(max_size=60),
    ),
    max_size=6,
)


@given(SYNC, st.sampled_from([b"sync:\0", b"shell:cat\0", b"shell:\0", b"exec:cat\0"]))
@SOME
def test_services_outlive_arbitrary_bytes(parts: list[bytes], service: bytes):
    with serve(MODELS["pixel4"], dialect=ANDROID_7) as served:
        opened = CONNECT + Message(Command.OPEN, 7, 0, service).pack()
        writes = [Message(Command.WRITE, 7, 1, part).pack() for part in parts]
        send(served, opened + b"".join(writes))


def test_afterwards_the_phone_still_answers(served: SimulatedPhone, tmp_path: Path):
    stays_up(served, tmp_path)
