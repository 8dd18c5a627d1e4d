"""`report.html`: one file that needs no network and runs no script but its own."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from harness.choose.trust import CLEAR, trust_line
from harness.records.vocabulary import Status
from harness.report.content import Answer, Mark, ReportContent, TrialId, identity
from harness.report.detail import asked_and_got, detail_of
from harness.report.entries import Entry, Panel, panels_of, runtime_names
from harness.report.figures.delegates import delegate_comparison
from harness.report.figures.distributions import sample_distributions
from harness.report.figures.drawing import Figure, Omitted
from harness.report.figures.scatter import accuracy_latency
from harness.report.figures.sustained import sustained_latency
from harness.report.figures.threads import latency_threads
from harness.report.page import packed, render_page
from harness.report.parents import parent_sentence
from harness.report.provenance import doubts_of, run_stories
from harness.report.table import table_of
from harness.report.wording import STATUS_MEANING, and_list, count, when

__all__ = ["render_html"]

# In this order they make up the page's script; each file is one concern.
_SCRIPTS = ("data.js", "theme.js", "labels.js", "plots.js", "detail.js", "table.js", "print.js", "page.js")
_MOST_WINNERS_NAMED = 3
_MOST_CARDS_IN_A_ROW = 4


@dataclass(frozen=True, slots=True)
class _Section:
    """A chapter of figures, one for each panel."""

    anchor: str
    title: str
    short_title: str
    figures: tuple[Figure | Omitted, ...]


@dataclass(frozen=True, slots=True)
class _Card:
    """An answer with its winners looked up."""

    answer: Answer
    winners: tuple[Entry, ...]
    more: int
    where: str


def render_html(content: ReportContent) -> str:
    """The whole report as one HTML document, about 5 MB, nearly all of it plotly.js."""
    panels = panels_of(content)
    sections = _sections(panels)
    return render_page(
        "report.html.j2",
        scripts=_SCRIPTS,
        content=content,
        title=_title(panels),
        chips=_chips(content, panels),
        cards=_cards(content.answers, panels),
        card_columns=_columns(len(content.answers)),
        trust=trust_line(content.rows),
        clear=CLEAR,
        alerts=_alerts(content, panels),
        sections=sections,
        table=table_of(panels),
        doubts=doubts_of(panels),
        stories=run_stories(content.runs),
        panels=panels,
        asked_and_got=asked_and_got,
        parent_sentence=parent_sentence,
        figures=packed(_figures(sections)),
        details=packed({e.anchor: detail_of(e, panel.run) for panel in panels for e in panel.entries}),
        status_meaning=STATUS_MEANING,
        Status=Status,
        Mark=Mark,
    )


def _sections(panels: Sequence[Panel]) -> tuple[_Section, ...]:
    return (
        _Section(
            "accuracy",
            "Accuracy against latency",
            "Trade-off",
            tuple(figure for panel in panels for figure in accuracy_latency(panel)),
        ),
        _Section(
            "threads", "Latency against threads", "Threads", tuple(latency_threads(panel) for panel in panels)
        ),
        _Section(
            "delegates",
            "Delegates compared",
            "Delegates",
            tuple(delegate_comparison(panel) for panel in panels),
        ),
        _Section(
            "samples",
            "Distribution of samples",
            "Samples",
            tuple(sample_distributions(panel) for panel in panels),
        ),
        *_sustained(panels),
    )


def _sustained(panels: Sequence[Panel]) -> Iterator[_Section]:
    """A chapter only where somebody asked for runs without a rest."""
    figures = tuple(figure for panel in panels if (figure := sustained_latency(panel)) is not None)
    if figures:
        yield _Section("sustained", "Latency without a rest", "Sustained", figures)


def _figures(sections: Sequence[_Section]) -> dict[str, Any]:
    return {
        figure.anchor: figure.to_json()
        for section in sections
        for figure in section.figures
        if isinstance(figure, Figure)
    }


def _title(panels: Sequence[Panel]) -> str:
    models = {(entry.row.model, entry.row.sha256) for panel in panels for entry in panel.entries}
    devices = dict.fromkeys(panel.device for panel in panels)
    return f"{count(len(models), 'model')} on {and_list(list(devices))}" if panels else "No trials"


def _chips(content: ReportContent, panels: Sequence[Panel]) -> list[tuple[str, str]]:
    """Name and value of the facts in the head of the page."""
    rows = content.rows
    statuses = Counter(row.status for row in rows)
    datasets = dict.fromkeys(
        f"{each.name} ({count(each.images, 'image')})"
        for measured in content.runs
        for each in measured.run.datasets
    )
    trials = ", ".join(f"{statuses[status]} {status}" for status in Status if statuses[status])
    chips = [
        ("Trials", trials),
        ("Runtime", and_list(runtime_names(rows))),
        ("Delegates", and_list(list(dict.fromkeys(row.asked for row in rows)))),
        ("Threads", ", ".join(str(each) for each in sorted({row.threads for row in rows}))),
        ("Data", and_list(list(datasets))),
        ("Measured", and_list([when(each.run.started_at) for each in content.runs])),
    ]
    return [(name, value) for name, value in chips if value]


def _cards(answers: Sequence[Answer], panels: Sequence[Panel]) -> list[_Card]:
    by_id: dict[TrialId, tuple[Entry, Panel]] = {
        identity(entry.row): (entry, panel) for panel in panels for entry in panel.entries
    }
    cards = []
    for answer in answers:
        found = [by_id[trial] for trial in answer.trials if trial in by_id]
        winners = tuple(entry for entry, _ in found)
        where = and_list(list(dict.fromkeys(panel.title for _, panel in found))) if len(panels) > 1 else ""
        more = max(0, len(winners) - _MOST_WINNERS_NAMED)
        cards.append(_Card(answer, winners[:_MOST_WINNERS_NAMED], more, where))
    return cards


def _columns(cards: int) -> int:
    """Columns that fill their rows evenly: six cards in two rows of three, not five and one."""
    rows = math.ceil(cards / _MOST_CARDS_IN_A_ROW)
    return max(3, math.ceil(cards / rows)) if rows else 1


def _alerts(content: ReportContent, panels: Sequence[Panel]) -> list[str]:
    """What a reader must know before reading a number."""
    alerts = [
        f"{panel.title} is a simulated device: its times say nothing of a real one."
        for panel in panels
        if panel.simulated
    ]
    adapters = {
        (panel.title, entry.adapter) for panel in panels for entry in panel.entries if entry.software_gpu
    }
    alerts += [
        f"The GPU of {title} is software ({adapter}): the CPU imitates it. "
        "Its times say nothing about a real GPU."
        for title, adapter in sorted(adapters, key=str)
    ]
    return alerts
