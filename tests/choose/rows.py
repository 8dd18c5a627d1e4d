"""Rows and candidates made up for tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.choose.candidates import Candidate, pool_of
from harness.records.row import LatencySummary, Row
from harness.records.vocabulary import Delegate, Quantization, Runtime, Status
from harness.stats.intervals import wilson


def row(
    model: str = "a",
    latency_ms: float | None = 10.0,
    top1: float | None = 0.7,
    size_bytes: int | None = 4_000_000,
    *,
    spread: float | None = 0.02,
    images: int = 1000,
    **changes: Any,
) -> Row:
    """A row that ran; `spread` is the relative half width of its latency's interval, None for one launch."""
    latency = None
    if latency_ms is not None:
        ends = (None, None) if spread is None else (latency_ms * (1 - spread), latency_ms * (1 + spread))
        latency = LatencySummary(latency_ms, *ends, latency_ms, latency_ms, latency_ms, latency_ms)
    interval = None if top1 is None else wilson(round(top1 * images), images)
    threads = changes.get("threads", 1)
    values: dict[str, Any] = {
        "model": model,
        "sha256": f"sha of {model}",
        "family": None,
        "quantization": Quantization.FLOAT32,
        "size_bytes": size_bytes,
        "device": "local",
        "runtime": Runtime.LITERT,
        "runtime_version": "2.3.0",
        "delegate_requested": Delegate.CPU,
        "delegate_actual": Delegate.CPU,
        "delegated_nodes": None,
        "total_nodes": None,
        "threads": threads,
        "status": Status.OK,
        "reason": None,
        "launches": 5,
        "samples": 100,
        "latency_ms": latency,
        "init_ms": None,
        "first_ms": None,
        "peak_memory_mb": None,
        "top1": top1,
        "top1_low": interval.low if interval else None,
        "top1_high": interval.high if interval else None,
        "top5": top1,
        "top5_low": interval.low if interval else None,
        "top5_high": interval.high if interval else None,
        "images": None if top1 is None else images,
        "dataset": None if top1 is None else "photos",
        "trial": f"{model}/{changes.get('device', 'local')}/{threads}t",
        "run": "r1",
    }
    return Row(**(values | changes))


def candidate(*arguments: Any, correct: Sequence[bool] | None = None, **changes: Any) -> Candidate:
    """A candidate; with `correct`, its accuracy is that of these images."""
    if correct is None:
        return pool_of([row(*arguments, **changes)]).candidates[0]
    made = row(*arguments, top1=sum(correct) / len(correct), images=len(correct), **changes)
    return pool_of([made], {(made.sha256, "litert", "cpu", "fingerprint"): correct}).candidates[0]


def image_results(right: int, images: int = 1000, *, shift: int = 0) -> tuple[bool, ...]:
    """`right` of `images` classified right, beginning with image `shift`."""
    return tuple((index - shift) % images < right for index in range(images))
