"""From the plan and the recorded pairs to the result: the same answer whenever it is asked again."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from harness.errors import UsageError
from harness.gate.cautions import pair_cautions
from harness.gate.metrics import Correctness, judge_metrics
from harness.gate.progress import Progress, progresses_of
from harness.gate.statistic import counts, invoke_ms
from harness.gate.wording import next_step_of, reason_of
from harness.records.gate import CellAccuracy, CellVerdict, GatePlan, GateResult, LaunchPair, MetricVerdict
from harness.records.row import Caution
from harness.records.vocabulary import Metric, Stage, Verdict

__all__ = ["exit_code", "judge", "overall"]

# The first of these that a cell or metric has is the verdict of the whole.
_SEVERITY = (Verdict.REGRESSION, Verdict.UNFIT, Verdict.INCONCLUSIVE, Verdict.PASS)
_EXIT_CODES = {Verdict.PASS: 0, Verdict.REGRESSION: 1, Verdict.INCONCLUSIVE: 3, Verdict.UNFIT: 4}


def judge(
    plan: GatePlan,
    pairs: Sequence[LaunchPair],
    *,
    accuracies: Sequence[CellAccuracy] = (),
) -> GateResult:
    """The result of a finished run.

    Raises UsageError where a side could not be measured, or where the pairs
    end before every cell is decided.
    """
    progresses = progresses_of(plan, pairs)
    _refuse_unfinished(progresses)
    scored = {each.name: each for each in accuracies}
    cells = tuple(
        _cell(progress, pairs, scored.get(progress.planned.cell.name), cells=len(plan.cells))
        for progress in progresses
    )
    return GateResult(
        name=plan.name,
        started_at=plan.started_at,
        verdict=overall(cell.verdict for cell in cells) if cells else Verdict.INCONCLUSIVE,
        cells=cells,
        preflights=tuple(each.preflight for each in progresses if each.preflight is not None),
        provenance=plan.provenance,
        duration_s=_seconds(pairs) or 0,
        advisory=plan.advisory,
        notices=plan.notices,
        simulated=plan.device.simulated,
    )


def overall(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict of many: one regression is a regression."""
    found = set(verdicts)
    return next((each for each in _SEVERITY if each in found), Verdict.PASS)


def exit_code(result: GateResult, *, inconclusive: str = "fail") -> int:
    """0 pass, 1 regression, 3 inconclusive, 4 unfit. A result that can only advise is always 0.

    `inconclusive`: `fail` leaves 3 as it is, `warn` and `pass` make it 0.
    """
    if result.advisory is not None:
        return 0
    if result.verdict is Verdict.INCONCLUSIVE and inconclusive != "fail":
        return 0
    return _EXIT_CODES[result.verdict]


def _refuse_unfinished(progresses: Sequence[Progress]) -> None:
    for progress in progresses:
        title = progress.planned.cell.title
        if progress.failure is not None:
            raise UsageError(
                f"{title}: {progress.failure}",
                next_step="a side that cannot be measured has no verdict; mend it and run again",
            )
        if progress.step is not None:
            raise UsageError(
                f"{title}: the recorded pairs end before a verdict",
                next_step="complete the run with: harness gate --resume DIR",
            )


def _cell(
    progress: Progress, pairs: Sequence[LaunchPair], accuracy: CellAccuracy | None, *, cells: int
) -> CellVerdict:
    cell = progress.planned.cell
    correct = None if accuracy is None else _correctness(accuracy)
    doubts = () if accuracy is None else accuracy.cautions
    unfit = progress.verdict is Verdict.UNFIT
    metrics = () if unfit else _metrics(progress, pairs, correct, cells=cells)
    own = [pair for pair in pairs if pair.cell == cell.key]
    compared = [pair for pair in own if counts(pair) and pair.stage is not Stage.PREFLIGHT]
    latency = progress.verdict or Verdict.INCONCLUSIVE
    verdict = overall([latency, *(metric.verdict for metric in metrics if metric.decides)])
    return CellVerdict(
        cell=cell,
        rule=progress.rule,
        verdict=verdict,
        decisions=progress.decisions,
        metrics=metrics,
        cautions=(*doubts, *_one_thread(progress), *pair_cautions(compared or own)),
        a_version=_version(pair.a.runtime_version for pair in own),
        b_version=_version(pair.b.runtime_version for pair in compared),
        a_ms=_typical_ms(compared, progress.rule.metric, side=0),
        b_ms=_typical_ms(compared, progress.rule.metric, side=1),
        reason=reason_of(progress, latency, metrics),
        next_step=next_step_of(progress, latency, metrics),
        duration_s=_seconds(own),
    )


def _one_thread(progress: Progress) -> Iterator[Caution]:
    for text in progress.instead_of:
        yield Caution("one-thread", text, "close other programs, or ask for --threads 1")


def _seconds(pairs: Sequence[LaunchPair]) -> float | None:
    known = [pair.duration_s for pair in pairs if pair.duration_s is not None]
    return sum(known) if known else None


def _metrics(
    progress: Progress, pairs: Sequence[LaunchPair], correct: Correctness | None, *, cells: int
) -> tuple[MetricVerdict, ...]:
    planned, alone = progress.planned, progress.verdict is not Verdict.REGRESSION
    return judge_metrics(planned.cell, pairs, planned.metrics, correct, cells=cells, alone=alone)


_FEW_CLASSES = 5


def _correctness(accuracy: CellAccuracy) -> Correctness:
    told = accuracy.classes is None or accuracy.classes > _FEW_CLASSES
    return Correctness(
        top1_a=[mark == "1" for mark in accuracy.a],
        top1_b=[mark == "1" for mark in accuracy.b],
        top5_a=[mark != "0" for mark in accuracy.a] if told else None,
        top5_b=[mark != "0" for mark in accuracy.b] if told else None,
    )


def _typical_ms(pairs: Sequence[LaunchPair], metric: Metric, *, side: int) -> float | None:
    return statistics.median(invoke_ms(pair, metric)[side] for pair in pairs) if pairs else None


def _version(seen: Iterable[str | None]) -> str | None:
    known = Counter(version for version in seen if version is not None)
    return known.most_common(1)[0][0] if known else None
