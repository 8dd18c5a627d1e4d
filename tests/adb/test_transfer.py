"""Files on their way: verified, whole or not there at all, whatever their names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.adb.connection import PushOutcome
from harness.adb.errors import StorageFull, TransferFailed
from harness.errors import UsageError
from tests.adb.ways import Bench, Way, bench
from tests.adb_client import AdbClient
from tests.odd_names import ODD_NAMES


@pytest.fixture
def local(tmp_path: Path) -> Path:
    path = tmp_path / "model.tflite"
    path.write_bytes(os.urandom(150_001))
    return path


def test_a_file_arrives_verified_with_its_mode(phone: Bench, local: Path):
    remote = f"{phone.folder}/new/folder/model.tflite"
    assert phone.connection.push(local, remote, mode=0o755) is PushOutcome.SENT
    assert phone.files.read(remote) == local.read_bytes()
    assert phone.files.stat(remote).mode & 0o777 == 0o755
    assert phone.files.names(f"{phone.folder}/new/folder") == ["model.tflite"]


def test_a_file_that_is_there_is_not_sent_again(phone: Bench, local: Path):
    remote = f"{phone.folder}/model"
    phone.connection.push(local, remote)
    assert phone.connection.push(local, remote, mode=0o755) is PushOutcome.ALREADY_THERE
    assert phone.files.stat(remote).mode & 0o777 == 0o755


def test_a_file_that_differs_is_replaced(phone: Bench, local: Path):
    remote = f"{phone.folder}/model"
    phone.files.write(remote, local.read_bytes()[:-1] + b"?")
    assert phone.connection.push(local, remote) is PushOutcome.SENT
    assert phone.files.read(remote) == local.read_bytes()


def test_an_empty_file(phone: Bench, tmp_path: Path):
    (tmp_path / "empty").touch()
    assert phone.connection.push(tmp_path / "empty", f"{phone.folder}/empty") is PushOutcome.SENT
    assert phone.files.read(f"{phone.folder}/empty") == b""


@pytest.mark.parametrize("name", ODD_NAMES)
def test_names_of_every_kind(phone: Bench, tmp_path: Path, name: str):
    local, back = tmp_path / name, tmp_path / "back"
    local.write_text(name)
    remote = f"{phone.folder}/{name}"
    assert phone.connection.push(local, remote) is PushOutcome.SENT
    assert phone.connection.push(local, remote) is PushOutcome.ALREADY_THERE
    assert phone.files.names(phone.folder) == [name]
    phone.connection.pull(remote, back)
    assert back.read_text() == name


@pytest.mark.parametrize(
    "remote", ["relative", "/tmp/../etc/passwd", "/tmp/line\nfeed", "/tmp/" + 1100 * "x"]
)
def test_names_that_no_phone_should_be_given(phone: Bench, local: Path, remote: str):
    with pytest.raises(UsageError):
        phone.connection.push(local, remote)


def test_a_folder_is_never_replaced_by_a_file(phone: Bench, local: Path):
    phone.files.make_folder(f"{phone.folder}/taken", parents=True)
    with pytest.raises(TransferFailed, match="folder"):
        phone.connection.push(local, f"{phone.folder}/taken")


def test_where_nothing_may_be_written_the_phones_reason_is_given(phone: Bench, local: Path):
    with pytest.raises(TransferFailed, match="Read-only file system"):
        phone.connection.push(local, "/system/bin/model")


def test_a_local_file_that_is_not_there(phone: Bench, tmp_path: Path):
    with pytest.raises(UsageError, match="absent"):
        phone.connection.push(tmp_path / "absent", f"{phone.folder}/x")


def test_a_file_comes_back_whole(phone: Bench, local: Path, tmp_path: Path):
    phone.files.write(f"{phone.folder}/there", local.read_bytes())
    phone.connection.pull(f"{phone.folder}/there", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == local.read_bytes()


def test_a_file_that_is_not_on_the_phone_leaves_the_local_one_alone(phone: Bench, tmp_path: Path):
    back = tmp_path / "back"
    back.write_text("old")
    with pytest.raises(TransferFailed, match="No such file"):
        phone.connection.pull(f"{phone.folder}/absent", back)
    assert back.read_text() == "old"
    assert list(tmp_path.glob(".back*")) == []
    assert phone.connection.shell("echo alive", timeout_s=10).stdout == "alive\n"


def test_a_full_phone_is_named_and_nothing_half_is_left(way: Way, adb: AdbClient, local: Path):
    with bench(way, adb, faults=["storage-full=100"]) as phone:
        with pytest.raises(StorageFull, match="No space left"):
            phone.connection.push(local, f"{phone.folder}/model")
        assert phone.files.names(phone.folder) == []


def test_without_any_sha256_tool_the_file_is_fetched_and_compared(way: Way, adb: AdbClient, local: Path):
    with bench(way, adb, without=("sha256sum",)) as phone:
        assert phone.connection.tools.sha256 is None
        assert phone.connection.push(local, f"{phone.folder}/model") is PushOutcome.SENT
        assert phone.connection.push(local, f"{phone.folder}/model") is PushOutcome.ALREADY_THERE


@pytest.mark.parametrize("number", [0, 1, 4096, 65_536, 150_000, 150_001])
def test_a_connection_that_drops_in_a_push_is_made_again(way: Way, adb: AdbClient, local: Path, number: int):
    with bench(way, adb, faults=[f"drop-push={number}"]) as phone:
        assert phone.connection.push(local, f"{phone.folder}/model") is PushOutcome.SENT
        assert phone.files.read(f"{phone.folder}/model") == local.read_bytes()
        assert phone.simulated.phone.faults[0].struck


def test_a_drop_beyond_the_files_end_never_comes(way: Way, adb: AdbClient, local: Path):
    with bench(way, adb, faults=["drop-push=150002"]) as phone:
        assert phone.connection.push(local, f"{phone.folder}/model") is PushOutcome.SENT
        assert not phone.simulated.phone.faults[0].struck


def test_a_push_over_a_line_that_drops_twice_restarts_and_is_slow(way: Way, adb: AdbClient, local: Path):
    faults = ["drop-push=0", "drop-push=70000", "restart=0", "slow-link=400"]
    with bench(way, adb, faults=faults) as phone:
        assert phone.connection.push(local, f"{phone.folder}/model") is PushOutcome.SENT
        assert phone.files.read(f"{phone.folder}/model") == local.read_bytes()


def test_a_pull_over_a_line_that_drops_is_made_again(way: Way, adb: AdbClient, local: Path, tmp_path: Path):
    with bench(way, adb, faults=["drop-output=100000"]) as phone:
        phone.files.write(f"{phone.folder}/there", local.read_bytes())
        phone.connection.pull(f"{phone.folder}/there", tmp_path / "back")
        assert (tmp_path / "back").read_bytes() == local.read_bytes()
        assert phone.simulated.phone.faults[0].struck
