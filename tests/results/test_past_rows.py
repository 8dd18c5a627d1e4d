"""A history is read from run folders and exported rows, and nothing is guessed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.errors import RunFolderError
from harness.records.vocabulary import Status
from harness.results.export import row_document
from harness.results.past_rows import read_past_rows
from harness.results.run_folder import open_run
from tests.cli.stored import stored_run
from tests.results.history_rows import exported_row, write_export


def test_a_run_folder_tells_time_version_and_machine(tmp_path: Path):
    [row] = read_past_rows([stored_run(tmp_path)])
    assert row.point is not None
    assert row.point.median_ms == pytest.approx(2.02, abs=0.01)
    assert row.point.started_at == "2026-01-01T00:00:00+00:00"
    assert row.point.harness_version == "0.1.0"
    assert row.key.hardware == "4 CPUs"


def test_an_exported_row_of_an_older_version_does_not_tell_the_machine(tmp_path: Path):
    old = exported_row("2026-01-01T10-00-00_local", 2.0)
    del old["processor"]
    path = tmp_path / "rows.json"
    path.write_text(json.dumps([old]))
    [row] = read_past_rows([path])
    assert row.point is not None
    assert row.point.started_at == "2026-01-01T10:00:00+00:00"
    assert row.key.hardware is None


def test_exported_rows_are_of_the_same_series_as_their_run(tmp_path: Path):
    run = stored_run(tmp_path)
    path = tmp_path / "rows.json"
    path.write_text(json.dumps([row_document(row) for row in open_run(run).rows()]))
    assert {row.key for row in read_past_rows([run, path])} == {row.key for row in read_past_rows([run])}


def test_gate_runs_in_the_same_folder_are_passed_over(tmp_path: Path):
    gate = tmp_path / "2026-01-02T00-00-00_gate"
    gate.mkdir()
    (gate / "gate.json").write_text("{}")
    assert len(read_past_rows([stored_run(tmp_path), gate])) == 1
    with pytest.raises(RunFolderError, match="make no history"):
        read_past_rows([gate])


def test_what_is_named_twice_counts_once(tmp_path: Path):
    run = stored_run(tmp_path)
    export = write_export(tmp_path / "rows.json", [2.0])
    again = write_export(tmp_path / "again.json", [2.0])
    assert len(read_past_rows([run, run / ".", export, again])) == 2


def test_a_run_without_a_time_in_its_name_has_none(tmp_path: Path):
    path = tmp_path / "rows.json"
    path.write_text(json.dumps([exported_row("nightly", 2.0), exported_row("2026-13-45T99-00-00", 2.0)]))
    assert [row.point.started_at for row in read_past_rows([path]) if row.point] == [None, None]


def test_a_row_without_latency_stays_with_its_status(tmp_path: Path):
    path = tmp_path / "rows.json"
    path.write_text(json.dumps([exported_row("r", 2.0, status="failed", latency_ms=None)]))
    [row] = read_past_rows([path])
    assert (row.point, row.status) == (None, Status.FAILED)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("not json", "no valid JSON"),
        ("{}", "no list of exported rows"),
        ("[1]", "row 1: the row"),
        ('[{"model": "m"}]', "row 1: sha256"),
        ("[" * 100_000, "no valid JSON"),
    ],
)
def test_another_file_is_refused_by_name(tmp_path: Path, text: str, says: str):
    path = tmp_path / "rows.json"
    path.write_text(text)
    with pytest.raises(RunFolderError, match=says) as caught:
        read_past_rows([path])
    assert "rows.json" in caught.value.message


@pytest.mark.parametrize("bad", [0, -1.0, "x"])
def test_a_latency_that_is_none_is_refused(tmp_path: Path, bad: object):
    path = tmp_path / "rows.json"
    latency = {"median": bad, "ci_low": None, "ci_high": None}
    path.write_text(json.dumps([exported_row("r", 2.0, latency_ms=latency)]))
    with pytest.raises(RunFolderError, match=r"row 1: latency_ms\.median"):
        read_past_rows([path])


def test_a_missing_path_is_refused(tmp_path: Path):
    with pytest.raises(RunFolderError, match="nowhere"):
        read_past_rows([tmp_path / "nowhere"])
