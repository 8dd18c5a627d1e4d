"""What the runs of a calibration say together: error rates with exact intervals. Pure."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Sequence

from harness.records.calibration import Calibration, CalibrationGroup, CalibrationPlan, CalibrationRun
from harness.records.vocabulary import Condition, Verdict
from harness.stats.intervals import clopper_pearson
from harness.stats.signed_rank import hodges_lehmann, signed_rank_interval

__all__ = ["next_case", "summarise"]

Case = tuple[Condition, float]
# More would not narrow the interval visibly, and the Walsh averages grow with the square.
_MOST_RATIOS = 1000


def summarise(plan: CalibrationPlan, runs: Sequence[CalibrationRun]) -> Calibration:
    """One group for every size and condition that has runs."""
    cases = [(condition, size) for condition in plan.conditions for size in plan.sizes]
    groups = [(case, [run for run in runs if (run.condition, run.size) == case]) for case in cases]
    return Calibration(
        plan=plan,
        groups=tuple(_group(case, runs_of) for case, runs_of in groups if runs_of),
        runs=len(runs),
        duration_s=sum(run.duration_s for run in runs),
    )


def next_case(plan: CalibrationPlan, runs: Sequence[CalibrationRun]) -> Case | None:
    """The size and condition that has the fewest runs; None when all have as many as were asked for."""
    done = Counter((run.condition, run.size) for run in runs)
    cases = [(condition, size) for size in plan.sizes for condition in plan.conditions]
    fewest = min(cases, key=lambda case: done[case])
    return None if plan.runs is not None and done[fewest] >= plan.runs else fewest


def _group(case: Case, runs: Sequence[CalibrationRun]) -> CalibrationGroup:
    found = Counter(run.verdict for run in runs)
    rate = clopper_pearson(found[Verdict.REGRESSION], len(runs))
    size, low, high = _true_size([ratio for run in runs for ratio in run.cpu_ratios])
    scatters = [run.scatter for run in runs if run.scatter is not None]
    return CalibrationGroup(
        condition=case[0],
        size=case[1],
        true_size=size,
        true_low=low,
        true_high=high,
        runs=len(runs),
        regressions=found[Verdict.REGRESSION],
        passes=found[Verdict.PASS],
        inconclusive=found[Verdict.INCONCLUSIVE],
        unfit=found[Verdict.UNFIT],
        regression_low=rate.low,
        regression_high=rate.high,
        median_s=statistics.median(run.duration_s for run in runs),
        worst_s=max(run.duration_s for run in runs),
        median_pairs=statistics.median(run.pairs for run in runs),
        median_scatter=statistics.median(scatters) if scatters else None,
    )


def _true_size(ratios: Sequence[float]) -> tuple[float | None, float | None, float | None]:
    logs = [math.log(ratio) for ratio in ratios[:_MOST_RATIOS]]
    interval = signed_rank_interval(logs) if logs else None
    if interval is None:
        return None, None, None
    return math.expm1(hodges_lehmann(logs)), math.expm1(interval.low), math.expm1(interval.high)
