"""Aggregates from the tool's result file; the test writes it with the tool's schema."""

from __future__ import annotations

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from hypothesis import given
from hypothesis import strategies as st

from harness.latency.benchmark_model.result_file import BenchmarkResult, read_result
from harness.records.launch import ReportedLatency

FLOAT, INT64, INT32, MESSAGE = 2, 3, 5, 11
LATENCY = (
    "avg_ms",
    "min_ms",
    "max_ms",
    "stddev_ms",
    "median_ms",
    "p5_ms",
    "p95_ms",
    "init_ms",
    "first_inference_ms",
    "average_warm_up_ms",
)


def _schema():
    """Names and numbers of tensorflow/lite/tools/benchmark/proto/benchmark_result.proto."""
    file = descriptor_pb2.FileDescriptorProto(name="result.proto", package="t", syntax="proto2")

    def message(name: str, *fields: tuple[str, int, str]) -> None:
        made = file.message_type.add(name=name)
        for number, (field, kind, type_name) in enumerate(fields, 1):
            made.field.add(name=field, number=number, type=kind, label=1, type_name=type_name or None)

    message("Latency", *((name, FLOAT, "") for name in LATENCY))
    message("Memory", ("init_kb", INT64, ""), ("overall_kb", INT64, ""), ("peak_mem_mb", FLOAT, ""))
    message("Misc", ("size", FLOAT, ""), ("num_runs", INT32, ""), ("warmups", INT32, ""))
    parts = (("latency", ".t.Latency"), ("memory", ".t.Memory"), ("misc", ".t.Misc"))
    message("Result", ("name", 9, ""), *((name, MESSAGE, kind) for name, kind in parts))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("t.Result"))


RESULT = _schema()


def written(*, runs: int = 264, peak_mb: float = 19.3125) -> bytes:
    result = RESULT(name="a")
    times = (3.79245, 3.689, 4.492, 0.07, 3.779, 3.723, 3.876, 7.656, 3.942, 3.82813)
    for name, value in zip(LATENCY, times, strict=True):
        setattr(result.latency, name, value)
    result.memory.init_kb = -1
    result.memory.peak_mem_mb = peak_mb
    result.misc.num_runs = runs
    return bytes(result.SerializeToString())


def test_the_figures_come_as_they_were_written():
    assert read_result(written()) == BenchmarkResult(
        latency=ReportedLatency(
            runs=264,
            median_ms=pytest.approx(3.779),
            mean_ms=pytest.approx(3.79245),
            min_ms=pytest.approx(3.689),
            max_ms=pytest.approx(4.492),
            p5_ms=pytest.approx(3.723),
            p95_ms=pytest.approx(3.876),
        ),
        init_ms=pytest.approx(7.656),
        first_ms=pytest.approx(3.942),
        peak_memory_bytes=20250624,
    )


def test_a_run_without_invokes_is_no_result():
    assert read_result(written(runs=0)) is None


def test_a_peak_of_0_was_not_measured():
    found = read_result(written(peak_mb=0.0))
    assert found is not None
    assert found.peak_memory_bytes is None


@pytest.mark.parametrize("peak_mb", [float("nan"), float("inf"), -1.0])
def test_a_peak_that_is_no_amount_is_left_out(peak_mb: float):
    found = read_result(written(peak_mb=peak_mb))
    assert found is not None
    assert found.peak_memory_bytes is None


def test_a_cut_file_is_none():
    content = written()
    assert all(read_result(content[:length]) is None for length in (0, 1, 10, len(content) // 2))


@given(st.binary(max_size=300))
def test_no_bytes_make_it_raise(content: bytes):
    read_result(content)


@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=3))
def test_no_damage_makes_it_raise(at: int, damage: bytes):
    content = bytearray(written())
    content[at % len(content) : at % len(content) + len(damage)] = damage
    read_result(bytes(content))
