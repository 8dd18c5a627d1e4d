"""Read one log of `benchmark_model`: text in, a frozen record out. Never raises. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from harness.latency.benchmark_model.delegation import read_delegation
from harness.latency.benchmark_model.facts import Facts
from harness.latency.benchmark_model.help import Tool, tool_of
from harness.latency.benchmark_model.lines import Line, clean_lines
from harness.latency.benchmark_model.log import BenchmarkLog
from harness.latency.benchmark_model.parameters import Parameters, read_parameters
from harness.latency.benchmark_model.results_block import ResultsBlock, read_results_block
from harness.latency.benchmark_model.runs import split_runs
from harness.latency.benchmark_model.timings import Statistics, Timings, parse_number, read_timings
from harness.latency.benchmark_model.variant import other_delegate, variant_of
from harness.latency.benchmark_model.verdict import disturbances, judge
from harness.records.launch import ReportedLatency
from harness.records.vocabulary import Status

__all__ = ["parse_log", "parse_logs"]

_SIZE = re.compile(r"The input model file size \(MB\): ([\d.e+-]{1,20})")
_PEAK = re.compile(r"peak memory footprint \(MB\) via periodic monitoring: ([\d.e+-]{1,20})")
_PORT_SIZE = re.compile(r"Model size:\s+([\d.]{1,20}) MB")
_LOADED = re.compile(r"(?:Loaded model|Failed to load model|Loading model from:) (\S.{0,400})")
# The tool divides by 10^6 for the file and by 2^10 twice for memory (benchmark_model.cc).
_MB, _MIB = 1e6, 2**20
_BLOCK_ROUNDS_MS = 0.0051
"""The block has two decimals."""


@dataclass(frozen=True, slots=True)
class _Figures:
    """Times from either tool in one shape."""

    finished: bool
    runs: int | None
    latency: ReportedLatency | None
    init_ms: float | None
    first_ms: float | None
    warmup_runs: int | None
    contradiction: str | None
    fully_accelerated: bool | None


def parse_log(text: str, *, exit_status: int | None = None) -> BenchmarkLog:
    """What the log of one launch says and proves; of several runs in it, the last.

    `exit_status` is that of the tool where the caller knows it; a log may carry
    it as well (`# exit status N`). A success it claims is never believed alone.
    """
    return _read(split_runs(clean_lines(text))[-1], exit_status)


def parse_logs(text: str) -> tuple[BenchmarkLog, ...]:
    """Every run that a text of any origin tells of, in the order in which they began; at least one."""
    runs = split_runs(clean_lines(text))
    logs = tuple(_read(lines, None) for lines in runs)
    told = tuple(log for log in logs if log.tool.measures or log.judgement.requested is not None)
    return told or logs[-1:]


def _read(lines: Sequence[Line], exit_status: int | None) -> BenchmarkLog:
    tool = tool_of(lines)
    parameters = read_parameters(lines)
    figures = _figures(tool, lines)
    status = parameters.exit_status if exit_status is None else exit_status
    judgement = judge(
        Facts(
            tool=tool,
            lines=lines,
            parameters=parameters,
            delegation=read_delegation(lines),
            initialised=figures.init_ms is not None,
            finished=figures.finished,
            runs=figures.runs,
            contradiction=figures.contradiction,
            fully_accelerated=figures.fully_accelerated,
            exit_status=status,
            has_percentiles=figures.latency is None or figures.latency.median_ms is not None,
        )
    )
    counts = judgement.status in (Status.OK, Status.FALLBACK, Status.UNSUPPORTED)
    return BenchmarkLog(
        tool=tool,
        judgement=judgement,
        latency=figures.latency if counts else None,
        runs=figures.runs,
        init_ms=figures.init_ms,
        first_ms=figures.first_ms,
        warmup_runs=figures.warmup_runs,
        threads=parameters.threads if tool.measures else None,
        graph=_graph(parameters, lines) if tool.measures else None,
        model_size_bytes=_scaled(lines, _SIZE, _MB) or _scaled(lines, _PORT_SIZE, _MIB),
        peak_memory_bytes=_scaled(lines, _PEAK, _MIB),
        exit_status=status,
        variant=variant_of(parameters, lines, judgement.requested),
        other_delegate=other_delegate(parameters, lines) if tool.measures else None,
        disturbed=next(disturbances(parameters), None),
    )


def _figures(tool: Tool, lines: Sequence[Line]) -> _Figures:
    if not tool.measures:
        return _Figures(False, None, None, None, None, None, None, None)
    block = read_results_block(lines) if tool is Tool.LITERT else None
    timings = read_timings(lines)
    return _from_block(block, timings) if block is not None else _from_timings(timings)


def _from_timings(timings: Timings) -> _Figures:
    summary, measured, warmup = timings.summary, timings.measured, timings.warmup
    latency = None
    if summary is not None and (measured is None or measured.count > 0):
        latency = _reported(measured) if measured else ReportedLatency(mean_ms=_ms(summary.inference))
    first = (summary.first if summary else None) or (warmup.first if warmup else None)
    return _Figures(
        finished=summary is not None,
        runs=measured.count if measured else None,
        latency=latency,
        init_ms=_ms(timings.init) or None,
        first_ms=_ms(first) or None,
        warmup_runs=warmup.count if warmup else None,
        contradiction=timings.contradiction,
        fully_accelerated=None,
    )


def _from_block(block: ResultsBlock, timings: Timings) -> _Figures:
    """The block's figures; the line `count=` of the same runs has more digits, and percentiles."""
    latency = ReportedLatency(
        runs=block.runs,
        median_ms=block.median_ms,
        mean_ms=block.mean_ms,
        min_ms=block.min_ms,
        max_ms=block.max_ms,
        p5_ms=block.p5_ms,
        p95_ms=block.p95_ms,
    )
    for each in timings.counted:
        if each.count == block.runs and abs((_ms(each.mean) or 0) - block.mean_ms) <= _BLOCK_ROUNDS_MS:
            latency = _reported(each)
    return _Figures(
        finished=True,
        runs=block.runs,
        latency=latency if block.runs else None,
        init_ms=block.init_ms or None,
        first_ms=block.first_ms or None,
        warmup_runs=None,
        contradiction=None,
        fully_accelerated=block.fully_accelerated,
    )


def _reported(statistics: Statistics) -> ReportedLatency:
    return ReportedLatency(
        runs=statistics.count,
        median_ms=_ms(statistics.median),
        mean_ms=_ms(statistics.mean),
        min_ms=_ms(statistics.min),
        max_ms=_ms(statistics.max),
        p5_ms=_ms(statistics.p5),
        p95_ms=_ms(statistics.p95),
    )


def _ms(microseconds: float | None) -> float | None:
    """Rounded to a picosecond: the division must not add digits the tool did not print."""
    return None if microseconds is None else round(microseconds / 1000, 9)


def _graph(parameters: Parameters, lines: Sequence[Line]) -> str | None:
    named = parameters.text("graph", "graph", "model")
    if named:
        return named[:400]
    found = (_LOADED.search(line.text) for line in lines if "oad" in line.text)
    return next((each.group(1).strip() for each in found if each), None)


def _scaled(lines: Sequence[Line], pattern: re.Pattern[str], unit: float) -> int | None:
    for line in lines:
        found = pattern.search(line.text) if "MB" in line.text else None
        number = parse_number(found.group(1)) if found else None
        if number is not None and 0 < number < 1e9:
            return round(number * unit)
    return None
