"""Every fault of the connection ends in a retried success or in its own name; never in a wrong answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.adb.errors import ConnectionLost, PhoneNotReady
from harness.adb.state import PhoneState
from harness.errors import HarnessError
from harness.simulated_phone.faults import parse_fault
from tests.adb.ways import WAYS, Way, bench
from tests.adb_client import AdbClient

WAYS_WITH_KEYS = [way for way in WAYS if way.dialect.authenticates]
EVERY_LINE = "i=0; while [ $i -lt 50 ]; do echo line $i; i=$((i+1)); done; exit 3"


@pytest.mark.parametrize("way", WAYS_WITH_KEYS, ids=str)
def test_unauthorized_is_said_with_its_remedy(way: Way, adb: AdbClient):
    with bench(way, adb, faults=["unauthorized"], connected=False) as phone:
        with pytest.raises(PhoneNotReady) as caught:
            phone.connection.reconnect()
        assert caught.value.state is PhoneState.UNAUTHORIZED
        assert "accept" in str(caught.value)
        with pytest.raises(PhoneNotReady):
            phone.connection.shell("true", timeout_s=5)


@pytest.mark.parametrize("through_server", [True, False])
def test_a_silent_daemon_is_offline(through_server: bool, adb: AdbClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("harness.adb.direct._CONNECT_S", 1.0)
    way = next(way for way in WAYS if way.through_server is through_server)
    with bench(way, adb, faults=["offline"], connected=False) as phone:
        with pytest.raises(PhoneNotReady) as caught:
            phone.connection.reconnect()
        assert caught.value.state in (PhoneState.OFFLINE, PhoneState.ABSENT)
        assert caught.value.next_step


def test_where_nothing_listens_the_phone_is_absent(way: Way, adb: AdbClient):
    with bench(way, adb) as phone:
        pass
    with pytest.raises(PhoneNotReady) as caught:
        phone.connection.reconnect()
    assert caught.value.state is PhoneState.ABSENT
    assert phone.connection.state() in (PhoneState.ABSENT, PhoneState.OFFLINE)


@pytest.mark.parametrize("fault", ["drop-output", "restart"])
@pytest.mark.parametrize("number", [0, 1, 10, 300])
def test_output_that_stops_is_a_lost_connection_never_an_answer(
    way: Way, adb: AdbClient, fault: str, number: int
):
    with bench(way, adb) as phone:
        phone.connection.shell("true", timeout_s=10)  # the tools are known
        phone.simulated.add_fault(parse_fault(f"{fault}={number}"))
        with pytest.raises((ConnectionLost, PhoneNotReady)):
            phone.connection.shell(EVERY_LINE, timeout_s=10)
        phone.connection.reconnect_patiently(10.0)
        assert phone.connection.shell(EVERY_LINE, timeout_s=10).exit_code == 3


def test_a_lost_end_of_the_output_is_a_lost_connection(way: Way, adb: AdbClient):
    with bench(way, adb) as phone:
        phone.connection.shell("true", timeout_s=10)
        phone.simulated.add_fault(parse_fault("marker-lost=2"))
        for _ in range(2):
            with pytest.raises(ConnectionLost):
                phone.connection.shell(EVERY_LINE, timeout_s=10)
        assert phone.connection.shell(EVERY_LINE, timeout_s=10).exit_code == 3


def test_a_marker_that_the_command_prints_itself_is_not_believed(way: Way, adb: AdbClient):
    with bench(way, adb) as phone:
        script = f"echo {32 * 'a'}-out:0; echo {32 * 'a'}-end:0; exit 4"
        assert phone.connection.shell(script, timeout_s=10).exit_code == 4


def test_a_slow_link_takes_its_time_and_nothing_is_lost(way: Way, adb: AdbClient, tmp_path: Path):
    local = tmp_path / "local"
    local.write_bytes(bytes(60_000))
    with bench(way, adb, faults=["slow-link=200"]) as phone:
        phone.connection.push(local, f"{phone.folder}/there")
        assert phone.files.read(f"{phone.folder}/there") == bytes(60_000)


def test_a_reboot_in_the_middle_of_a_command_is_a_lost_connection(way: Way, adb: AdbClient):
    import threading

    with bench(way, adb) as phone:
        before = phone.connection.shell("cat /proc/sys/kernel/random/boot_id", timeout_s=10).stdout
        timer = threading.Timer(0.3, phone.simulated.reboot)
        timer.start()
        with pytest.raises((ConnectionLost, PhoneNotReady)):
            phone.connection.shell("echo begun; sleep 100", timeout_s=10)
        timer.join()
        phone.connection.reconnect_patiently(10.0)
        after = phone.connection.shell("cat /proc/sys/kernel/random/boot_id", timeout_s=10).stdout
        assert len(before) > 30
        assert before != after


@pytest.mark.parametrize(
    ("fault", "code", "text"),
    [("exec-denied", 126, "Permission denied"), ("wrong-abi", 126, "not executable: 64-bit ELF file")],
)
def test_a_binary_that_cannot_run_says_why(
    way: Way, adb: AdbClient, tmp_path: Path, fault: str, code: int, text: str
):
    local = tmp_path / "benchmark_model"
    local.write_bytes(b"\x7fELF")
    with bench(way, adb, faults=[fault]) as phone:
        remote = f"{phone.folder}/benchmark_model"
        phone.connection.push(local, remote, mode=0o755)
        result = phone.connection.shell(f"{remote} --help", timeout_s=10)
        assert result.exit_code == code
        assert text in result.stderr


def test_many_faults_at_once_end_in_a_named_error_or_a_right_answer(way: Way, adb: AdbClient, tmp_path: Path):
    local = tmp_path / "local"
    local.write_bytes(bytes(range(256)) * 400)
    faults = [
        "drop-push=1",
        "drop-output=5",
        "restart=100",
        "marker-lost=1",
        "slow-link=900",
        "drop-output=700",
    ]
    answers = 0
    with bench(way, adb, faults=faults, connected=False) as phone:
        for _ in range(8):
            try:
                phone.connection.reconnect_patiently(10.0)
                phone.connection.push(local, f"{phone.folder}/there")
                result = phone.connection.shell(EVERY_LINE, timeout_s=20)
            except HarnessError as error:
                assert error.next_step or isinstance(error, ConnectionLost)
                continue
            answers += 1
            assert phone.files.read(f"{phone.folder}/there") == local.read_bytes()
            assert (result.exit_code, len(result.stdout.splitlines())) == (3, 50)
    assert answers >= 3
