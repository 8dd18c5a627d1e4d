"""What a launch for memory or ops tells. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from harness.latency.benchmark_model.flags import Purpose
from harness.latency.benchmark_model.op_profile import read_op_profile
from harness.latency.phone.reading import Leavings, read_leavings
from harness.records.profile import OpCost
from harness.records.vocabulary import Status

__all__ = ["Profiled", "read_profile"]

_MOST_OPS = 2000
_MOST_NAME = 160


@dataclass(frozen=True, slots=True)
class Profiled:
    """One launch's yield."""

    status: Status
    reason: str | None
    peak_memory_bytes: int | None = None
    memory_source: str | None = None
    ops: tuple[OpCost, ...] = ()


def read_profile(left: Leavings, purpose: Purpose) -> Profiled:
    """From the leavings of a launch; its latencies are not looked at. Never raises.

    The kernel's own highest resident size comes first: the tool's polling, every
    50 ms, can miss a peak.
    """
    reading = read_leavings(left)
    judged = reading.judgement
    if judged.status not in (Status.OK, Status.FALLBACK):
        return Profiled(judged.status, judged.reason)
    if purpose is Purpose.OP_PROFILE:
        nodes = read_op_profile(left.log).nodes[:_MOST_OPS]
        reason = None if nodes else "the tool printed no op profile"
        ops = tuple(
            OpCost(
                each.node_type[:_MOST_NAME],
                each.name[:_MOST_NAME],
                each.mean_ms,
                each.share_percent,
                each.delegated,
            )
            for each in nodes
        )
        return Profiled(judged.status if nodes else Status.FAILED, reason, ops=ops)
    kernel = reading.process.peak_memory_bytes
    if kernel is not None:
        return Profiled(judged.status, None, kernel, "VmHWM of the process")
    told = reading.log.peak_memory_bytes
    if told is not None:
        return Profiled(judged.status, None, told, "the tool's own polling")
    return Profiled(Status.FAILED, "neither the kernel nor the tool told the peak of memory")
