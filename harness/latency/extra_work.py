"""How much extra work makes a slowdown of a given size, measured within one process.

Two launches differ by more than the sizes asked for; invokes with and without
the extra work that take turns in one process do not.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

import numpy as np

from harness.errors import UsageError
from harness.latency.conversation import Times, load_request, warm_up
from harness.latency.pair import SideOrder
from harness.latency.process import WorkerProcess
from harness.latency.turns import plan_turns

__all__ = ["extra_work_for", "repeats_for"]

_LAUNCHES = 4
_TURNS = 40
_FIRST_REPEATS = 100
# Repetitions come whole. What they really add is measured in every run and told as the true size.
_OFF = 1 / 3


def extra_work_for(order: SideOrder, sizes: Sequence[float]) -> tuple[int, ...]:
    """Repetitions of the small operation that add each of `sizes` to the CPU time of an invoke.

    Raises LaunchError where the model cannot be measured, UsageError where its
    invokes are too short for such sizes.
    """
    if not any(sizes):
        return tuple(0 for _ in sizes)
    points = [point for _ in range(_LAUNCHES) for point in _in_one_launch(order, sizes)]
    return repeats_for(points, sizes, model=order.launch.model.name)


def repeats_for(
    points: Sequence[tuple[int, float]], sizes: Sequence[float], *, model: str
) -> tuple[int, ...]:
    """Repetitions for each of `sizes`, from measured `points` of repetitions and the share they added.

    By a straight line: the first repetition finds cold caches and costs more
    than the others. Raises UsageError for a size that no whole number of
    repetitions comes within a third of.
    """
    repeats, added = np.array(points, np.float64).T
    if np.ptp(repeats) == 0:
        raise _too_short(model, min(size for size in sizes if size), float(np.median(added)))
    slope, base = np.polyfit(repeats, added, deg=1)
    found = []
    for size in sizes:
        count = max(1, round((size - base) / slope)) if size and slope > 0 else 0
        adds = base + slope * count if count else 0.0
        if abs(adds - size) > _OFF * size:
            raise _too_short(model, size, float(base + slope))
        found.append(count)
    return tuple(found)


def _too_short(model: str, size: float, least: float) -> UsageError:
    return UsageError(
        f"an invoke of {model} is too short for a slowdown of {size:.1%}: the least work that can be put in"
        f" adds about {least:.1%}",
        next_step="calibrate with a slower model, or with larger --sizes",
    )


def _in_one_launch(order: SideOrder, sizes: Sequence[float]) -> list[tuple[int, float]]:
    """Repetitions and the share they added: near every size, and at twice the largest."""
    launch = order.launch
    with WorkerProcess(log=launch.log, timeout_s=launch.timeout_s, python=order.python) as worker:
        worker.ask("load", **load_request(launch))
        times = Times()
        warm_up(worker, launch.sampling, times)
        invoke_ms = statistics.median(times.warmup_ns) / 1e6
        invokes = plan_turns(invoke_ms, invoke_ms, turns=_TURNS).invokes
        per_repeat = max(_added(worker, _FIRST_REPEATS, invokes), 1e-3) / _FIRST_REPEATS
        wanted = [size for size in sizes if size] + [2 * max(sizes)]
        repeats = [max(1, round(size / per_repeat)) for size in wanted]
        points = [(tried, _added(worker, tried, invokes)) for tried in repeats]
        worker.ask("close")
    return points


def _added(worker: WorkerProcess, repeats: int, invokes: int) -> float:
    """Share that `repeats` add to the CPU time of an invoke."""
    ratios = []
    for turn in range(_TURNS):
        cpu_ns = {}
        for extra in (0, repeats) if turn % 2 else (repeats, 0):
            told = worker.ask("invoke", count=invokes, max_ms=1e9, extra_work=extra)["cpu_ns"]
            cpu_ns[extra] = statistics.median(told[1:] or told)
        ratios.append(math.log(cpu_ns[repeats] / cpu_ns[0]))
    return math.expm1(statistics.median(ratios))
