from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

from harness.records.row import Row
from harness.results.export import export_csv, export_json, export_parquet
from harness.results.rows import build_rows
from tests.results.factory import MODEL, RUN, TRIAL, evaluation, launch

# As docs/results.md and every reader of exported rows have them.
DOCUMENTED = [
    *("model", "sha256", "family", "quantization", "size_bytes", "device", "runtime", "runtime_version"),
    *(
        "delegate_requested",
        "delegate_actual",
        "delegated_nodes",
        "total_nodes",
        "threads",
        "status",
        "reason",
    ),
    *("launches", "samples", "latency_ms", "init_ms", "first_ms", "peak_memory_mb"),
    *("top1", "top1_low", "top1_high", "top5", "top5_low", "top5_high", "images", "dataset", "warnings"),
]

ROWS = build_rows(RUN, [launch(n) for n in range(3)], [evaluation()])
BARE = build_rows(RUN, [], [])


def test_json_has_the_documented_keys_in_their_order():
    [document] = json.loads(export_json(ROWS))
    assert list(document)[: len(DOCUMENTED)] == DOCUMENTED
    assert list(document["latency_ms"])[:7] == ["median", "ci_low", "ci_high", "p90", "p99", "mean", "min"]
    assert all(isinstance(text, str) for text in document["warnings"])
    assert document["status"] == "ok"


def test_missing_is_null_never_0():
    [document] = json.loads(export_json(BARE))
    for key in ("latency_ms", "init_ms", "peak_memory_mb", "top1", "images", "runtime_version"):
        assert document[key] is None


def test_csv_has_one_line_a_trial_and_flat_columns():
    [line] = csv.DictReader(io.StringIO(export_csv(ROWS)))
    assert float(line["latency_ms.median"]) > 0
    assert line["model"] == "m"
    [bare] = csv.DictReader(io.StringIO(export_csv(BARE)))
    assert bare["latency_ms.median"] == ""


def test_csv_of_no_rows_still_has_its_header():
    assert export_csv(()).startswith("model,sha256,")


def test_a_name_that_is_a_formula_is_text_to_a_spreadsheet():
    name = '=HYPERLINK("http://evil","x")'
    run = replace(RUN, models=(replace(MODEL, name=name),), trials=(replace(TRIAL, model=name),))
    [line] = csv.DictReader(io.StringIO(export_csv(build_rows(run, [], []))))
    assert line["model"] == f"'{name}"


def test_parquet_holds_what_csv_holds():
    import pandas as pd

    frame = pd.read_parquet(io.BytesIO(export_parquet(ROWS)))
    assert list(frame["model"]) == ["m"]
    assert frame["latency_ms.median"][0] > 0


def test_parquet_has_the_same_types_whatever_is_missing():
    import pyarrow.parquet as pq

    def types(rows: tuple[Row, ...]) -> dict[str, str]:
        schema = pq.read_schema(io.BytesIO(export_parquet(rows)))
        return {field.name: str(field.type) for field in schema}

    measured = types(ROWS)
    assert measured == types(BARE) == types(())
    assert measured["delegated_nodes"] == "int64"
    assert measured["latency_ms.p99"] == measured["top1"] == "double"
    assert measured["simulated"] == "bool"
    [bare] = pq.read_table(io.BytesIO(export_parquet(BARE))).to_pylist()
    assert bare["delegated_nodes"] is None
    assert bare["latency_ms.median"] is None
