"""What all figures share: their type, the look of layout and axes, colours, hover texts.

A colour is written as the name of a style sheet variable (`--series-1`) under a
key that ends in `color`. The page puts in the value of the light or the dark
theme, so one figure serves both.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from harness.records.row import Row
from harness.records.vocabulary import Job, Status
from harness.report.content import Mark
from harness.report.entries import Entry, Panel
from harness.report.wording import count, interval, megabytes, ms, percent, percent_interval, shortened

__all__ = [
    "FADED",
    "SERIES_COLORS",
    "SYMBOLS",
    "Figure",
    "JsonDict",
    "Omitted",
    "View",
    "axis",
    "base_layout",
    "error_bars",
    "hover_text",
    "latency_axis",
    "legend_only",
    "no_latency",
    "plain",
    "rounded",
    "row_labels",
]

JsonDict = dict[str, Any]

# Okabe and Ito's colours for all kinds of colour vision, tuned per theme in style.css.
SERIES_COLORS = tuple(f"--series-{number}" for number in range(1, 9))
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "triangle-down", "star", "hexagon")
FADED = "--faded"

_LEGEND_MOST_PX = 400
# From this span on, equal steps on a linear axis hide the fast end.
_LOG_FROM_SPAN = 10.0
_HOVER_TEXT_MOST = 90
_ROW_LABEL_MOST = 110


@dataclass(frozen=True, slots=True)
class View:
    """One way to draw a figure; `name` is written on the button that shows it."""

    name: str
    data: list[JsonDict]
    layout: JsonDict


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawn figure, the first view first.

    `label_trace` is the index of a trace of text that the page moves so that no
    two labels overlap; the trace after it takes the lines that lead to them.
    """

    anchor: str
    title: str
    caption: str
    views: tuple[View, ...]
    label_trace: int | None = None

    def to_json(self) -> JsonDict:
        """What the page needs to draw it."""
        views = [{"data": view.data, "layout": view.layout} for view in self.views]
        return {"views": views, "labelTrace": self.label_trace}


@dataclass(frozen=True, slots=True)
class Omitted:
    """A figure that cannot be drawn, and the sentence that says why and what would add it."""

    anchor: str
    title: str
    reason: str


def plain(text: str) -> str:
    """Text for a hover box or a label: plotly reads a subset of HTML there."""
    return escape(" ".join(text.split()), quote=False)


def rounded(values: Iterable[float]) -> list[float]:
    """Five significant digits: more than can be seen, a third of the size."""
    return [float(f"{value:.5g}") for value in values]


def base_layout(*, height_px: int) -> JsonDict:
    """Layout without axes."""
    return {
        "height": height_px,
        "margin": {"l": 60, "r": 16, "t": 16, "b": 56},
        "font": {"size": 13, "color": "--ink"},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "hovermode": "closest",
        "hoverdistance": 24,
        "hoverlabel": {
            "align": "left",
            "bgcolor": "--raised",
            "bordercolor": "--line",
            "font": {"size": 12.5, "color": "--ink"},
            "namelength": 0,
        },
        "modebar": {"bgcolor": "--surface", "color": "--faded", "activecolor": "--accent"},
        "showlegend": True,
        "legend": {
            "orientation": "h",
            "maxheight": _LEGEND_MOST_PX,  # the page makes room for as much as is needed
            "x": 0,
            "xanchor": "left",
            "y": 1.01,
            "yanchor": "bottom",
            "itemsizing": "constant",
            "font": {"size": 12.5, "color": "--ink-soft"},
        },
    }


def axis(title: str, **more: Any) -> JsonDict:  # noqa: ANN401 -- plotly's own vocabulary
    """An axis in the style of the page."""
    return {
        "title": {"text": title, "font": {"size": 13, "color": "--ink-soft"}, "standoff": 10},
        "gridcolor": "--grid",
        "zeroline": False,
        "linecolor": "--line",
        "showline": True,
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": "--line",
        "tickfont": {"size": 12, "color": "--ink-soft"},
        "automargin": True,
        **more,
    }


def latency_axis(values_ms: Sequence[float], *, what: str, from_zero: bool = False) -> JsonDict:
    """An axis in milliseconds that holds all `values_ms`; logarithmic where they span more than tenfold."""
    low, high = min(values_ms), max(values_ms)
    if high > _LOG_FROM_SPAN * low:
        pad = 0.06 * (math.log10(high) - math.log10(low))
        ends = (math.log10(low) - pad, math.log10(high) + pad)
        ticks = _one_two_five(*ends)
        return axis(
            f"{what}, ms (log scale)",
            type="log",
            range=rounded(ends),
            tickmode="array",
            tickvals=ticks,
            ticktext=[f"{value:g}" for value in ticks],
        )
    pad = 0.08 * (high - low) or 0.1 * high
    bottom = 0.0 if from_zero else max(0.0, low - pad)
    return axis(f"{what}, ms", type="linear", range=rounded((bottom, high + pad)))


def _one_two_five(low: float, high: float) -> list[float]:
    """1, 2, 5, 10 … between two powers of ten; only the tens where that would be too many."""
    steps = (1, 2, 5) if high - low < 3 else (1,)
    candidates = (
        step * 10.0**decade for decade in range(math.floor(low), math.ceil(high) + 1) for step in steps
    )
    return [float(f"{value:g}") for value in candidates if 10**low <= value <= 10**high]


def error_bars(
    values: Sequence[float], lows: Sequence[float | None], highs: Sequence[float | None], *, scale: float = 1
) -> JsonDict:
    """Asymmetric error bars; none where an end is missing. Values and ends are multiplied with `scale`."""
    above = [
        0.0 if high is None else max(0.0, high - value) for value, high in zip(values, highs, strict=True)
    ]
    below = [0.0 if low is None else max(0.0, value - low) for value, low in zip(values, lows, strict=True)]
    return {
        "type": "data",
        "symmetric": False,
        "array": rounded(scale * each for each in above),
        "arrayminus": rounded(scale * each for each in below),
        "thickness": 1.2,
        "width": 0,
    }


def legend_only(name: str, marker: JsonDict, **more: Any) -> JsonDict:  # noqa: ANN401 -- plotly's own vocabulary
    """A trace that draws nothing and explains a mark in the legend."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [None],
        "y": [None],
        "name": plain(name),
        "marker": {"size": 10, **marker},
        "hoverinfo": "skip",
        **more,
    }


def row_labels(titles: Sequence[str], *, lift: float) -> list[JsonDict]:
    """Titles of horizontal rows 0, 1, … inside the plot; the page clips what is wider than it."""
    return [
        {
            "xref": "paper",
            "x": 0.004,
            "xanchor": "left",
            "yref": "y",
            "y": number + lift,
            "yanchor": "middle",
            "showarrow": False,
            "align": "left",
            "text": plain(shortened(title, most=_ROW_LABEL_MOST)),
            "font": {"size": 12, "color": "--ink"},
            "bgcolor": "--surface",
            "borderpad": 1,
        }
        for number, title in enumerate(titles)
    ]


def no_latency(panel: Panel) -> str:
    """Why a panel has no latency at all: nobody asked, or nothing ran."""
    if Job.LATENCY not in panel.run.options.jobs:
        return "No latency was measured: only accuracy was asked for. Run without --only accuracy to add it."
    rows = [entry.row for entry in panel.entries]
    if any(row.reported_mean_ms is not None for row in rows):
        return "Tools printed a mean and no median, so there is nothing to rank. The table has the means."
    if any(row.latency_ms is not None for row in rows):
        return (
            "No trial ran where it was asked to, so none is drawn. The table has its figures, and says why."
        )
    return "No trial ran to its end, so there is no latency to draw. The table says why."


def hover_text(entry: Entry) -> str:
    """All facts of a trial for a hover box, escaped."""
    row = entry.row
    lines = [f"<b>{_clipped(row.model)}</b>", _clipped(_place(row)), _threads(entry)]
    if row.top1 is not None:
        lines.append(f"Top-1 {percent(row.top1)} %  [{percent_interval(row.top1_low, row.top1_high)}]")
    if entry.latency is not None:
        lines.append(_latency_line(entry))
        lines.append(
            f"p90 {ms(entry.latency.p90)} · p99 {ms(entry.latency.p99)} · min {ms(entry.latency.min)} ms"
        )
    lines.append(f"{megabytes(row.size_bytes)} MB · {row.quantization or 'unknown quantization'}")
    samples = count(row.samples, "sample") if row.samples else "no samples kept"
    lines.append(f"{count(row.launches, 'launch', 'launches')} · {samples}")
    lines.extend(_standing(entry))
    lines.append(f"<i>{_clipped(row.trial)}</i>")
    return "<br>".join(lines)


def _place(row: Row) -> str:
    return f"{row.device} · {row.runtime} {row.runtime_version or ''} · {row.asked}"


def _threads(entry: Entry) -> str:
    actual = entry.row.delegate_actual
    went = f" → ran on {actual}" if actual not in (None, entry.row.delegate_requested) else ""
    return f"{count(entry.row.threads, 'thread')}{went}"


def _latency_line(entry: Entry) -> str:
    latency = entry.latency
    assert latency is not None  # the caller checked
    ends = interval(latency.ci_low, latency.ci_high)
    return f"Latency {ms(latency.median)} ms" + (f"  [{ends}]" if ends else "")


def _standing(entry: Entry) -> list[str]:
    """Front, fallback, and what makes the numbers special."""
    words = []
    if entry.row.simulated:
        words.append("<b>simulated device: its times say nothing of a real one</b>")
    if entry.software_gpu:
        words.append("<b>software GPU: the CPU imitates a GPU</b>")
    if entry.row.status is Status.FALLBACK:
        words.append(_clipped(f"fallback, not ranked: {entry.row.reason or 'no reason given'}"))
    elif entry.mark.mark is Mark.FRONT:
        words.append("on the Pareto front")
    elif entry.mark.mark is Mark.TIED:
        words.append("possibly on the Pareto front (tied)")
    if entry.row.warnings:
        words.append(f"{count(len(entry.row.warnings), 'warning')}: see the table")
    return words


def _clipped(text: str) -> str:
    return plain(shortened(text, most=_HOVER_TEXT_MOST))
