"""Launches made up for tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.records.launch import Delegation, Launch
from harness.records.vocabulary import Delegate, Status


def launch(samples_ms: Sequence[float] = (2.0, 2.0, 2.0), *, index: int = 0, **changes: Any) -> Launch:
    """A launch that counts: one thread, all of its wall time spent computing."""
    samples_ns = tuple(round(1e6 * each) for each in samples_ms)
    values: dict[str, Any] = {
        "trial": "m@0/local/litert/cpu/1t",
        "index": index,
        "round": index,
        "started_at": "2026-01-01T00:00:00+00:00",
        "status": Status.OK,
        "reason": None,
        "delegation": Delegation(Delegate.CPU, Delegate.CPU),
        "samples_ns": samples_ns,
        "cpu_ns": samples_ns,
        "warmup_settled": True,
    }
    return Launch(**(values | changes))
