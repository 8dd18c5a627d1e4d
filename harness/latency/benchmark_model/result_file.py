"""Figures from the file `--result_file_path` writes: aggregates, no samples. Pure; never raises.

Field numbers: TensorFlow, `tensorflow/lite/tools/benchmark/proto/benchmark_result.proto`.
Unlike the log it has the peak of memory and the number of runs as numbers of their
own, but times as 32-bit floats.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from harness.latency.benchmark_model.wire import Value, WireError, read_fields
from harness.records.launch import ReportedLatency

__all__ = ["BenchmarkResult", "read_result"]

_MOST_BYTES = 1 << 20
_LATENCY, _MEMORY, _MISC = 2, 3, 4
_AVG, _MIN, _MAX, _MEDIAN, _P5, _P95, _INIT, _FIRST = 1, 2, 3, 5, 6, 7, 8, 9
_PEAK_MB = 3
_RUNS = 2
_MIB = 2**20


@dataclass(frozen=True, slots=True)
class BenchmarkResult:
    """What the file says; None: it does not say it."""

    latency: ReportedLatency
    init_ms: float | None = None
    first_ms: float | None = None
    peak_memory_bytes: int | None = None


def read_result(content: bytes) -> BenchmarkResult | None:
    """The figures; None for bytes that are no such file, or one of no run at all."""
    if not content or len(content) > _MOST_BYTES:
        return None
    try:
        parts = dict(read_fields(content))
        times, memory, misc = (_part(parts, number) for number in (_LATENCY, _MEMORY, _MISC))
    except WireError:
        return None
    runs = misc.get(_RUNS)
    if not isinstance(runs, int) or not 0 < runs < 2**31 or _time(times, _MEDIAN) is None:
        return None
    peak = memory.get(_PEAK_MB)
    known = isinstance(peak, float) and math.isfinite(peak) and 0 < peak < 1e9
    return BenchmarkResult(
        latency=ReportedLatency(
            runs=runs,
            median_ms=_time(times, _MEDIAN),
            mean_ms=_time(times, _AVG),
            min_ms=_time(times, _MIN),
            max_ms=_time(times, _MAX),
            p5_ms=_time(times, _P5),
            p95_ms=_time(times, _P95),
        ),
        init_ms=_time(times, _INIT),
        first_ms=_time(times, _FIRST),
        peak_memory_bytes=round(peak * _MIB) if known and isinstance(peak, float) else None,
    )


def _part(parts: Mapping[int, Value], number: int) -> dict[int, Value]:
    part = parts.get(number, b"")
    return dict(read_fields(part)) if isinstance(part, bytes) else {}


def _time(fields: Mapping[int, Value], number: int) -> float | None:
    """Above 0: the tool has no other way to say that it did not measure something."""
    value = fields.get(number)
    if not isinstance(value, float) or not math.isfinite(value) or value <= 0:
        return None
    return float(f"{value:.7g}")
