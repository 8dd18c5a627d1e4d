"""`history.html`: trends of finished runs, and changes suspected in them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.records.history import History, Series, Suspicion
from harness.report.figures.drawing import Figure
from harness.report.figures.history import latency_history
from harness.report.history_words import (
    ADVICE,
    file_sentence,
    headline,
    looked_at,
    next_step,
    suspicion_sentence,
)
from harness.report.page import packed, render_page

__all__ = ["render_history"]

_SCRIPTS = ("data.js", "theme.js", "labels.js", "plots.js", "print.js", "plain_page.js")
# Each takes the browser some milliseconds and the reader some seconds.
_MOST_FIGURES = 80


@dataclass(frozen=True, slots=True)
class _Shown:
    """A series with the fragment that leads to its figure; None where none is drawn."""

    series: Series
    anchor: str | None

    @property
    def sentences(self) -> list[tuple[Suspicion, str, str]]:
        """Each suspicion in words, and what to do next."""
        return [
            (each, suspicion_sentence(self.series, each), next_step(self.series, each))
            for each in self.series.suspected
        ]

    @property
    def file_sentences(self) -> list[str]:
        """Each change of the model's file."""
        return [file_sentence(self.series, each) for each in self.series.file_changes]


def render_history(history: History, *, generated_at: str) -> str:
    """The page: suspicions first, then a figure for each series, then a table of all."""
    shown = [
        _Shown(each, f"series-{number + 1}" if number < _MOST_FIGURES else None)
        for number, each in enumerate(history.series)
    ]
    figures = _figures(shown)
    return render_page(
        "history.html.j2",
        scripts=_SCRIPTS,
        title=headline(history),
        chips=_chips(history),
        advice=ADVICE,
        looked_at=looked_at(history),
        history=history,
        shown=shown,
        suspected=[each for each in shown if each.series.suspected],
        new_files=[each for each in shown if each.series.file_changes],
        figures_shown=figures,
        not_drawn=max(0, len(shown) - _MOST_FIGURES),
        generated_at=generated_at,
        figures=packed({figure.anchor: figure.to_json() for figure in figures}),
        details=packed({}),
    )


def _figures(shown: Sequence[_Shown]) -> list[Figure]:
    return [latency_history(each.series, anchor=each.anchor) for each in shown if each.anchor]


def _chips(history: History) -> list[tuple[str, str]]:
    return [
        ("Runs", f"{history.runs:,}"),
        ("Series", f"{len(history.series):,}"),
        ("Long enough to look for changes", f"{history.looked_at:,} of {len(history.series):,}"),
    ]
