"""From what one launch left on the phone to its record. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from harness.latency.benchmark_model.log import BenchmarkLog, Judgement
from harness.latency.benchmark_model.parse import parse_log
from harness.latency.benchmark_model.proof import BACKENDS, prove
from harness.latency.benchmark_model.result_file import BenchmarkResult, read_result
from harness.latency.benchmark_model.runtime_info import RuntimeInfo, read_runtime_info
from harness.latency.phone.script import ProcessFacts, read_process
from harness.latency.phone.tool import refusal
from harness.records.launch import Delegation, Launch, ReportedLatency
from harness.records.vocabulary import Delegate, Status

__all__ = ["Leavings", "Reading", "read_leavings", "with_reading"]


@dataclass(frozen=True, slots=True)
class Leavings:
    """The files of a launch as they came from the phone; empty where there was none."""

    log: str = ""
    process: str = ""
    result: bytes = b""
    runtime_info: bytes = b""
    exit_code: int | None = None
    """None where the script did not end by itself."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What they say together."""

    log: BenchmarkLog
    judgement: Judgement
    process: ProcessFacts
    result: BenchmarkResult | None
    runtime_info: RuntimeInfo | None


def read_leavings(left: Leavings) -> Reading:
    """Parse everything; never raises on any content."""
    log = parse_log(left.log, exit_status=left.exit_code)
    info, result = read_runtime_info(left.runtime_info), read_result(left.result)
    judged = prove(log.judgement, info) if info is not None else log.judgement
    if judged.status is Status.FAILED and left.exit_code is not None:
        refused = refusal("the tool", left.log, left.exit_code)
        judged = replace(judged, reason=refused.message) if refused is not None else judged
    return Reading(log, judged, read_process(left.process), result, info)


def with_reading(launch: Launch, reading: Reading, *, requested: Delegate) -> Launch:
    """The launch with status, figures and delegation.

    A log of another request than the launch's says that the tool ran something else: that is a fallback.
    """
    judged, log = reading.judgement, reading.log
    status, reason = judged.status, judged.reason
    if judged.requested is not requested and status is Status.OK:
        status, reason = Status.FALLBACK, f"asked for {requested}, the log shows a run on {judged.actual}"
    info = reading.runtime_info
    return replace(
        launch,
        status=status,
        reason=reason,
        delegation=Delegation(
            requested=requested,
            actual=judged.actual,
            delegated_nodes=judged.delegated_nodes,
            total_nodes=judged.total_nodes,
            partitions=judged.partitions,
            evidence=judged.evidence,
            left_on_cpu=_left_on_cpu(requested, info) if judged.actual is not None else (),
        ),
        reported=_figures(reading) if status in (Status.OK, Status.FALLBACK) else None,
        init_ms=log.init_ms,
        first_ms=log.first_ms,
        affinity=reading.process.affinity,
        notes=judged.warnings,
    )


def _figures(reading: Reading) -> ReportedLatency | None:
    """Those of the log; those of the result file where the log has no median, as of old tools."""
    told = reading.log.latency
    if told is not None and told.median_ms:
        return told
    return reading.result.latency if reading.result is not None else told


def _left_on_cpu(requested: Delegate, info: RuntimeInfo | None) -> tuple[tuple[str, int], ...]:
    backend = BACKENDS.get(requested)
    return info.left_by(backend) if info is not None and backend is not None else ()
