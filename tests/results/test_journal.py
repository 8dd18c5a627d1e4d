"""A journal survives being cut at any byte, and a writer being killed at any moment."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.errors import RunFolderError
from harness.records.launch import Launch
from harness.results.journal import Journal
from harness.results.journal_folder import JournalFolder
from tests.results.factory import launch


def journal(folder: Path) -> Journal[Launch]:
    return Journal(folder / "measurements.jsonl", Launch)


def test_records_come_back_in_order(tmp_path: Path):
    made = [launch(index) for index in range(3)]
    for each in made:
        journal(tmp_path).append(each)
    assert list(journal(tmp_path).records()) == made


def test_a_journal_that_is_not_there_is_empty(tmp_path: Path):
    assert list(journal(tmp_path).records()) == []
    assert journal(tmp_path).repair() is None


def test_a_cut_at_any_byte_loses_at_most_the_last_record(tmp_path: Path):
    made = [launch(index) for index in range(2)]
    for each in made:
        journal(tmp_path).append(each)
    whole = journal(tmp_path).path.read_bytes()
    first = whole.index(b"\n") + 1
    for end in range(len(whole)):
        folder = tmp_path / str(end)
        folder.mkdir()
        cut = journal(folder)
        cut.path.write_bytes(whole[:end])
        complete = 0 if end < first else 1
        assert list(cut.records()) == made[:complete]
        notice = cut.repair()
        assert (notice is None) == (end in (0, first))
        cut.append(launch(9))
        assert list(cut.records()) == [*made[:complete], launch(9)]
        kept = b"".join(path.read_bytes() for path in folder.glob("*.torn-*"))
        assert kept == whole[first if complete else 0 : end]


def test_a_second_torn_end_does_not_write_over_the_first(tmp_path: Path):
    for text in (b"one", b"two"):
        with journal(tmp_path).path.open("ab") as file:
            file.write(text)
        journal(tmp_path).repair()
    assert sorted(path.read_bytes() for path in tmp_path.glob("*.torn-*")) == [b"one", b"two"]


def test_a_damaged_line_in_the_middle_is_named(tmp_path: Path):
    journal(tmp_path).append(launch(0))
    with journal(tmp_path).path.open("ab") as file:
        file.write(b"{broken}\n")
    journal(tmp_path).append(launch(1))
    with pytest.raises(RunFolderError, match=r"measurements\.jsonl:2"):
        list(journal(tmp_path).records())


def test_a_writer_that_is_killed_leaves_a_readable_journal(tmp_path: Path):
    script = (
        "import sys; from pathlib import Path\n"
        "from tests.results.factory import launch; from harness.results.journal import Journal\n"
        "from harness.records.launch import Launch\n"
        "journal = Journal(Path(sys.argv[1]), Launch)\n"
        "for index in range(100_000): journal.append(launch(index))\n"
    )
    path = journal(tmp_path).path
    root = Path(__file__).resolve().parents[2]
    writer = subprocess.Popen([sys.executable, "-c", script, str(path)], cwd=root)
    while not path.exists() or path.stat().st_size < 20_000:
        assert writer.poll() is None
        time.sleep(0.01)
    writer.send_signal(signal.SIGKILL)
    writer.wait(timeout=30)
    journal(tmp_path).repair()
    indexes = [each.index for each in journal(tmp_path).records()]
    assert indexes == list(range(len(indexes)))
    assert len(indexes) > 5


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(RunFolderError, match="cannot be written"):
        Journal(tmp_path / "file" / "x.jsonl", Launch).append(launch(0))


def test_a_full_disk_is_one_sentence():
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    with pytest.raises(RunFolderError, match="No space left"):
        Journal(full, Launch).append(launch(0))


def test_a_torn_end_that_cannot_be_kept_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = journal(tmp_path).path
    path.write_bytes(b"half a line")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", full)
    folder = JournalFolder(tmp_path, [journal(tmp_path)], what="run")
    with pytest.raises(RunFolderError, match=r"torn-1: .*No space left") as caught, folder:
        pass
    assert "make room" in (caught.value.next_step or "")
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    assert path.read_bytes() == b"half a line"
    monkeypatch.undo()
    with folder:
        assert "set aside" in folder.notices[0]
