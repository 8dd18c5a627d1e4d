from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.cli.main import app
from harness.errors import HarnessError
from tests.cli.stored import stored_run

runner = CliRunner()


def exported(*arguments: str) -> bytes:
    done = runner.invoke(app, ["export", *arguments])
    assert done.exit_code == 0, done.stderr
    return done.stdout_bytes


def test_json_has_one_object_a_trial_with_null_for_what_is_missing(tmp_path: Path):
    [row] = json.loads(exported(str(stored_run(tmp_path))))
    assert row["model"] == "m"
    assert row["latency_ms"]["median"] == pytest.approx(2.0195, abs=0.001)
    assert row["top1"] == 0.7
    assert row["reason"] is None
    assert row["size_bytes"] == 1_000_000


def test_csv_has_one_column_for_each_figure_of_the_latency(tmp_path: Path):
    text = exported(str(stored_run(tmp_path)), "--format", "csv").decode()
    [row] = csv.DictReader(io.StringIO(text))
    assert float(row["latency_ms.median"]) == pytest.approx(2.0195, abs=0.001)
    assert row["reason"] == ""


def test_parquet_is_read_by_pandas(tmp_path: Path):
    import pandas as pd

    out = tmp_path / "rows.parquet"
    exported(str(stored_run(tmp_path)), "--format", "parquet", "--out", str(out))
    table = pd.read_parquet(out)
    assert list(table["model"]) == ["m"]
    assert table["top1"][0] == 0.7


def test_several_runs_go_into_one_table(tmp_path: Path):
    paths = [str(stored_run(tmp_path, name=name)) for name in ("one", "two")]
    assert [row["run"] for row in json.loads(exported(*paths))] == ["one", "two"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["no/such/run"], "no/such/run"), (["RUN", "--format", "xml"], "xml")],
    ids=["missing run", "unknown format"],
)
def test_what_cannot_be_exported_is_named(tmp_path: Path, arguments: list[str], said: str):
    run = str(stored_run(tmp_path))
    done = runner.invoke(app, ["export", *(run if each == "RUN" else each for each in arguments)])
    assert isinstance(done.exception, HarnessError)
    assert done.exception.exit_code == 2
    assert said in str(done.exception)
