"""JSON that LiteRT's Python tool writes with `--result_json`: the same record as of a log. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from harness.latency.benchmark_model.help import Tool
from harness.latency.benchmark_model.log import BenchmarkLog, Judgement
from harness.records.launch import ReportedLatency
from harness.records.vocabulary import Delegate, Status

__all__ = ["looks_like_json", "read_results"]

_MIB = 2**20
_MOST_MS = 1e9
_MOST_RESULTS = 10_000
_DELEGATES = {"npu": Delegate.NPU, "gpu": Delegate.GPU, "cpu": Delegate.CPU}
"""The order in which the tool lets accelerators take nodes."""


def looks_like_json(text: str) -> bool:
    """Whether a text begins as a JSON object or list of objects does; no log does."""
    start = text.lstrip("\ufeff \t\r\n")[:200]
    return start.startswith("{") or (start.startswith("[") and start[1:].lstrip()[:1] in ("{", "]"))


def read_results(text: str) -> tuple[BenchmarkLog, ...]:
    """One record a result: of one object, of a list, of objects one after the other.

    Raises ValueError with what the text is, where it is anything else. A result
    whose figures cannot be true becomes one that failed, and hides no other.
    """
    documents = [each for document in _documents(text) for each in _flat(document)]
    if not documents or len(documents) > _MOST_RESULTS:
        raise ValueError(f"JSON with {len(documents)} results")
    for each in documents:
        if not _is_result(each):
            raise ValueError(
                f"JSON of something else ({_what(each)}), not of LiteRT's benchmark_litert_model"
            )
    return tuple(_log(each) for each in documents)


def _documents(text: str) -> list[Any]:
    decoder, at, found = json.JSONDecoder(), 0, []
    text = text.lstrip("\ufeff").strip()
    while at < len(text):
        try:
            document, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"JSON that cannot be read ({str(error)[:120]})") from None
        found.append(document)
        at = end
        while at < len(text) and text[at] in " \t\r\n,":
            at += 1
    return found


def _flat(document: Any) -> list[Any]:  # noqa: ANN401 - JSON values
    return document if isinstance(document, list) else [document]


def _is_result(document: object) -> bool:
    return isinstance(document, dict) and isinstance(document.get("latency"), dict) and "model" in document


def _what(document: object) -> str:
    if not isinstance(document, dict):
        return f"a {type(document).__name__}"
    if {"latency_ms", "trial", "run"} <= set(document):
        return "a row that harness export wrote"
    if {"log", "delegate_requested"} <= set(document):
        return "what harness import --json printed"
    return f"keys {', '.join(str(key)[:30] for key in list(document)[:4])}"


def _log(document: Mapping[str, Any]) -> BenchmarkLog:
    latency: Mapping[str, Any] = document["latency"]
    runs = _count(latency.get("num_runs"))
    figures = ReportedLatency(
        runs=runs,
        median_ms=_ms(latency.get("median_ms")),
        mean_ms=_ms(latency.get("avg_ms")),
        min_ms=_ms(latency.get("min_ms")),
        max_ms=_ms(latency.get("max_ms")),
        p5_ms=_ms(latency.get("p5_ms")),
        p95_ms=_ms(latency.get("p95_ms")),
    )
    judgement = _judgement(document, figures)
    size_mb = _ms(document.get("model_size_mb"))
    return BenchmarkLog(
        tool=Tool.LITERT,
        judgement=judgement,
        latency=figures if judgement.status in (Status.OK, Status.FALLBACK) else None,
        runs=runs,
        init_ms=_ms(latency.get("init_ms")),
        first_ms=_ms(latency.get("warmup_first_ms")),
        warmup_runs=_count(latency.get("num_warmup_runs")),
        threads=_count(document.get("num_threads")),
        graph=str(document["model"])[:400] or None,
        model_size_bytes=round(size_mb * _MIB) if size_mb else None,
    )


def _judgement(document: Mapping[str, Any], figures: ReportedLatency) -> Judgement:
    named = document.get("accelerators")
    names = [str(each).lower() for each in named] if isinstance(named, list) else []
    requested = next((each for name, each in _DELEGATES.items() if name in names), None)
    problem = _problem(figures)
    if problem is not None:
        return Judgement(Status.FAILED, problem, requested)
    if requested is None:
        said = ", ".join(names)[:80] or "none"
        return Judgement(Status.FAILED, f"the result names no accelerator harness knows ({said})", None)
    if requested is Delegate.CPU:
        return Judgement(Status.OK, None, requested, actual=requested)
    if document.get("fully_accelerated") is True:
        return Judgement(Status.OK, None, requested, actual=requested, evidence="fully_accelerated: true")
    return Judgement(
        Status.FALLBACK,
        f"{requested} did not take the whole graph, and the result does not tell how much of it:"
        " fully_accelerated is not true; the tool's log tells",
        requested,
    )


def _problem(figures: ReportedLatency) -> str | None:
    """Why the figures cannot be true, or are none; each with 5 in the last digit for rounding."""
    if not figures.runs:
        return "the result counts no measured run"
    if figures.mean_ms is None and figures.median_ms is None:
        return "the result has neither a mean nor a median above 0"
    low, high = figures.min_ms, figures.max_ms
    middle = [each for each in (figures.median_ms, figures.mean_ms) if each is not None]
    if (low is not None and low > min(middle) + 0.01) or (high is not None and high < max(middle) - 0.01):
        return "the result's figures contradict each other: a mean or median outside of min and max"
    return None


def _ms(value: object) -> float | None:
    """A figure above 0 that can be one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and 0 < value < _MOST_MS else None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**9 else None
