"""Which pairs do not count, decided from what disturbed both sides, never from which was faster."""

from __future__ import annotations

from harness.gate.statistic import missing_core, wait_share
from harness.records.gate import LaunchPair
from harness.records.vocabulary import Delegate

__all__ = ["MOST_ATTEMPTS", "spoiled_by"]

MOST_ATTEMPTS = 2
"""A spoiled pair is made again once; the second counts, whatever disturbed it, and that is told.

One whose threads lacked a core never counts: it measured another number of threads."""

# An undisturbed invoke of one thread is all CPU time. Used where the wait itself cannot be read.
_WALL_OVER_CPU = 1.02
# CPU time that the hypervisor took is in no process' account: it stays in the times.
_STEAL_PERCENT = 10.0


def spoiled_by(pair: LaunchPair) -> str | None:
    """Why a pair should be made again, None where it may count. Both sides are judged together."""
    lacking = missing_core(pair)
    if lacking is not None or pair.attempt + 1 >= MOST_ATTEMPTS:
        return lacking
    stolen = pair.state_after.steal_percent
    if stolen is not None and stolen > _STEAL_PERCENT:
        return f"the hypervisor took {stolen:.0f} % of CPU time"
    ratio = _wall_over_cpu(pair)
    if ratio is not None and ratio > _WALL_OVER_CPU and wait_share(pair) is None:
        return f"invokes took {ratio:.2f} times their CPU time: they waited for a core"
    return None


def _wall_over_cpu(pair: LaunchPair) -> float | None:
    """Of one thread on a CPU; elsewhere the two times say nothing of each other."""
    if any(side.process_threads != 1 or side.delegation.actual is Delegate.GPU for side in (pair.a, pair.b)):
        return None
    cpu_ns = sum(sum(turn.a_cpu_ns) + sum(turn.b_cpu_ns) for turn in pair.turns)
    return sum(sum(turn.a_ns) + sum(turn.b_ns) for turn in pair.turns) / cpu_ns if cpu_ns else None
