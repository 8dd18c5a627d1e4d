"""A gate's verdict in words: what the screen, the pages and the logs of CI say alike. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from harness.records.gate import CellVerdict, Decision, GateResult, MetricVerdict, Side
from harness.records.gate_failure import GateFailure
from harness.records.vocabulary import Metric, Stage, Verdict
from harness.report.wording import MISSING, and_list, count, duration, ms

__all__ = [
    "MEANING",
    "cell_facts",
    "change_text",
    "failure_headline",
    "headline",
    "metric_name",
    "metric_text",
    "ratio_text",
    "screen_lines",
    "side_text",
    "worst_first",
]

_WORST_FIRST = (Verdict.REGRESSION, Verdict.UNFIT, Verdict.INCONCLUSIVE, Verdict.PASS)

MEANING = {
    Verdict.PASS: "proven not to be slower by the target",
    Verdict.REGRESSION: "latency or a metric beside it is proven to be worse by more than its tolerance",
    Verdict.INCONCLUSIVE: "neither is proven after the last look, or from the images there are",
    Verdict.UNFIT: "this machine cannot give a verdict one could trust",
}

_METRICS = {
    Metric.LATENCY: "latency",
    Metric.CPU_TIME: "CPU time",
    Metric.INIT: "init",
    Metric.FIRST: "first inference",
    Metric.MEMORY: "peak memory",
    Metric.SIZE: "size",
    Metric.TOP1: "Top-1",
    Metric.TOP5: "Top-5",
}
_ACCURACIES = (Metric.TOP1, Metric.TOP5)

Facts = list[tuple[str, str]]


def worst_first(result: GateResult) -> list[CellVerdict]:
    """The comparisons in the order a reader needs them."""
    return sorted(result.cells, key=lambda cell: _WORST_FIRST.index(cell.verdict))


def headline(result: GateResult) -> str:
    """`REGRESSION: 1 of 3 comparisons`, or `PASS: 3 comparisons`; with where, if that is no real device."""
    own = sum(cell.verdict is result.verdict for cell in result.cells)
    every = count(len(result.cells), "comparison")
    where = _failed(result) + (" on a simulated phone" if result.simulated else "")
    if result.verdict is Verdict.PASS or own == len(result.cells):
        return f"{_word(result.verdict)}: {every}{where}"
    return f"{_word(result.verdict)}: {own} of {every}{where}"


def failure_headline(failure: GateFailure) -> str:
    """`No verdict: usage (exit code 2)`."""
    return f"No verdict: {failure.kind} (exit code {failure.exit_code})"


def _failed(result: GateResult) -> str:
    """Which metrics failed, where that is not just the latency."""
    failed = dict.fromkeys(metric for cell in result.cells for metric in cell.failed)
    if not failed or all(metric in (Metric.LATENCY, Metric.CPU_TIME) for metric in failed):
        return ""
    return f" ({and_list([metric_name(metric) for metric in failed])})"


def metric_name(metric: Metric) -> str:
    """The metric as a reader calls it."""
    return _METRICS[metric]


def ratio_text(decision: Decision | None) -> str:
    """`×1.047 [1.038, 1.056]`; an en dash where there is no estimate."""
    if decision is None or decision.ratio is None:
        return MISSING
    if decision.ci_low is None or decision.ci_high is None:
        return f"×{decision.ratio:.3f}"
    return f"×{decision.ratio:.3f} [{decision.ci_low:.3f}, {decision.ci_high:.3f}]"


def cell_facts(cell: CellVerdict) -> Facts:
    """Name and value of everything a verdict rests on, in the order a reader asks for it."""
    decision, rule = cell.decision, cell.rule
    facts = [
        (f"B / A, {metric_name(rule.metric)}", ratio_text(decision)),
        ("A", side_text(cell.cell.a, cell.a_version, cell.a_ms)),
        ("B", side_text(cell.cell.b, cell.b_version, cell.b_ms)),
        ("Margins", f"tolerance {_per_cent(rule.tolerance)}, target {_per_cent(rule.target)}"),
    ]
    if decision is not None:
        facts += [
            ("Pairs", f"{decision.pairs_used} used, {decision.retaken} made again"),
            ("Look", f"{decision.look} of {len(rule.looks)}{_stage(cell)}"),
            ("Scatter of a pair", _per_cent(decision.scatter)),
            ("Smallest slowdown this could show", _per_cent(decision.smallest_detectable)),
            ("Of the size", _biased(cell)),
        ]
    return [(name, value) for name, value in facts if value != MISSING or name.startswith("B / A")]


def _biased(cell: CellVerdict) -> str:
    """A look that decides is one at which the ratio happened to be large: of small regressions only."""
    decision = cell.decision
    if decision is None or decision.verdict is not Verdict.REGRESSION or decision.ratio is None:
        return MISSING
    if decision.ratio >= 1 + 1.5 * cell.rule.target:
        return MISSING
    return "may read up to a point too large: the pairs ended when it was proven"


def _stage(cell: CellVerdict) -> str:
    if len(cell.decisions) < 2:
        return ""
    words = {Stage.CONFIRM: "confirmed on fresh pairs", Stage.SCREEN: "screened"}
    return f", {words.get(cell.decisions[-1].stage, str(cell.decisions[-1].stage))}"


def side_text(side: Side, version: str | None, typical_ms: float | None) -> str:
    """`3.21 ms, old (sha256 0123456789ab), litert 2.3.0`."""
    time = f"{ms(typical_ms)} ms, " if typical_ms is not None else ""
    known = version or side.runtime_version or "of unknown version"
    return f"{time}{side.model} (sha256 {side.sha256[:12]}), {side.runtime} {known}"


def change_text(metric: MetricVerdict) -> str:
    """Change of a metric with its interval: relative, or for accuracies in points (a loss is negative)."""
    if metric.change is None:
        return MISSING
    if metric.metric in _ACCURACIES:
        ends = _ends(metric.ci_low, metric.ci_high, scale=-100, unit="")
        return f"{0.0 - 100 * metric.change:+.1f} points{ends}"
    return f"{100 * metric.change:+.1f} %{_ends(metric.ci_low, metric.ci_high, scale=100, unit='')}"


def _ends(low: float | None, high: float | None, *, scale: float, unit: str) -> str:
    if low is None or high is None:
        return ""
    first, last = sorted((scale * low, scale * high))
    return f" [{first:+.1f}, {last:+.1f}]{unit}"


def metric_text(metric: MetricVerdict) -> str:
    """One line: `peak memory: PASS, +0.3 % [-0.1, +0.8]`, with the reason where there is one."""
    line = f"{metric_name(metric.metric)}: {_word(metric.verdict)}, {change_text(metric)}"
    return f"{line}; {metric.reason}" if metric.reason else line


def screen_lines(result: GateResult) -> Iterator[str]:
    """A block of lines a comparison, the worst last, then what counts for all, and the verdict."""
    for cell in result.cells:
        yield from _cell_lines(cell)
    for notice in result.notices:
        yield f"note: {notice}"
    if result.advisory is not None:
        yield f"advice only: {result.advisory}"
    took = f" in {duration(result.duration_s)}" if result.duration_s is not None else ""
    yield f"{headline(result)}{took}"


def _cell_lines(cell: CellVerdict) -> Iterator[str]:
    yield f"{_word(cell.verdict):13}{cell.cell.title}"
    if cell.reason:
        yield f"  {cell.reason}"
    for name, value in cell_facts(cell):
        if value not in (cell.reason or ""):  # the reason states the ratio already
            yield f"  {name}: {value}"
    for metric in cell.metrics:
        yield f"  {metric_text(metric)}"
    for caution in cell.cautions:
        yield f"  caution: {caution.message}" + (f" ({caution.next_step})" if caution.next_step else "")
    if cell.next_step is not None:
        yield f"  next: {cell.next_step}"


def _word(verdict: Verdict) -> str:
    return str(verdict).upper()


def _per_cent(share: float | None) -> str:
    return MISSING if share is None else f"{100 * share:.3g} %"
