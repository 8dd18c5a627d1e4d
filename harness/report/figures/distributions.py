"""How the samples of a trial are distributed, launch by launch."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from harness.records.launch import Launch
from harness.report.entries import Entry, Panel
from harness.report.figures.drawing import (
    FADED,
    SERIES_COLORS,
    Figure,
    JsonDict,
    Omitted,
    axis,
    base_layout,
    hover_text,
    latency_axis,
    plain,
    rounded,
    row_labels,
)
from harness.report.wording import count, ms

__all__ = ["evenly_spaced_quantiles", "sample_distributions"]

_MOST_TRIALS = 24
_QUANTILES_PER_LAUNCH = 60
_ROW_PX = 84
_LABEL_LIFT = 0.56
_VIOLIN_WIDTH = 0.82
# The strips of the launches share the lower part of a row.
_STRIPS_FROM, _STRIPS_TO = -0.08, -0.36
_TAIL = 0.995


def sample_distributions(panel: Panel) -> Figure | Omitted:
    """A half violin over all samples of each trial, and below it one strip for every launch."""
    anchor = f"{panel.anchor}-samples"
    measured = panel.most_telling(entry for entry in panel.entries if entry.counted)
    if not measured:
        reason = "No launch of this device yielded samples. Run without --only accuracy to time models."
        return Omitted(anchor, panel.title, reason)
    chosen = sorted(measured[:_MOST_TRIALS], key=_middle, reverse=True)
    data = [_violin(number, entry) for number, entry in enumerate(chosen)]
    data += [_strips(chosen), _medians(chosen)]
    return Figure(anchor, panel.title, _caption(measured, chosen), data, _layout(chosen))


def evenly_spaced_quantiles(launch: Launch, number: int) -> list[float]:
    """At most `number` samples of a launch in milliseconds, at evenly spaced ranks, ascending."""
    ordered = sorted(launch.samples_ns)
    if len(ordered) <= number:
        return rounded(each / 1e6 for each in ordered)
    return rounded(
        ordered[min(len(ordered) - 1, int((rank + 0.5) / number * len(ordered)))] / 1e6
        for rank in range(number)
    )


def _middle(entry: Entry) -> float:
    return entry.latency.median if entry.latency else math.inf


def _violin(number: int, entry: Entry) -> JsonDict:
    samples = [value for each in entry.counted for value in evenly_spaced_quantiles(each, _QUANTILES_PER_LAUNCH)]
    color = SERIES_COLORS[0] if entry.ranked else FADED
    return {
        "type": "violin",
        "orientation": "h",
        "x": samples,
        "y0": number,
        "side": "positive",
        "width": _VIOLIN_WIDTH,
        "points": False,
        "spanmode": "hard",
        "scalemode": "width",
        "line": {"color": color, "width": 1.2},
        "fillcolor": f"{color}-soft",
        "hoverinfo": "skip",
        "name": plain(entry.title),
        "showlegend": False,
    }


def _offsets(launches: int) -> list[float]:
    step = (_STRIPS_TO - _STRIPS_FROM) / max(4, launches - 1)
    return [_STRIPS_FROM + number * step for number in range(launches)]


def _strips(chosen: Sequence[Entry]) -> JsonDict:
    """For every launch a line from its 5th to its 95th percentile."""
    x: list[float | None] = []
    y: list[float | None] = []
    for number, entry in enumerate(chosen):
        for launch, offset in zip(entry.counted, _offsets(len(entry.counted)), strict=True):
            ends = evenly_spaced_quantiles(launch, 10)
            x += [ends[0], ends[-1], None]
            y += [round(number + offset, 3)] * 2 + [None]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": y,
        "line": {"color": "--strip", "width": 2.5},
        "hoverinfo": "skip",
        "name": "one launch, 5th to 95th percentile",
    }


def _medians(chosen: Sequence[Entry]) -> JsonDict:
    points = [
        (number + offset, launch, entry)
        for number, entry in enumerate(chosen)
        for launch, offset in zip(entry.counted, _offsets(len(entry.counted)), strict=True)
    ]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": rounded(statistics.median(launch.samples_ns) / 1e6 for _, launch, _ in points),
        "y": [round(y, 3) for y, _, _ in points],
        "marker": {"symbol": "circle", "size": 6, "color": SERIES_COLORS[1]},
        "customdata": [entry.anchor for _, _, entry in points],
        "hovertext": [_hover(launch, entry) for _, launch, entry in points],
        "hoverinfo": "text",
        "name": "its median",
    }


def _hover(launch: Launch, entry: Entry) -> str:
    median = statistics.median(launch.samples_ns) / 1e6
    return (
        f"<b>launch {launch.index + 1}</b>: median {ms(median)} ms of "
        f"{count(len(launch.samples_ns), 'sample')}, round {launch.round + 1}<br>{hover_text(entry)}"
    )


def _layout(chosen: Sequence[Entry]) -> JsonDict:
    layout = base_layout(height_px=110 + _ROW_PX * len(chosen))
    layout["margin"]["l"] = 16
    layout["violinmode"] = "overlay"
    layout["xaxis"] = latency_axis(_ends(chosen), what="Latency of single inferences")
    layout["yaxis"] = axis(
        "",
        range=[-0.5, len(chosen) - 0.25],
        showticklabels=False,
        ticks="",
        showgrid=False,
        showline=False,
        fixedrange=True,
    )
    layout["annotations"] = row_labels([entry.title for entry in chosen], lift=_LABEL_LIFT)
    return layout


def _ends(chosen: Sequence[Entry]) -> list[float]:
    """Smallest sample and a high percentile of every trial: one stray sample must not squeeze the rest."""
    ends = []
    for entry in chosen:
        pooled = sorted(ns for launch in entry.counted for ns in launch.samples_ns)
        ends += [pooled[0] / 1e6, pooled[int(_TAIL * (len(pooled) - 1))] / 1e6]
    return ends


def _caption(measured: Sequence[Entry], chosen: Sequence[Entry]) -> str:
    words = [
        "Above: the density of all samples of a trial. Below: one strip a launch (a fresh process); "
        "launches that disagree with each other, not wide ones, are what widens an interval.",
        f"Drawn from up to {_QUANTILES_PER_LAUNCH} evenly spaced quantiles a launch; rare outliers are cut "
        "(see p99 in the table).",
    ]
    if len(measured) > len(chosen):
        words.append(
            f"Drawn are {len(chosen)} of {len(measured)} trials, the front first; "
            "open a row of the table to see the launches of any other."
        )
    return " ".join(words)
