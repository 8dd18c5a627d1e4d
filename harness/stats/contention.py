"""What other processes did to the times of a launch: the wait for a CPU, and cores that were missing.

With one thread the wait is known, and taken off. With more it overlaps the
work: invokes in which every thread had a core are told from the others, and
where too few had, the launch is contended.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from harness.records.launch import Launch
from harness.records.vocabulary import Delegate

__all__ = [
    "contended_by",
    "crowded_by",
    "had_all_cores",
    "has_wait_off",
    "times_ns",
    "undisturbed",
    "wait_share",
    "waited_long",
    "without_wait",
    "working",
]

# An invoke in which threads waited longer than this share of it was disturbed.
_UNDISTURBED = 0.01
# As many invokes as still have a median worth the name.
_FEWEST = 8
# What the system's own work takes of the threads' time on a quiet machine is below 1 %.
_QUIET = 0.02
# Of the threads' time together in an invoke that had all its cores: one of two or of eight that was
# missing takes off more than this.
_PARALLEL = 0.9
# Helpers that waited, and invokes in which no more than one thread ever ran: they ran on one core.
_ONE_CORE = 1.1
# CPUs that others may use: what runs on a quiet computer takes a third of it.
_OTHERS = 0.1
# A thread that had less than this share of the busiest one's time is no part of the work.
_IDLE = 0.01


def without_wait(wall: Sequence[int], cpu: Sequence[int], wait: Sequence[int]) -> list[int]:
    """Wall time less the wait. A wait just before or after the invoke is in `wait` too: hence the floor."""
    return [max(w - lost, min(c, w)) for w, c, lost in zip(wall, cpu, wait, strict=True)]


def undisturbed(wall: Sequence[int], wait: Sequence[int]) -> list[bool]:
    """Whether each invoke went by without a wait worth the name."""
    return [lost <= _UNDISTURBED * ns for ns, lost in zip(wall, wait, strict=True)]


def had_all_cores(
    wall: Sequence[int],
    wait: Sequence[int],
    run: Sequence[int],
    threads_ns: Sequence[tuple[int, int]],
) -> list[bool]:
    """Whether each invoke had a core for every thread.

    A thread that never gets a core books no wait while it waits, and the others
    do its work: so the threads' time together is asked too, against what it is
    at its best in the same process. Where no thread waited, nothing was missing.
    """
    clean = undisturbed(wall, wait)
    if len(threads_ns) < 2:
        return clean
    if wait_share(threads_ns) <= _QUIET:
        return [True] * len(wall)
    parallel = np.asarray(run, np.float64) / np.maximum(np.asarray(wall, np.float64), 1.0)
    best = float(np.quantile(parallel[clean], 0.9)) if any(clean) else 0.0
    if best < _ONE_CORE:
        return [False] * len(wall)
    return [each and share >= _PARALLEL * best for each, share in zip(clean, parallel, strict=True)]


def wait_share(threads_ns: Sequence[tuple[int, int]]) -> float:
    """Of the time in which the threads wanted to run, the share in which they waited for a CPU."""
    ran, waited = (sum(each) for each in zip(*threads_ns, strict=True)) if threads_ns else (0, 0)
    return waited / (ran + waited) if ran + waited else 0.0


def has_wait_off(launch: Launch) -> bool:
    """Whether one thread does the work, so that its wait is known and is that of the invoke."""
    told = bool(launch.wait_ns) and len(launch.wait_ns) == len(launch.samples_ns) == len(launch.cpu_ns)
    return told and launch.delegation.actual is not Delegate.GPU and len(working(launch.threads_ns)) == 1


def times_ns(launch: Launch) -> Sequence[int]:
    """The times that count: without the wait where it can be taken off, else of invokes with all their cores.

    An invoke right after a wait finds what others left in the caches, so it is
    left out where enough remain.
    """
    if has_wait_off(launch):
        after = [True, *undisturbed(launch.samples_ns, launch.wait_ns)[:-1]]
        return _kept(without_wait(launch.samples_ns, launch.cpu_ns, launch.wait_ns), after)
    if not _can_lack_a_core(launch):
        return launch.samples_ns
    return _kept(launch.samples_ns, _all_cores(launch))


def contended_by(launch: Launch) -> str | None:
    """Why the times of a launch with several threads are not those of its model; None where they are."""
    if not _can_lack_a_core(launch) or not launch.samples_ns:
        return None
    kept = sum(_all_cores(launch))
    if kept >= min(_FEWEST, len(launch.samples_ns)):
        return None
    return (
        f"its threads waited for a core in {wait_share(launch.threads_ns):.0%} of their time;"
        f" {kept} of {len(launch.samples_ns)} invokes had all the cores they needed"
    )


def crowded_by(launch: Launch, others_cpus: float) -> str | None:
    """The same where the waits do not tell whose fault they are: from the CPUs that others used meanwhile."""
    if launch.delegation.actual is Delegate.GPU or not launch.samples_ns or _can_lack_a_core(launch):
        return None
    threads = len(working(launch.threads_ns)) or launch.threads_requested
    if threads < 2 or others_cpus <= _OTHERS:
        return None
    return f"other processes used {others_cpus:.1f} CPUs beside its {threads} threads"


def waited_long(launch: Launch) -> float | None:
    """Of one thread: how many times the invokes' own time passed on the clock; None where not known."""
    if not has_wait_off(launch):
        return None
    own = sum(without_wait(launch.samples_ns, launch.cpu_ns, launch.wait_ns))
    return sum(launch.samples_ns) / own if own else None


def _can_lack_a_core(launch: Launch) -> bool:
    """Whether several threads work and are no more than the CPUs they may use.

    More threads than that wait for each other, and nobody can tell whose fault a wait was.
    """
    told = len(launch.wait_ns) == len(launch.run_ns) == len(launch.samples_ns)
    if not told or launch.delegation.actual is Delegate.GPU:
        return False
    return 1 < len(working(launch.threads_ns)) <= len(launch.affinity or ())


def working(threads_ns: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The threads that do some of the work, or wanted to."""
    busiest = max((ran + waited for ran, waited in threads_ns), default=0)
    return [(ran, waited) for ran, waited in threads_ns if ran + waited > _IDLE * busiest]


def _all_cores(launch: Launch) -> list[bool]:
    return had_all_cores(launch.samples_ns, launch.wait_ns, launch.run_ns, working(launch.threads_ns))


def _kept(times: Sequence[int], keep: Sequence[bool]) -> Sequence[int]:
    kept = [ns for ns, wanted in zip(times, keep, strict=True) if wanted]
    return kept if len(kept) >= min(_FEWEST, len(times)) else times
