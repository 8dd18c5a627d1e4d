"""`summary.md`: what a reviewer of a pull request needs, and nothing that needs a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from harness.choose.trust import CLEAR, trust_line
from harness.records.row import Row
from harness.records.vocabulary import Status
from harness.report.content import AgainstParent, Mark, MeasuredRun, ReportContent
from harness.report.entries import Entry, Panel, panels_of
from harness.report.inputs import input_sentences_of
from harness.report.parents import parent_sentence
from harness.report.provenance import doubts_of
from harness.report.wording import (
    MISSING,
    and_list,
    count,
    interval,
    megabytes,
    ms,
    percent,
    percent_interval,
    when,
)

__all__ = ["escaped", "render_markdown"]

_MOST_ROWS = 25
_MOST_PROBLEMS = 25
_MEANINGFUL = re.compile(r"([\\`*_\[\]#|~$<>@])")
_MARK = {Mark.FRONT: "●", Mark.TIED: "◐", Mark.DOMINATED: "", Mark.UNRANKED: ""}


def escaped(text: str) -> str:
    """Text of any origin as one line of Markdown that shows it and does nothing else.

    Line ends become spaces, every character with a meaning in Markdown is
    escaped, and `<`, `>` and `&` become entities, so that no HTML remains.
    """
    line = " ".join(text.split()).replace("&", "&amp;")
    line = _MEANINGFUL.sub(r"\\\1", line)
    return line.replace("\\<", "&lt;").replace("\\>", "&gt;").replace("\\@", "&#64;")


def render_markdown(content: ReportContent) -> str:
    """The summary of one or more runs."""
    panels = panels_of(content)
    blocks = [f"## harness: {escaped(_title(content, panels))}", _trust(content)]
    blocks += [_answers(content)]
    for panel in panels:
        blocks += list(_panel(panel, several=len(panels) > 1))
    blocks += [
        _against_parents(content.against_parents),
        _problems(panels),
        _warnings(panels),
        _inputs(content),
        *map(_provenance, content.runs),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _title(content: ReportContent, panels: Sequence[Panel]) -> str:
    models = {row.sha256 for row in content.rows}
    devices = list(dict.fromkeys(panel.device for panel in panels))
    trials = count(len(content.rows), "trial")
    return f"{count(len(models), 'model')} on {and_list(devices)}, {trials}" if panels else "no trials"


def _trust(content: ReportContent) -> str:
    """What makes one doubt the figures, before the figures."""
    line = trust_line(content.rows)
    return f"> **Doubts**: {escaped(line)}." if line and line != CLEAR else escaped(line)


def _answers(content: ReportContent) -> str:
    return "\n".join(f"- **{escaped(each.need)}**: {escaped(each.sentence)}" for each in content.answers)


def _panel(panel: Panel, *, several: bool) -> Iterator[str]:
    ranked = sorted((entry for entry in panel.entries if entry.ranked), key=_best_first)
    if several:
        yield f"### {escaped(panel.title)}"
    if panel.simulated:
        yield "> **Simulated device**: its times say nothing of a real one."
    if not ranked:
        yield "No trial of this device counts; see below."
        return
    yield _table(ranked[:_MOST_ROWS])
    if len(ranked) > _MOST_ROWS:
        yield f"{len(ranked) - _MOST_ROWS} more trials are in the report."
    if any(_MARK[entry.mark.mark] for entry in ranked):
        yield "● on the Pareto front, ◐ cannot be told from it. Intervals are of 95 %."


def _best_first(entry: Entry) -> tuple[float, float, str]:
    row = entry.row
    latency = row.latency_ms.median if row.latency_ms else float("inf")
    return (-(row.top1 if row.top1 is not None else -1.0), latency, entry.title)


def _table(entries: Sequence[Entry]) -> str:
    head = ["", "model", "size MB", "Top-1 %", "Top-5 %", "latency ms", "p90 ms"]
    lines = [_line(head), _line(["---", "---", *["---:"] * (len(head) - 2)])]
    return "\n".join([*lines, *(_line(_cells(entry)) for entry in entries)])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(entry: Entry) -> list[str]:
    row = entry.row
    return [
        _MARK[entry.mark.mark],
        escaped(entry.title) + (" (simulated)" if row.simulated else ""),
        megabytes(row.size_bytes),
        _with_interval(percent(row.top1), percent_interval(row.top1_low, row.top1_high))
        + (f" of {escaped(row.accuracy_from)}" if row.accuracy_from else ""),
        "n/a" if row.top1 is not None and row.top5 is None else percent(row.top5),
        _latency(row),
        ms(row.latency_ms.p90) if row.latency_ms else MISSING,
    ]


def _latency(row: Row) -> str:
    latency = row.latency_ms
    if latency is None and row.reported_mean_ms is not None:
        return f"{ms(row.reported_mean_ms)} (mean)"
    return (
        _with_interval(ms(latency.median), interval(latency.ci_low, latency.ci_high)) if latency else MISSING
    )


def _with_interval(value: str, ends: str) -> str:
    # `[1–2]` directly after text would be read as a link where a definition of it exists.
    return f"{value} \\[{ends}\\]" if ends else value


def _against_parents(found: Sequence[AgainstParent]) -> str:
    lines = [f"- {escaped(sentence)}" for sentence in map(parent_sentence, found)]
    return "\n".join(["### What quantizing cost", "", *lines]) if lines else ""


def _problems(panels: Sequence[Panel]) -> str:
    """Trials that are not ranked, each with its reason."""
    out = [entry for panel in panels for entry in panel.entries if entry.row.status is not Status.OK]
    if not out:
        return ""
    lines = [
        f"- {escaped(entry.row.trial)}: **{entry.row.status}**"
        + (f": {escaped(entry.row.reason)}" if entry.row.reason else "")
        for entry in out[:_MOST_PROBLEMS]
    ]
    if len(out) > _MOST_PROBLEMS:
        lines.append(f"- {len(out) - _MOST_PROBLEMS} more are in the report.")
    return "\n".join([f"### Not ranked ({len(out)})", "", *lines])


def _warnings(panels: Sequence[Panel]) -> str:
    lines = []
    for doubt in doubts_of(panels):
        following = f" Next: {escaped(doubt.caution.next_step)}." if doubt.caution.next_step else ""
        message = escaped(doubt.caution.message.rstrip("."))
        lines.append(f"- {count(len(doubt.entries), 'trial')}: {message}.{following}")
    return "\n".join(["### Warnings", "", *lines]) if lines else ""


def _inputs(content: ReportContent) -> str:
    lines = [f"- {escaped(sentence)}" for sentence in input_sentences_of(content.rows)]
    return "\n".join(["### How pixels were fed", "", *lines]) if lines else ""


def _provenance(measured: MeasuredRun) -> str:
    run, provenance = measured.run, measured.run.provenance
    runtimes = sorted({f"{r.runtime} {r.runtime_version}" for r in measured.rows if r.runtime_version})
    facts = [
        f"run {run.name}",
        when(run.started_at),
        f"harness {provenance.harness_version}",
        *runtimes,
        *(f"{count(each.images, 'image')} of {each.name}" for each in run.datasets),
        *([f"commit {provenance.git_commit}"] if provenance.git_commit else []),
    ]
    notices = [f"- {escaped(notice)}" for notice in run.notices]
    return "\n".join([*notices, *([""] if notices else []), f"<sub>{escaped(' · '.join(facts))}</sub>"])
