from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.accuracy.checkpoint import Snapshot
from harness.errors import RunFolderError
from harness.results.partial import PartialEvaluations


def snapshot(images: int = 3) -> Snapshot:
    return Snapshot(
        seen=np.arange(images) < 2,
        indices=np.arange(images * 5, dtype=np.int32).reshape(images, 5),
        scores=np.linspace(0, 1, images * 5, dtype=np.float32).reshape(images, 5),
    )


def test_the_last_snapshot_of_a_key_comes_back(tmp_path: Path):
    partial = PartialEvaluations(tmp_path / "partial")
    partial.save("one", snapshot(3))
    partial.save("one", snapshot(4))
    partial.save("two", snapshot(5))
    found = partial.load("one")
    assert found is not None
    assert np.array_equal(found.seen, snapshot(4).seen)
    assert np.array_equal(found.indices, snapshot(4).indices)
    assert np.array_equal(found.scores, snapshot(4).scores)
    assert partial.load("three") is None


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"\x93NUMPY", b"no archive"])
def test_a_damaged_snapshot_costs_only_time(tmp_path: Path, content: bytes):
    partial = PartialEvaluations(tmp_path / "partial")
    partial.save("one", snapshot())
    [file] = (tmp_path / "partial").iterdir()
    file.write_bytes(content)
    assert partial.load("one") is None


def test_arrays_that_do_not_belong_together_are_no_snapshot(tmp_path: Path):
    partial = PartialEvaluations(tmp_path / "partial")
    good = snapshot()
    for bad in (
        Snapshot(good.seen[:2], good.indices, good.scores),
        Snapshot(good.seen, good.indices[:, :4], good.scores),
        Snapshot(good.seen, good.scores, good.scores),  # type: ignore[arg-type]
    ):
        partial.save("one", bad)
        assert partial.load("one") is None


def test_nothing_is_left_when_it_is_cleared(tmp_path: Path):
    partial = PartialEvaluations(tmp_path / "partial")
    partial.clear()
    partial.save("one", snapshot())
    partial.clear()
    assert not (tmp_path / "partial").exists()


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path):
    (tmp_path / "partial").write_text("a file")
    with pytest.raises(RunFolderError, match="partial"):
        PartialEvaluations(tmp_path / "partial").save("one", snapshot())
