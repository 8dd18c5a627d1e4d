"""Every real log gives the verdict that reading it gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.latency.benchmark_model.log import BenchmarkLog
from harness.latency.benchmark_model.parse import parse_log
from tests.latency.benchmark_model.real import LOGS, NO_MEASUREMENT, TABLE, Expected, parsed, text_of

# The Python port's log has a logger of its own on half of its lines.
WITHOUT_LOGGER = [each for each in TABLE if each.name != "litert_benchmark_py"]
WITH_FIGURES = [each for each in TABLE if each.latency_ms is not None]


def by_name(each: Expected) -> str:
    return each.name


def verdict(log: BenchmarkLog) -> tuple[object, ...]:
    judged = log.judgement
    return (
        judged.status,
        judged.requested,
        judged.actual,
        judged.delegation,
        judged.delegated_nodes,
        judged.total_nodes,
        log.runs,
        log.latency,
        log.init_ms,
        log.first_ms,
    )


def test_the_table_has_every_log_of_the_index(assets: Path):
    index = (assets / LOGS / "INDEX.tsv").read_text(encoding="utf-8").splitlines()
    names = {line.split("\t")[0].removesuffix(".log") for line in index}
    assert names == {each.name for each in TABLE} | set(NO_MEASUREMENT)


@pytest.mark.parametrize("expected", TABLE, ids=by_name)
def test_where_it_was_asked_to_run_and_where_it_ran(assets: Path, expected: Expected):
    judged = parsed(assets, expected.name).judgement
    assert judged.status == expected.status, judged.reason
    assert judged.requested == expected.requested
    assert judged.actual == expected.actual
    assert judged.delegation == expected.delegation
    assert (judged.delegated_nodes, judged.total_nodes) == expected.nodes
    assert (judged.reason is None) == (expected.status == "ok")


@pytest.mark.parametrize("expected", TABLE, ids=by_name)
def test_runs_threads_and_what_came_before_them(assets: Path, expected: Expected):
    log = parsed(assets, expected.name)
    assert log.runs == expected.runs
    assert log.threads == expected.threads
    assert log.init_ms == pytest.approx(expected.init_ms)
    assert log.first_ms == pytest.approx(expected.first_ms)


@pytest.mark.parametrize("expected", TABLE, ids=by_name)
def test_the_figures_are_those_of_the_measured_runs(assets: Path, expected: Expected):
    latency = parsed(assets, expected.name).latency
    if expected.latency_ms is None:
        assert latency is None
        return
    assert latency is not None
    found = (
        latency.median_ms,
        latency.mean_ms,
        latency.min_ms,
        latency.max_ms,
        latency.p5_ms,
        latency.p95_ms,
    )
    assert found == pytest.approx(expected.latency_ms)
    assert latency.runs == expected.runs


@pytest.mark.parametrize(("name", "what"), NO_MEASUREMENT.items())
def test_output_of_other_kinds_is_named_and_never_measured(assets: Path, name: str, what: str):
    log = parsed(assets, name)
    assert log.judgement.status == "failed"
    assert what in (log.judgement.reason or "")
    assert (log.latency, log.judgement.actual, log.judgement.requested) == (None, None, None)


@pytest.mark.parametrize("expected", TABLE, ids=by_name)
def test_the_verdict_needs_neither_the_command_nor_the_exit_status(assets: Path, expected: Expected):
    kept = [line for line in text_of(assets, expected.name).splitlines() if not line.startswith("#")]
    assert verdict(parse_log("\n".join(kept))) == verdict(parsed(assets, expected.name))


@pytest.mark.parametrize("expected", TABLE, ids=by_name)
def test_an_exit_status_of_0_changes_nothing(assets: Path, expected: Expected):
    text = text_of(assets, expected.name)
    assert verdict(parse_log(text, exit_status=0)) == verdict(parse_log(text))


THREADTIME = "11-23 04:58:04.123  1234  1250 I tflite  : "
LOGGERS = {
    "logcat -v threadtime": lambda line: THREADTIME + line,
    "logcat -v brief": lambda line: f"I/tflite  ( 1234): {line}",
    "logcat -v time": lambda line: f"11-23 04:58:04.123 I/tflite  ( 1234): {line}",
    "Android Studio": lambda line: f"2026-11-23 04:58:04.123 812-812/org.example.bench I/tflite: {line}",
    "newer Android Studio": lambda line: (
        f"2026-11-23 04:58:04.123   812-812   tflite  org.example  I  {line}"
    ),
    "NSLog of the iOS app": lambda line: f"2026-11-23 04:58:04.123456+0000 TFLiteBenchmark[812:4711] {line}",
    "a build server": lambda line: f"2026-11-23T04:58:04.1234567Z {line}",
    "a terminal with \\r\\n": lambda line: f"{line}\r",
    "a terminal with \\r\\r\\n": lambda line: f"{line}\r\r",
    "colours": lambda line: f"\x1b[32m{line}\x1b[0m",
    "NUL bytes": lambda line: f"\x00{line}\x00",
    "indentation": lambda line: f"    {line}  ",
}


@pytest.mark.parametrize("logger", LOGGERS)
@pytest.mark.parametrize("expected", WITHOUT_LOGGER, ids=by_name)
def test_what_a_logger_adds_changes_nothing(assets: Path, expected: Expected, logger: str):
    lines = [line for line in text_of(assets, expected.name).splitlines() if not line.startswith("#")]
    plain = parse_log("\n".join(lines))
    assert verdict(parse_log("\n".join(map(LOGGERS[logger], lines)))) == verdict(plain)


@pytest.mark.parametrize("expected", [each for each in TABLE if each.status != "failed"], ids=by_name)
def test_logs_of_2020_have_no_level_in_front(assets: Path, expected: Expected):
    text = text_of(assets, expected.name)
    for level in ("INFO: ", "WARN: ", "VERBOSE: "):
        text = text.replace(level, "")
    assert verdict(parse_log(text)) == verdict(parsed(assets, expected.name))


@pytest.mark.parametrize("expected", WITH_FIGURES, ids=by_name)
def test_a_log_that_is_cut_before_its_last_figure_is_not_finished(assets: Path, expected: Expected):
    text = text_of(assets, expected.name)
    mark = "Inference (avg):"
    cut = parse_log(text[: text.index(mark) + len(mark)])
    assert cut.judgement.status == "failed"
    assert cut.judgement.actual is None
    assert cut.latency is None


@pytest.mark.parametrize("expected", WITH_FIGURES, ids=by_name)
def test_a_failure_after_the_figures_is_a_failure(assets: Path, expected: Expected):
    """The tool prints its figures even where an invoke failed, and says so afterwards."""
    failed = parse_log(text_of(assets, expected.name) + "\nERROR: Benchmarking failed.\n")
    assert failed.judgement.status == "failed"
    assert failed.latency is None


def test_the_last_average_cut_in_the_middle_is_noticed(assets: Path):
    text = text_of(assets, "v2_threads1")
    cut = parse_log(text[: text.index("Inference (avg): 3841.32") + len("Inference (avg): 38")])
    assert cut.judgement.status == "failed"
    assert "cut or garbled" in (cut.judgement.reason or "")
