"""Debian's `adb` takes the simulated phone for a real one."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from pathlib import Path

import pytest

from harness.simulated_phone.dialect import ANDROID_6, ANDROID_7, MODERN
from harness.simulated_phone.faults import parse_faults
from harness.simulated_phone.model import MODELS
from harness.simulated_phone.serve import serve
from harness.simulated_phone.userland import PLAIN_LINUX
from tests.adb_client import AdbClient
from tests.odd_names import ODD_NAMES

PIXEL = MODELS["pixel4"]
DIALECTS = pytest.mark.parametrize("dialect", [MODERN, ANDROID_7, ANDROID_6], ids=lambda each: each.name)


@DIALECTS
def test_it_connects_and_lists_the_phone_as_simulated(adb: AdbClient, dialect):
    with serve(PIXEL, dialect=dialect) as phone:
        adb.connect(phone.address)
        (line,) = [
            line for line in adb("devices", "-l").stdout.decode().splitlines() if phone.address in line
        ]
        assert " device " in line
        assert "model:Simulated_Pixel_4" in line
        assert adb("-s", phone.address, "get-state").stdout == b"device\n"
        assert adb("shell", "getprop", "ro.harness.simulated").stdout.strip() == b"1"


def test_exit_codes_and_both_streams_come_apart(adb: AdbClient):
    with serve(PIXEL) as phone:
        adb.connect(phone.address)
        result = adb("shell", "echo out; echo err >&2; exit 42")
        assert (result.returncode, result.stdout, result.stderr) == (42, b"out\n", b"err\n")
        assert adb("shell", "no-such-command").returncode == 127
        assert adb("shell", "kill -9 $$").returncode == 137


@pytest.mark.parametrize("words", [["shell", "-x"], ["exec-out"]], ids=lambda words: words[0])
def test_without_shell_v2_there_is_no_exit_code(adb: AdbClient, words):
    with serve(PIXEL) as phone:
        adb.connect(phone.address)
        result = adb(*words, "echo out; exit 42")
        assert (result.returncode, result.stdout) == (0, b"out\n")


def test_an_old_daemon_has_no_exit_codes_and_a_terminals_line_ends(adb: AdbClient):
    with serve(PIXEL, dialect=ANDROID_6) as phone:
        adb.connect(phone.address)
        result = adb("shell", "echo out; exit 42")
        assert (result.returncode, result.stdout) == (0, b"out\r\n")
        assert adb("features").stdout.strip() == b""


@DIALECTS
def test_input_reaches_the_command(adb: AdbClient, dialect):
    with serve(PIXEL, dialect=dialect) as phone:
        adb.connect(phone.address)
        assert adb("shell", "read line; echo got $line", stdin=b"hello\n").stdout.strip() == b"got hello"


def test_input_ends_where_the_client_ends_it(adb: AdbClient):
    with serve(PIXEL) as phone:
        adb.connect(phone.address)
        data = os.urandom(300_000)
        assert adb("shell", "cat", stdin=data).stdout == data
        assert adb("shell", stdin=b"cd /data/local/tmp\npwd\nexit 9\n").returncode == 9


@DIALECTS
@pytest.mark.parametrize("size_bytes", [0, 1, 64 * 1024, 700_001])
def test_files_go_there_and_back(adb: AdbClient, tmp_path: Path, dialect, size_bytes: int):
    local, back = tmp_path / "local", tmp_path / "back"
    local.write_bytes(os.urandom(size_bytes))
    local.chmod(0o755)
    with serve(PIXEL, dialect=dialect) as phone:
        adb.connect(phone.address)
        assert adb("push", str(local), "/data/local/tmp/new/folder/file").returncode == 0
        assert phone.phone.files.read("/data/local/tmp/new/folder/file") == local.read_bytes()
        assert phone.phone.files.stat("/data/local/tmp/new/folder/file").mode & 0o777 == 0o755
        assert adb("pull", "-a", "/data/local/tmp/new/folder/file", str(back)).returncode == 0
        assert back.read_bytes() == local.read_bytes()
        assert int(back.stat().st_mtime) == int(local.stat().st_mtime)


def test_names_of_every_kind(adb: AdbClient, tmp_path: Path):
    folder = tmp_path / "odd"
    folder.mkdir()
    for name in ODD_NAMES:
        (folder / name).write_text(name)
    with serve(PIXEL) as phone:
        adb.connect(phone.address)
        assert adb("push", str(folder), "/data/local/tmp").returncode == 0
        assert phone.phone.files.names("/data/local/tmp/odd") == sorted(ODD_NAMES)
        assert adb("pull", "/data/local/tmp/odd", str(tmp_path / "back")).returncode == 0
        assert {each.name: each.read_text() for each in (tmp_path / "back").iterdir()} == {
            name: name for name in ODD_NAMES
        }


def test_what_cannot_be_pushed_or_pulled_is_refused_in_words(adb: AdbClient, tmp_path: Path):
    local = tmp_path / "local"
    local.write_bytes(b"x" * 300_000)
    with serve(PIXEL) as phone:
        adb.connect(phone.address)
        result = adb("push", str(local), "/system/bin/sh")
        assert result.returncode == 1
        assert b"Read-only file system" in result.stdout + result.stderr
        result = adb("pull", "/data/local/tmp/absent", str(tmp_path / "back"))
        assert result.returncode == 1
        assert not (tmp_path / "back").exists()
        assert adb("shell", "true").returncode == 0


def test_exec_out_is_binary_clean(adb: AdbClient):
    data = bytes(range(256)) * 4 + b"\r\n\n"
    with serve(PIXEL) as phone:
        adb.connect(phone.address)
        phone.phone.files.write("/data/local/tmp/binary", data)
        assert adb("exec-out", "cat /data/local/tmp/binary").stdout == data


def test_commands_run_in_the_background(adb: AdbClient):
    with serve(PIXEL) as phone:
        adb.connect(phone.address)
        script = "for i in 1 2 3 4 5 6 7 8; do sleep 0.02; echo $i; done"
        started = time.monotonic()
        results = [adb("shell", f"({script}) & ({script}) & wait") for _ in range(3)]
        assert all(
            sorted(result.stdout.split()) == sorted([b"%d" % i for i in range(1, 9)] * 2)
            for result in results
        )
        assert time.monotonic() - started < 20


def test_a_reboot_ends_what_runs_and_gives_a_new_boot_id(adb: AdbClient):
    boot_id = ("shell", "cat /proc/sys/kernel/random/boot_id")
    with serve(PIXEL, reboot_s=0.3) as phone:
        adb.connect(phone.address)
        before = adb(*boot_id).stdout
        adb("shell", "sleep 1000 >/dev/null 2>&1 </dev/null &")
        assert phone.phone.processes.running()
        assert adb("reboot").returncode == 0
        adb.wait_for(phone.address, "offline")
        adb("disconnect", phone.address)
        adb.connect(phone.address)
        assert adb(*boot_id).stdout != before
        assert b"sleep" not in adb("shell", "ps").stdout


def test_a_client_that_leaves_does_not_end_its_command(adb: AdbClient):
    with serve(PIXEL) as phone:
        adb.connect(phone.address)
        with pytest.raises(subprocess.TimeoutExpired):
            adb("shell", "sleep 1000; true", timeout_s=0.5)
        assert any(process.arguments[0] == "sleep" for process in phone.phone.processes.running())


def test_a_phone_whose_user_never_agrees_is_unauthorized(adb: AdbClient):
    with serve(PIXEL, faults=parse_faults(["unauthorized"])) as phone:
        adb("connect", phone.address)
        adb.wait_for(phone.address, "unauthorized")
        result = adb("shell", "true")
        assert result.returncode == 1
        assert b"unauthorized" in result.stderr


def test_a_computer_that_was_allowed_once_is_known_after_a_reboot(adb: AdbClient):
    with serve(PIXEL, reboot_s=0.2) as phone:
        assert b"failed to authenticate" in adb("connect", phone.address).stdout
        adb.wait_for(phone.address, "device")
        adb("reboot")
        adb.wait_for(phone.address, "offline")
        adb("disconnect", phone.address)
        assert b"connected to" in adb.connect(phone.address)


def test_a_silent_daemon_is_offline(adb: AdbClient):
    with serve(PIXEL, faults=parse_faults(["offline"])) as phone:
        adb("connect", phone.address)
        assert adb.state(phone.address) in ("offline", "absent")
        assert adb("-s", phone.address, "shell", "true").returncode == 1


def test_a_second_client_is_reset_by_a_daemon_that_serves_one(adb: AdbClient):
    with serve(PIXEL, dialect=ANDROID_7, userland=PLAIN_LINUX) as phone:
        adb.connect(phone.address)
        assert b"not found" in adb("shell", "getprop").stdout
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            _hear(phone.host, phone.port)
        assert adb("shell", "echo still here").stdout == b"still here\n"


def _hear(host: str, port: int) -> bytes:
    with socket.create_connection((host, port), timeout=5) as second:
        second.sendall(b"CNXN")
        return second.recv(1)


def test_what_a_simulated_phone_cannot_do_is_said(adb: AdbClient):
    with serve(PIXEL) as phone:
        adb.connect(phone.address)
        assert b"cannot run as root" in adb("root").stdout
        assert adb("forward", "tcp:0", "tcp:80").returncode == 0  # forwarding is the server's; using it fails
        assert adb("install", "/dev/null").returncode != 0
        assert adb("shell", "true").returncode == 0
