"""`harness import`: what real logs become."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from harness.cli.main import app
from harness.errors import HarnessError
from harness.latency.benchmark_model.parse import parse_log
from harness.results.run_folder import open_run
from harness.sweep.imported_log import ImportedLog, log_document

runner = CliRunner()

KEYS = [
    "log",
    "run",
    "runs_in_log",
    "model",
    "status",
    "reason",
    "delegate_requested",
    "delegate_actual",
    "variant",
    "delegation",
    "delegated_nodes",
    "total_nodes",
    "latency_ms",
    "runs",
    "init_ms",
    "first_ms",
    "threads",
    "warnings",
]


@pytest.fixture
def logs(assets: Path) -> Path:
    return assets / "benchmark_model_logs"


def told(*arguments: object) -> list[dict[str, object]]:
    done = runner.invoke(app, ["import", *map(str, arguments), "--json"])
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, list)
    return found


def test_json_says_what_a_log_proves(logs: Path):
    log = logs / "al_v2_default.log"
    [document] = told(log)
    assert list(document) == KEYS
    assert document == {
        "log": str(log),
        "run": 1,
        "runs_in_log": 1,
        "model": "mobilenet_v2_1.0_224_quant.tflite",
        "status": "ok",
        "reason": None,
        "delegate_requested": "cpu",
        "delegate_actual": "cpu",
        "variant": "",
        "delegation": "partial",
        "delegated_nodes": 64,
        "total_nodes": 66,
        "latency_ms": {
            "median": 3.824,
            "mean": 3.84132,
            "min": 3.689,
            "max": 4.286,
            "p5": 3.733,
            "p95": 3.999,
        },
        "runs": 260,
        "init_ms": 8.549,
        "first_ms": 3.953,
        "threads": 1,
        "warnings": [],
    }


def test_what_a_log_does_not_say_is_null(logs: Path):
    failed, silent = told(logs / "missing_model.log", logs / "v2_default.log")
    assert failed["status"] == "failed"
    for key in ("delegate_actual", "delegation", "latency_ms", "runs", "init_ms", "first_ms", "threads"):
        assert failed[key] is None
    assert (silent["threads"], silent["delegated_nodes"], silent["delegation"]) == (None, None, None)


def test_every_log_becomes_one_object_in_order(logs: Path):
    paths = sorted(logs.glob("*.log"))
    assert [document["log"] for document in told(*paths)] == [str(path) for path in paths]


def test_json_writes_nothing(logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    told(logs / "v2_default.log")
    assert list(tmp_path.iterdir()) == []


@given(st.text(), st.integers(0, 10**12), st.sampled_from(["1e300", "9e999", "0", "4.5"]))
def test_any_text_can_be_written_as_json(text: str, count: int, figure: str):
    line = f"count={count} curr={figure} min={figure} max={figure} avg={figure} median={figure}"
    log = parse_log(f"{text}\n{line}\nInference timings in us: Inference (avg): {figure}\n")
    document = log_document(ImportedLog(Path("x\udcff.log"), b"", log))
    assert (
        json.loads(json.dumps(document, allow_nan=False, ensure_ascii=False).encode())["log"] == "x\\xff.log"
    )


def huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(17 * 2**20)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: None, "No such file"),
        (lambda path: path.mkdir(), "is a folder"),
        (huge, "larger than 16 MiB"),
    ],
    ids=["missing", "a folder", "huge"],
)
@pytest.mark.parametrize("json_wanted", [True, False])
def test_a_log_that_cannot_be_read_costs_the_others_nothing(
    logs: Path, tmp_path: Path, make, said: str, json_wanted: bool
):
    bad = tmp_path / "bad.log"
    make(bad)
    out = tmp_path / "run"
    extra = ["--json"] if json_wanted else ["--out", str(out)]
    done = runner.invoke(app, ["import", str(bad), str(logs / "al_v2_default.log"), *extra])
    assert done.exit_code == 2
    assert str(bad) in done.stderr and said in done.stderr
    if json_wanted:
        assert [document["status"] for document in json.loads(done.stdout)] == ["ok"]
    else:
        assert [row.status for row in open_run(out).rows()] == ["ok"]


def imported(out: Path, *arguments: object) -> Path:
    done = runner.invoke(app, ["import", *map(str, arguments), "--out", str(out), "--device", "pixel4"])
    assert done.exit_code == 0, done.stderr
    return out


def test_a_run_folder_has_a_report_the_figures_and_the_raw_log(logs: Path, tmp_path: Path):
    log = logs / "al_v2_default.log"
    folder = open_run(imported(tmp_path / "run", log))
    [row] = folder.rows()
    assert (row.device, row.runtime, row.delegate_requested, row.threads) == (
        "pixel4",
        "benchmark_model",
        "cpu",
        1,
    )
    assert row.latency_ms is not None
    assert (row.latency_ms.median, row.latency_ms.mean, row.latency_ms.min) == (3.824, 3.84132, 3.689)
    assert (row.latency_ms.ci_low, row.latency_ms.p90, row.latency_ms.p99) == (None, None, None)
    assert (row.launches, row.samples, row.init_ms) == (1, 0, 8.549)
    [launch] = folder.launches()
    assert (folder.path / str(launch.log)).read_bytes() == log.read_bytes()
    assert "no samples" in (folder.path / "report.html").read_text(encoding="utf-8")


def test_an_import_is_marked_as_one(logs: Path, tmp_path: Path):
    folder = open_run(imported(tmp_path / "run", logs / "al_v2_default.log"))
    assert folder.run.imported
    assert "without samples" in folder.run.notices[0]
    [launch] = folder.launches()
    assert launch.samples_ns == ()
    assert launch.state_before.load_1m is None
    assert folder.rows()[0].warnings[0].code == "tool-figures"


def test_a_model_is_known_by_its_name_and_says_so(logs: Path, tmp_path: Path):
    [row] = open_run(imported(tmp_path / "run", logs / "al_v2_default.log")).rows()
    assert row.model == "mobilenet_v2_1.0_224_quant.tflite"
    assert row.sha256 == "unknown:mobilenet_v2_1.0_224_quant.tflite"
    assert row.size_bytes == 3_610_800


def test_several_logs_of_one_trial_are_its_launches(logs: Path, tmp_path: Path):
    names = ("v2_threads1", "al_v2_default", "v2_max_secs_half")
    [row] = open_run(imported(tmp_path / "run", *(logs / f"{name}.log" for name in names))).rows()
    assert row.launches == 3
    assert row.latency_ms is not None
    assert row.latency_ms.median == 3.824
    assert row.latency_ms.min == 3.689


def test_times_under_a_profiler_count_only_where_there_are_no_others(logs: Path, tmp_path: Path):
    profiled, plain = logs / "v1_op_profiling.log", logs / "v1_result_file_path.log"
    [both] = open_run(imported(tmp_path / "both", profiled, plain)).rows()
    [alone] = open_run(imported(tmp_path / "alone", profiled)).rows()
    assert both.latency_ms is not None and alone.latency_ms is not None
    assert (both.latency_ms.median, both.launches) == (0.252, 1)
    assert alone.latency_ms.median == 0.286


def test_a_fallback_is_shown_and_not_ranked(logs: Path, tmp_path: Path):
    out = imported(tmp_path / "run", logs / "v2_plain_use_gpu.log", logs / "v2_threads1.log")
    fallback, cpu = open_run(out).rows()
    assert (fallback.status, fallback.delegate_requested, fallback.delegate_actual) == (
        "fallback",
        "gpu",
        "cpu",
    )
    assert cpu.status == "ok"
    assert "Not ranked (1)" in (out / "summary.md").read_text(encoding="utf-8")


def test_a_failed_log_is_left_out_and_named_where_others_of_its_trial_ran(logs: Path, tmp_path: Path):
    out = imported(tmp_path / "run", logs / "killed_by_timeout.log", logs / "v2_threads1.log")
    folder = open_run(out)
    assert [row.status for row in folder.rows()] == ["ok"]
    assert any("killed_by_timeout.log" in notice for notice in folder.run.notices)
    [alone] = open_run(imported(tmp_path / "alone", logs / "killed_by_timeout.log")).rows()
    assert (alone.status, alone.latency_ms) == ("failed", None)


def test_every_real_log_can_be_imported_at_once(logs: Path, tmp_path: Path):
    folder = open_run(imported(tmp_path / "run", *sorted(logs.glob("*.log"))))
    assert {row.status.value for row in folder.rows()} == {"ok", "fallback", "failed"}
    assert not any(row.latency_ms for row in folder.rows() if row.status == "failed")


def test_a_log_of_the_ios_app_keeps_core_ml(tmp_path: Path):
    log = tmp_path / "iphone.txt"
    log.write_text(
        "2026-11-23 04:58:04.123456+0000 TFLiteBenchmark[812:4711] STARTING!\n"
        "Log parameter values verbosely: [0]\nNum threads: [2]\nGraph: [/var/mobile/m.tflite]\n"
        "Use CoreML: [1]\n"
        "COREML delegate created.\n"
        "Explicitly applied COREML delegate, and the model graph will be"
        " completely executed by the delegate.\n"
        "count=20 first=9 curr=5 min=5 max=9 avg=6 std=1 p5=5 median=6 p95=9\n"
        "Inference timings in us: Init: 100, First inference: 9, Warmup (avg): 9, Inference (avg): 6\n",
        encoding="utf-8",
    )
    [document] = told(log)
    assert (document["status"], document["delegate_requested"], document["delegate_actual"]) == (
        "ok",
        "coreml",
        "coreml",
    )
    [row] = open_run(imported(tmp_path / "run", log)).rows()
    assert (row.delegate_actual, row.threads) == ("coreml", 2)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["ad_help.log"], "none of 1 log"), (["v2_default.log", "--device", "a/b"], "--device")],
)
def test_what_cannot_be_imported_says_why(logs: Path, tmp_path: Path, arguments: list[str], said: str):
    done = runner.invoke(
        app, ["import", str(logs / arguments[0]), *arguments[1:], "--out", str(tmp_path / "run")]
    )
    assert isinstance(done.exception, HarnessError)
    assert done.exception.exit_code == 2
    assert said in str(done.exception)
    assert not (tmp_path / "run").exists()


def test_an_older_run_folder_without_reported_figures_still_opens(tmp_path: Path):
    from tests.cli.stored import stored_run

    folder = open_run(stored_run(tmp_path))
    assert not folder.run.imported
    assert all(launch.reported is None for launch in folder.launches())


def test_a_hostile_name_stays_inside_the_folder(logs: Path, tmp_path: Path):
    text = (logs / "al_v2_default.log").read_text(encoding="utf-8")
    log = tmp_path / "..%2f$(x) <b>.log"
    log.write_text(
        text.replace("models/mobilenet_v2_1.0_224_quant.tflite", "../../<script>alert(1)</script>.tflite")
    )
    out = imported(tmp_path / "run", log)
    assert {path.parent for path in out.rglob("*") if path.is_file()} == {out, out / "logs"}
    assert "<script>alert(1)" not in (out / "report.html").read_text(encoding="utf-8")
