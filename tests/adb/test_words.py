"""Words on their way: quoting, addresses, states, and which phone is meant."""

from __future__ import annotations

import shlex
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.adb.address import parse_host_port, server_address, server_answers
from harness.adb.errors import PhoneNotReady
from harness.adb.found import FoundPhone, choose_phone
from harness.adb.quoting import check_remote_path, remote_command, remote_quote
from harness.adb.state import PhoneState, parse_state, remedy
from harness.errors import UsageError

PRINTABLE = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)


@given(st.lists(PRINTABLE, min_size=1, max_size=4))
def test_quoted_words_mean_themselves(words: list[str]):
    assert shlex.split(remote_command(*words)) == words


def test_a_real_shell_agrees():
    words = ["with space", "qu'o\"te", "$(id)", "`id`", "a;b", "-rf", "", "\\", "*", "ü"]
    script = f"printf '%s|' {remote_command(*words)}"
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=20, check=True)
    assert done.stdout == "|".join(words) + "|"


@pytest.mark.parametrize("text", ["a\nb", "a\0b", "\x1b[0m", "\r"])
def test_control_characters_are_refused(text: str):
    with pytest.raises(UsageError, match="control characters"):
        remote_quote(text)


@pytest.mark.parametrize("path", ["", "a/b", "/a/../b", "/" + "x" * 1000, "/a\nb"])
def test_paths_that_are_refused(path: str):
    with pytest.raises(UsageError):
        check_remote_path(path)


@pytest.mark.parametrize(
    ("environment", "address"),
    [
        ({}, "127.0.0.1:5037"),
        ({"ANDROID_ADB_SERVER_PORT": "15037"}, "127.0.0.1:15037"),
        ({"ANDROID_ADB_SERVER_ADDRESS": "lab", "ANDROID_ADB_SERVER_PORT": "1"}, "lab:1"),
        ({"ADB_SERVER_SOCKET": "tcp:9"}, "127.0.0.1:9"),
        ({"ADB_SERVER_SOCKET": "tcp:lab:9", "ANDROID_ADB_SERVER_PORT": "1"}, "lab:9"),
    ],
)
def test_the_server_is_the_one_adb_would_use(environment: dict[str, str], address: str):
    assert str(server_address(environment)) == address


@pytest.mark.parametrize(
    "environment",
    [
        {"ANDROID_ADB_SERVER_PORT": "x"},
        {"ANDROID_ADB_SERVER_PORT": "0"},
        {"ADB_SERVER_SOCKET": "localfilesystem:/x"},
        {"ADB_SERVER_SOCKET": "tcp:lab:99999"},
    ],
)
def test_a_server_that_is_no_address(environment: dict[str, str]):
    with pytest.raises(UsageError):
        server_address(environment)


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("phone", "phone", 5555),
        ("phone:1", "phone", 1),
        ("tcp://10.0.0.2:5556", "10.0.0.2", 5556),
        ("[::1]:7", "::1", 7),
        ("[::1]", "::1", 5555),
        ("::1", "::1", 5555),
    ],
)
def test_addresses_of_phones(text: str, host: str, port: int):
    assert parse_host_port(text) == (host, port)


def test_what_is_no_server_does_not_answer(unused_port: int):
    assert not server_answers(server_address({"ANDROID_ADB_SERVER_PORT": str(unused_port)}))


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("device", PhoneState.READY),
        ("unauthorized", PhoneState.UNAUTHORIZED),
        ("no permissions (user in plugdev group; are your udev rules wrong?)", PhoneState.NO_PERMISSIONS),
        ("sideload", PhoneState.RECOVERY),
        ("fantasy", PhoneState.UNKNOWN),
        ("", PhoneState.UNKNOWN),
    ],
)
def test_states(text: str, state: PhoneState):
    assert parse_state(text) is state


def test_every_state_but_ready_has_a_remedy():
    assert {state for state in PhoneState if remedy(state) is None} == {PhoneState.READY}


A = FoundPhone("A", PhoneState.READY, "Pixel_4", "flame")
B = FoundPhone("B", PhoneState.READY, "Pixel_4", "flame")
C = FoundPhone("C", PhoneState.UNAUTHORIZED)


def test_the_one_phone_that_fits():
    assert choose_phone([A, C], wanted="pixel4", models=["Pixel 4"]) == A
    assert choose_phone([A, B], wanted="pixel4", serial="B") == B


@pytest.mark.parametrize(
    ("found", "models", "state"),
    [
        ([], ["Pixel 4"], PhoneState.ABSENT),
        ([A], ["Pixel 9"], PhoneState.ABSENT),
        ([A, B], ["Pixel 4"], PhoneState.AMBIGUOUS),
        ([C], ["Pixel 4"], PhoneState.UNAUTHORIZED),
    ],
)
def test_phones_that_cannot_be_used(found: list[FoundPhone], models: list[str], state: PhoneState):
    with pytest.raises(PhoneNotReady) as caught:
        choose_phone(found, wanted="pixel4", models=models)
    assert caught.value.state is state
    assert all(phone.serial in str(caught.value) for phone in found)
