"""A gate run on disk, whole, torn and damaged."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from harness.errors import RunFolderError
from harness.gate.record import GateRecord, create_gate, open_gate, pack, read_record
from tests.gate.pairs import pair
from tests.gate.test_progress import plan


def test_a_folder_gives_back_plan_and_pairs(tmp_path: Path):
    with create_gate(tmp_path / "gate", plan()) as folder:
        folder.append(pair(index=0))
        folder.append(pair(index=1))
    assert read_record(tmp_path / "gate") == GateRecord(plan(), (pair(index=0), pair(index=1)))


def test_a_file_of_the_folder_stands_for_the_folder(tmp_path: Path):
    with create_gate(tmp_path / "gate", plan()) as folder:
        folder.append(pair(index=0))
    for name in ("gate.json", "pairs.jsonl", "result.json"):
        assert read_record(tmp_path / "gate" / name).pairs == (pair(index=0),)


def test_a_torn_end_is_set_aside_and_the_run_goes_on(tmp_path: Path):
    with create_gate(tmp_path / "gate", plan()) as folder:
        folder.append(pair(index=0))
    journal = tmp_path / "gate" / "pairs.jsonl"
    journal.write_bytes(journal.read_bytes() + b'{"cell": "ne')
    with open_gate(tmp_path / "gate") as again:
        [notice] = again.notices
        assert "torn" in notice
        again.append(pair(index=1))
        assert again.pairs() == (pair(index=0), pair(index=1))


def test_two_processes_cannot_write_the_same_run(tmp_path: Path):
    with create_gate(tmp_path / "gate", plan()), pytest.raises(RunFolderError, match="another process"):
        open_gate(tmp_path / "gate").__enter__()


def test_a_packed_file_is_the_same_record_in_the_same_bytes(tmp_path: Path):
    made = [pair(index=number) for number in range(3)]
    for name in ("one", "two"):
        pack(tmp_path / name, plan(), made)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert read_record(tmp_path / "one") == GateRecord(plan(), tuple(made))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"no gzip", "no record of a gate run"),
        (gzip.compress(b"", mtime=0), "empty record"),
        (gzip.compress(b"not json\n", mtime=0), ":1: no valid JSON"),
        (gzip.compress(b"{}\n", mtime=0), ":1: "),
        (gzip.compress(b'{"a": 1}' * 1000, mtime=0)[:40], "no record of a gate run"),
    ],
)
def test_a_damaged_file_is_refused_with_its_name(tmp_path: Path, content: bytes, reason: str):
    path = tmp_path / "record.jsonl.gz"
    path.write_bytes(content)
    with pytest.raises(RunFolderError, match=reason):
        read_record(path)


def test_a_folder_that_exists_is_not_overwritten(tmp_path: Path):
    create_gate(tmp_path / "gate", plan())
    with pytest.raises(RunFolderError, match="--resume"):
        create_gate(tmp_path / "gate", plan())
