"""LiteRT's own tool and its Python port: every real log says what ran where, on Linux as on Android."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.latency.benchmark_model.lines import decode_log
from harness.latency.benchmark_model.log import BenchmarkLog
from harness.latency.benchmark_model.parse import parse_logs


def read(path: Path) -> tuple[BenchmarkLog, ...]:
    return parse_logs(decode_log(path.read_bytes()))


def table(folder: Path) -> dict[str, dict[str, Any]]:
    return json.loads((folder / "expected.json").read_text(encoding="utf-8"))


def test_every_log_of_litert_has_its_right_verdict(assets: Path):
    folder = assets / "litert2_logs"
    wrong = []
    for name, expected in table(folder).items():
        [log] = read(folder / f"{name}.log")
        judged = log.judgement
        found = (judged.status, judged.requested, judged.actual, log.latency and log.latency.median_ms)
        right = tuple(expected[key] for key in ("status", "requested", "actual", "median_ms"))
        nodes = (judged.delegated_nodes, judged.total_nodes)
        if found != right or expected["nodes"] not in (None, list(nodes)):
            wrong.append((name, right, expected["nodes"], found, nodes, judged.reason))
    assert wrong == []


def test_a_log_of_an_npu_says_whose_and_that_openvinos_cpu_is_none(assets: Path):
    [log] = read(assets / "litert2_logs" / "t1_npu_ov_cpu_quant.log")
    assert log.variant == "intelopenvino on CPU"
    assert any("stands in the place of an NPU" in each for each in log.judgement.warnings)


@pytest.mark.parametrize(
    ("name", "quoted"),
    [
        ("t1_npu_no_libs", "No compiler plugin found"),
        ("t1_npu_ov_npu_fails", "Plugin errs"),
        ("t1_gpu_no_library_cpu_false", "GPU accelerator could not be loaded"),
        ("t1_gpu_ss_float", "SQUEEZE: Operation is not supported."),
        ("t1_npu_compiler_only", "No dispatch library found"),
    ],
)
def test_why_an_accelerator_did_not_run_is_quoted(assets: Path, name: str, quoted: str):
    [log] = read(assets / "litert2_logs" / f"{name}.log")
    assert quoted in (log.judgement.reason or "")


FIELDS = {
    "st": lambda log: log.judgement.status,
    "rq": lambda log: log.judgement.requested,
    "ac": lambda log: log.judgement.actual,
    "n": lambda log: f"{log.judgement.delegated_nodes}/{log.judgement.total_nodes}",
    "mean": lambda log: log.latency and log.latency.mean_ms,
    "threads": lambda log: log.threads,
}


def fits(log: BenchmarkLog, description: dict[str, Any]) -> bool:
    return all(
        str(FIELDS[key](log)) in right.split("|") if isinstance(right, str) else FIELDS[key](log) == right
        for key, right in description.items()
    )


def test_every_small_case_is_read_as_it_must_be(cases: Path):
    folder = cases / "logs"
    wrong = []
    for name, expected in table(folder).items():
        logs = read(folder / f"{name}.log")
        pairs = [(log.judgement.requested, log.latency and log.latency.mean_ms) for log in logs]
        right = (
            all(any(fits(log, each) for log in logs) for each in expected.get("any", [])),
            len(logs) == expected.get("runs", len(logs)),
            not any(log.judgement.actual in expected.get("never_actual", []) for log in logs),
            not any((delegate, mean) in pairs for delegate, mean in expected.get("never_pair", [])),
            any(expected.get("reason", "") in (log.judgement.reason or "") for log in logs),
        )
        if not all(right):
            wrong.append((name, right, [log.judgement for log in logs]))
    assert wrong == []


def test_a_tool_that_registers_every_accelerator_was_not_asked_for_one(cases: Path):
    """LiteRT's tool of 2025 tries to load an NPU in every run: without a path that asks for nothing."""
    [log] = read(cases / "logs" / "72_import_npu_beside_cpu__cpu.log")
    assert (log.judgement.status, log.judgement.requested, log.judgement.actual) == ("ok", "cpu", "cpu")
    assert any("does not tell" in each for each in log.judgement.warnings)
