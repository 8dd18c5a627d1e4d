"""A gate's result as one page without any script: every ratio with its interval drawn. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.records.gate import CellVerdict, GateResult, MetricVerdict
from harness.records.gate_failure import GateFailure
from harness.records.vocabulary import Verdict
from harness.report.gate_words import (
    MEANING,
    cell_facts,
    change_text,
    failure_headline,
    headline,
    metric_name,
    ratio_text,
    worst_first,
)
from harness.report.page import render_page
from harness.report.wording import MISSING, duration, when

__all__ = ["render_failure_html", "render_gate_html"]

_BADGE = {
    Verdict.PASS: "badge-ok",
    Verdict.REGRESSION: "badge-failed",
    Verdict.INCONCLUSIVE: "badge-warning",
    Verdict.UNFIT: "badge-warning",
}
# Labels nearer to each other than this share of the width would overlap on a phone.
_LABELS_APART = 16.0
_PAD = 0.12


@dataclass(frozen=True, slots=True)
class _Mark:
    """A position from 0 to 100 across the drawing, with what is written there."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class _Drawing:
    """Where everything of one ratio lies, in per cent of the width; the axis is logarithmic."""

    estimate: float
    low: float
    width: float
    same: _Mark
    tolerance: _Mark
    target: _Mark
    words: str

    @property
    def labels(self) -> list[_Mark]:
        """Those marks whose texts do not overlap, from left to right."""
        shown: list[_Mark] = []
        for mark in (self.same, self.tolerance, self.target):
            if not shown or mark.at - shown[-1].at >= _LABELS_APART:
                shown.append(mark)
        return shown


@dataclass(frozen=True, slots=True)
class _Shown:
    """One comparison, ready for the template."""

    cell: CellVerdict
    word: str
    badge: str
    facts: list[tuple[str, str]]
    drawing: _Drawing | None
    metrics: list[tuple[str, str, str, str, str, str]]
    """Badge, verdict, name, change, what it rests on, reason."""


def render_gate_html(result: GateResult) -> str:
    """The page of one gate run, worst comparison first."""
    cells = worst_first(result)
    return render_page(
        "gate.html.j2",
        title=headline(result),
        chips=_chips(result),
        result=result,
        cells=[_shown(cell) for cell in cells],
        meaning=[(str(verdict).upper(), _BADGE[verdict], words) for verdict, words in MEANING.items()],
        ratio_text=ratio_text,
        preflights=result.preflights,
        missing=MISSING,
    )


def render_failure_html(failure: GateFailure) -> str:
    """The page of a gate that ended without a verdict."""
    chips = [("Ended", when(failure.ended_at)), ("Exit code", str(failure.exit_code))]
    return render_page("gate_failure.html.j2", title=failure_headline(failure), chips=chips, failure=failure)


def _chips(result: GateResult) -> list[tuple[str, str]]:
    chips = [
        ("Measured", when(result.started_at)),
        ("Took", duration(result.duration_s) if result.duration_s is not None else ""),
        ("harness", result.provenance.harness_version),
        ("Commit", (result.provenance.git_commit or "")[:12]),
    ]
    return [(name, value) for name, value in chips if value]


def _shown(cell: CellVerdict) -> _Shown:
    return _Shown(
        cell=cell,
        word=str(cell.verdict).upper(),
        badge=_BADGE[cell.verdict],
        facts=cell_facts(cell),
        drawing=_drawing(cell),
        metrics=[_metric(metric) for metric in cell.metrics],
    )


def _metric(metric: MetricVerdict) -> tuple[str, str, str, str, str, str]:
    return (
        _BADGE[metric.verdict],
        str(metric.verdict).upper(),
        metric_name(metric.metric),
        change_text(metric),
        f"{metric.count:,}",
        metric.reason or "",
    )


def _drawing(cell: CellVerdict) -> _Drawing | None:
    """None where there is no estimate to draw."""
    decision, rule = cell.decision, cell.rule
    if decision is None or decision.ratio is None:
        return None
    low, high = decision.ci_low or decision.ratio, decision.ci_high or decision.ratio
    across = _scale([1.0, 1 + rule.tolerance, 1 + rule.target, low, high])
    return _Drawing(
        estimate=across(decision.ratio),
        low=across(low),
        width=across(high) - across(low),
        same=_Mark(across(1.0), "same"),
        tolerance=_Mark(across(1 + rule.tolerance), f"+{100 * rule.tolerance:.3g} %"),
        target=_Mark(across(1 + rule.target), f"+{100 * rule.target:.3g} %"),
        words=f"B over A {ratio_text(decision)}; tolerance at +{100 * rule.tolerance:.3g} %,"
        f" target at +{100 * rule.target:.3g} %",
    )


def _scale(ratios: Sequence[float]) -> Callable[[float], float]:
    """From a ratio to its place between 0 and 100, on an axis that holds all of these."""
    logs = [math.log(ratio) for ratio in ratios]
    pad = _PAD * (max(logs) - min(logs)) or 0.01
    low, span = min(logs) - pad, max(logs) - min(logs) + 2 * pad
    return lambda ratio: round(100 * (math.log(ratio) - low) / span, 2)
