"""Latency of one trial over its runs, with the levels between suspected changes."""

from __future__ import annotations

import itertools

from harness.records.history import Point, Series, Suspicion
from harness.report.figures.drawing import (
    Figure,
    JsonDict,
    View,
    axis,
    base_layout,
    error_bars,
    legend_only,
    plain,
    rounded,
)
from harness.report.wording import count, interval, ms, shortened, when

__all__ = ["latency_history"]

_HEIGHT_PX = 340
_MOST_TICKS = 8
_HOVER_TEXT_MOST = 90


def latency_history(series: Series, *, anchor: str) -> Figure:
    """Points in order of time, equally far apart; a dashed line where a change is suspected."""
    data = [_points(series), *_levels(series)]
    if series.suspected:
        data.append(_marks(series))
    layout = base_layout(height_px=_HEIGHT_PX)
    layout["xaxis"] = _run_axis(series)
    layout["yaxis"] = axis("Latency, median of launches, ms", rangemode="normal")
    layout["shapes"] = [_dashed(each) for each in series.suspected]
    return Figure(anchor, series.title, _caption(series), (View("", data, layout),))


def _points(series: Series) -> JsonDict:
    medians = [each.median_ms for each in series.points]
    lows, highs = [each.low_ms for each in series.points], [each.high_ms for each in series.points]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": "a run, with its 95 % interval",
        "x": list(range(1, len(medians) + 1)),
        "y": rounded(medians),
        "error_y": error_bars(medians, lows, highs) | {"color": "--strip"},
        "line": {"color": "--strip", "width": 1},
        "marker": {"color": "--series-1", "size": 6},
        "hovertext": [_hover(each) for each in series.points],
        "hoverinfo": "text",
    }


def _hover(point: Point) -> str:
    ends = interval(point.low_ms, point.high_ms)
    lines = [
        f"<b>{ms(point.median_ms)} ms</b>" + (f"  [{ends}]" if ends else ""),
        plain(shortened(point.run, most=_HOVER_TEXT_MOST)),
        plain(when(point.started_at)) if point.started_at else "",
        f"commit {plain(point.commit[:12])}" if point.commit else "",
        f"runtime {plain(point.runtime_version)}" if point.runtime_version else "",
        f"model {plain(point.sha256[:12])}",
        count(point.launches, "launch", "launches"),
    ]
    return "<br>".join(line for line in lines if line)


def _levels(series: Series) -> list[JsonDict]:
    """A horizontal line for every stretch between changes."""
    if not series.suspected:
        return []
    edges = [0, *(each.index for each in series.suspected), len(series.points)]
    levels = [series.suspected[0].before_ms, *(each.after_ms for each in series.suspected)]
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "name": "level (median)",
            "legendgroup": "level",
            "showlegend": number == 0,
            "x": [start + 0.6, end + 0.4],
            "y": rounded([level, level]),
            "line": {"color": "--series-2", "width": 2.5},
            "hoverinfo": "skip",
        }
        for number, ((start, end), level) in enumerate(zip(itertools.pairwise(edges), levels, strict=True))
    ]


def _marks(series: Series) -> JsonDict:
    return legend_only("change suspected", {"color": "--bad", "symbol": "line-ns-open"})


def _dashed(suspicion: Suspicion) -> JsonDict:
    """Between the last run before and the first after; plotly counts runs from 1 here."""
    at = suspicion.index + 0.5
    return {
        "type": "line",
        "xref": "x",
        "yref": "paper",
        "x0": at,
        "x1": at,
        "y0": 0,
        "y1": 1,
        "line": {"color": "--bad" if suspicion.change > 0 else "--good", "width": 1.5, "dash": "dash"},
    }


def _run_axis(series: Series) -> JsonDict:
    number = len(series.points)
    step = -(-number // _MOST_TICKS)
    ticks = list(range(1, number + 1, step))
    return axis(
        "Run",
        tickmode="array",
        tickvals=ticks,
        ticktext=[_tick(series.points[at - 1], at) for at in ticks],
        range=[0.4, number + 0.6],
    )


def _tick(point: Point, at: int) -> str:
    """The day where it is known, in place of a mere number."""
    return plain(point.started_at[:10]) if point.started_at else str(at)


def _caption(series: Series) -> str:
    if series.untested:
        return f"{count(len(series.points), 'run')}: {series.untested}."
    if not series.suspected:
        return f"{count(len(series.points), 'run')}: no change of 3 % or more is suspected."
    changes = [
        f"{each.change:+.1%} since run {each.index + 1} (p = {each.p:.2g})" for each in series.suspected
    ]
    return f"{count(len(series.points), 'run')}: suspected {', '.join(changes)}."
