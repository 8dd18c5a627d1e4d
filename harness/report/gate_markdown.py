"""A gate's result for a pull request or a job's summary. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
from harness.report.markdown import escaped
from harness.report.wording import and_list, duration, when

__all__ = ["render_failure_markdown", "render_gate_markdown"]

_MARKS = {
    Verdict.PASS: "✅",
    Verdict.REGRESSION: "❌",
    Verdict.INCONCLUSIVE: "❔",
    Verdict.UNFIT: "⚠️",
}
# GitHub takes a summary of 1 MB; a person reads less.
_MOST_ROWS = 100
_MOST_DETAILS = 20


def render_gate_markdown(result: GateResult) -> str:
    """The verdict, a line a comparison with the worst first, and what to do about those that did not pass."""
    cells = worst_first(result)
    blocks = [
        f"## {_MARKS[result.verdict]} harness gate: {escaped(headline(result))}",
        _advisory(result),
        _table(cells),
        *map(_details, [cell for cell in cells if cell.verdict is not Verdict.PASS][:_MOST_DETAILS]),
        _metrics(cells),
        _cautions(cells),
        "\n".join(f"- {escaped(notice)}" for notice in result.notices),
        _provenance(result),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def render_failure_markdown(failure: GateFailure) -> str:
    """What stands in place of a verdict, and what to do."""
    blocks = [
        f"## ⚠️ harness gate: {escaped(failure_headline(failure))}",
        escaped(failure.message),
        f"**Next**: {escaped(failure.next_step)}" if failure.next_step else "",
        f"<sub>{escaped(failure.command)} · {when(failure.ended_at)}</sub>",
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _advisory(result: GateResult) -> str:
    if result.advisory is None:
        return ""
    return f"> **Advice only, no build fails for it**: {escaped(result.advisory)}"


def _table(cells: Sequence[CellVerdict]) -> str:
    head = ["", "comparison", "B / A", "pairs (made again)", "look", "tolerance → target", "could show"]
    lines = [_line(head), _line(["---", "---", *["---:"] * (len(head) - 2)])]
    lines += [_line(_row(cell)) for cell in cells[:_MOST_ROWS]]
    more = [f"\n{len(cells) - _MOST_ROWS} more are in the report."] if len(cells) > _MOST_ROWS else []
    return "\n".join([*lines, *more])


def _row(cell: CellVerdict) -> list[str]:
    decision, rule = cell.decision, cell.rule
    shown = decision.smallest_detectable if decision else None
    return [
        f"{_MARKS[cell.verdict]} {str(cell.verdict).upper()}",
        escaped(cell.cell.title),
        escaped(ratio_text(decision)) + (", faster" if decision and decision.faster else ""),
        f"{decision.pairs_used} ({decision.retaken})" if decision else "–",
        f"{decision.look} of {len(rule.looks)}" if decision else "–",
        f"{100 * rule.tolerance:.3g} % → {100 * rule.target:.3g} %",
        f"{100 * shown:.2g} %" if shown is not None else "–",
    ]


def _details(cell: CellVerdict) -> str:
    lines = [f"### {_MARKS[cell.verdict]} {escaped(cell.cell.title)}", ""]
    lines += [f"{escaped(cell.reason)}.", ""] if cell.reason else []
    lines += [f"- {escaped(name)}: {escaped(value)}" for name, value in cell_facts(cell)]
    lines += [f"- **Next**: {escaped(cell.next_step)}"] if cell.next_step else []
    return "\n".join(lines)


def _metrics(cells: Sequence[CellVerdict]) -> str:
    rows = [_metric_row(cell, metric) for cell in cells for metric in cell.metrics]
    if not rows:
        return ""
    lines = [_line(["", "comparison", "metric", "change", "rests on"]), _line(["---"] * 3 + ["---:"] * 2)]
    return "\n".join(["<details><summary>Other metrics</summary>", "", *lines, *rows, "", "</details>"])


def _metric_row(cell: CellVerdict, metric: MetricVerdict) -> str:
    reason = f": {metric.reason}" if metric.reason else ""
    return _line(
        [
            f"{_MARKS[metric.verdict]} {str(metric.verdict).upper()}",
            escaped(cell.cell.title),
            escaped(metric_name(metric.metric) + reason),
            escaped(change_text(metric)),
            f"{metric.count:,}",
        ]
    )


def _cautions(cells: Sequence[CellVerdict]) -> str:
    found: dict[str, int] = {}
    for cell in cells:
        for caution in cell.cautions:
            following = f" Next: {caution.next_step}." if caution.next_step else ""
            text = f"{caution.message}.{following}"
            found[text] = found.get(text, 0) + 1
    lines = [f"- {number} of {len(cells)}: {escaped(text)}" for text, number in found.items()]
    return "\n".join(["### Cautions", "", *lines]) if lines else ""


def _provenance(result: GateResult) -> str:
    return f"<sub>{escaped(' · '.join(_facts(result)))}</sub>"


def _facts(result: GateResult) -> Iterator[str]:
    yield f"{str(result.verdict).upper()}: {_meaning(result)}"
    yield when(result.started_at)
    if result.duration_s is not None:
        yield duration(result.duration_s)
    yield f"harness {result.provenance.harness_version}"
    if result.provenance.git_commit:
        yield f"commit {result.provenance.git_commit}"


def _meaning(result: GateResult) -> str:
    """What the verdict stands for; of a regression, of which metrics."""
    failed = dict.fromkeys(metric for cell in result.cells for metric in cell.failed)
    if result.verdict is not Verdict.REGRESSION or not failed:
        return MEANING[result.verdict]
    return f"{and_list([metric_name(each) for each in failed])} proven to be worse than accepted"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
