from __future__ import annotations

from pathlib import Path

import pytest

from harness.adb.errors import StorageFull
from harness.devices.android.clean import clean
from harness.devices.android.folder import WorkingFolder
from harness.devices.android.kept import kept_files
from harness.devices.android.owner import PhoneBusy
from tests.devices.android.test_session import mark
from tests.devices.phones import connected


def file(folder: Path, name: str, size_bytes: int = 1000, fill: bytes = b"x") -> Path:
    path = folder / name
    path.write_bytes(fill * size_bytes)
    return path


@pytest.mark.parametrize(
    "name", ["a b.tflite", "-rf.tflite", "$(reboot).tflite", "ü'\";.tflite", "x" * 200 + ".tflite"]
)
def test_any_name_becomes_one_that_no_shell_understands(tmp_path: Path, name: str):
    with connected() as (device, phone):
        remote = device.folder.bring(file(tmp_path, name))
        assert remote.startswith("/data/local/tmp/harness/files/")
        assert remote.endswith(".tflite")
        assert phone.phone.files.read(remote) == b"x" * 1000


def test_two_files_of_one_name_do_not_overwrite_each_other(tmp_path: Path):
    with connected() as (device, _):
        first = device.folder.bring(file(tmp_path, "model.tflite", fill=b"a"))
        second = device.folder.bring(file(tmp_path, "model.tflite", fill=b"b"))
        assert first != second
        assert device.folder.used_bytes() == 2000


def test_the_oldest_files_of_earlier_runs_make_room(tmp_path: Path):
    with connected() as (device, phone):
        earlier = WorkingFolder(device.connection)
        old = [earlier.bring(file(tmp_path, f"{n}.tflite", fill=bytes([n]))) for n in range(3)]
        for age, remote in enumerate(old):
            phone.phone.files.set_modified(remote, 1_000_000 - age)
        now = WorkingFolder(device.connection, budget_bytes=3500)
        now.bring(file(tmp_path, "new.tflite", fill=b"n"))
        assert [phone.phone.files.exists(remote) for remote in old] == [True, True, False]


def test_files_of_this_run_are_never_removed_to_make_room(tmp_path: Path):
    with connected() as (device, phone):
        folder = WorkingFolder(device.connection, budget_bytes=1500)
        first = folder.bring(file(tmp_path, "1.tflite", fill=b"1"))
        with pytest.raises(StorageFull, match="files of this run"):
            folder.bring(file(tmp_path, "2.tflite", fill=b"2"))
        assert phone.phone.files.exists(first)


def test_cleaning_puts_settings_back_and_removes_the_folder(tmp_path: Path):
    with connected() as (device, phone):
        device.folder.bring(file(tmp_path, "m.tflite"))
        phone.phone.condition.settings["global"]["stay_on_while_plugged_in"] = "7"
        kept_files(device.identity).recovery.write_text(
            '{"stay awake": {"before": "2", "during": "7"}}', encoding="utf-8"
        )
        done = clean(device, force=False, on_notice=lambda text: None)
        assert phone.phone.condition.settings["global"]["stay_on_while_plugged_in"] == "2"
        assert not phone.phone.files.exists("/data/local/tmp/harness")
    assert done == ("stay awake put back to 2", "/data/local/tmp/harness removed (0.0 MB)")


def test_cleaning_leaves_a_phone_alone_that_another_computer_uses_unless_forced():
    with connected() as (device, phone):
        mark(phone, silent_s=30)
        with pytest.raises(PhoneBusy):
            clean(device, force=False, on_notice=lambda text: None)
        assert phone.phone.files.exists("/data/local/tmp/harness/lock/owner")
        clean(device, force=True, on_notice=lambda text: None)
        assert not phone.phone.files.exists("/data/local/tmp/harness")


def test_cleaning_never_disturbs_a_session_of_this_computer():
    with connected() as (device, phone), device.session():
        with pytest.raises(PhoneBusy):
            clean(device, force=True, on_notice=lambda text: None)
        assert phone.phone.files.exists("/data/local/tmp/harness/lock")
