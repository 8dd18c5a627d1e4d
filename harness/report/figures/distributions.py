"""How the samples of a trial are distributed, launch by launch."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Sequence

from harness.records.launch import Launch
from harness.report.entries import Entry, Panel
from harness.report.figures.drawing import (
    FADED,
    SERIES_COLORS,
    Figure,
    JsonDict,
    Omitted,
    View,
    axis,
    base_layout,
    latency_axis,
    no_latency,
    plain,
    rounded,
    row_labels,
)
from harness.report.wording import count, ms, shortened
from harness.stats.contention import times_ns

__all__ = ["evenly_spaced_quantiles", "sample_distributions"]

_MOST_TRIALS = 24
_QUANTILES_PER_LAUNCH = 60
# A row from its bottom to its top, in rows: strips of launches, base line, violin, title.
_STRIPS_FROM, _STRIPS_TO = -0.07, -0.29
_VIOLIN_WIDTH = 0.74  # of which the upper half is drawn
_TITLE = 0.51
_ROW_TOP = 0.66
_ROW_PX = 96
_TAIL = 0.99
# A figure of differences ends here: where the strips do, which are its subject.
_STRIP_END = 0.95
# A strip this many times as long as the usual one may run out of the figure.
_LONGEST_STRIP = 2.0

Scale = Callable[[Entry, float], float]


def sample_distributions(panel: Panel) -> Figure | Omitted:
    """A half violin over all samples of each trial, and below it one strip for every launch."""
    anchor = f"{panel.anchor}-samples"
    measured = panel.most_telling(entry for entry in panel.entries if entry.counted)
    if not measured:
        return Omitted(anchor, panel.title, _why_nothing(panel))
    chosen = sorted(measured[:_MOST_TRIALS], key=_middle, reverse=True)
    views = (
        View("relative to the median", _data(chosen, _relative), _layout(chosen, _relative_axis(chosen))),
        View("in ms", _data(chosen, _absolute), _layout(chosen, _absolute_axis(chosen))),
    )
    return Figure(anchor, panel.title, _caption(measured, chosen), views)


def _why_nothing(panel: Panel) -> str:
    if any(entry.latency is not None for entry in panel.entries):
        return "The tool that measured here prints figures and keeps no samples: there is nothing to draw."
    return no_latency(panel)


def evenly_spaced_quantiles(launch: Launch, number: int) -> list[float]:
    """At most `number` samples of a launch in milliseconds, at evenly spaced ranks, ascending."""
    ordered = sorted(times_ns(launch))
    if len(ordered) <= number:
        return [each / 1e6 for each in ordered]
    return [
        ordered[min(len(ordered) - 1, int((rank + 0.5) / number * len(ordered)))] / 1e6
        for rank in range(number)
    ]


def _middle(entry: Entry) -> float:
    return entry.latency.median if entry.latency else math.inf


def _absolute(entry: Entry, sample_ms: float) -> float:
    return sample_ms


def _relative(entry: Entry, sample_ms: float) -> float:
    return 100 * (sample_ms / _middle(entry) - 1)


def _data(chosen: Sequence[Entry], scale: Scale) -> list[JsonDict]:
    violins = [_violin(number, entry, scale) for number, entry in enumerate(chosen)]
    return [*violins, _strips(chosen, scale), _medians(chosen, scale)]


def _violin(number: int, entry: Entry, scale: Scale) -> JsonDict:
    color = SERIES_COLORS[0] if entry.ranked else FADED
    return {
        "type": "violin",
        "orientation": "h",
        "x": _short(
            scale(entry, value)
            for launch in entry.counted
            for value in evenly_spaced_quantiles(launch, _QUANTILES_PER_LAUNCH)
        ),
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


def _short(values: Iterable[float]) -> list[float]:
    """Four significant digits: a violin shows no more."""
    return [float(f"{value:.4g}") for value in values]


def _offsets(launches: int) -> list[float]:
    step = (_STRIPS_TO - _STRIPS_FROM) / max(4, launches - 1)
    return [_STRIPS_FROM + number * step for number in range(launches)]


def _places(chosen: Sequence[Entry]) -> list[tuple[float, Launch, Entry]]:
    """Every launch with its height in the figure."""
    return [
        (round(number + offset, 3), launch, entry)
        for number, entry in enumerate(chosen)
        for launch, offset in zip(entry.counted, _offsets(len(entry.counted)), strict=True)
    ]


def _strips(chosen: Sequence[Entry], scale: Scale) -> JsonDict:
    """For every launch a line from its 5th to its 95th percentile."""
    x: list[float | None] = []
    y: list[float | None] = []
    for height, launch, entry in _places(chosen):
        ends = evenly_spaced_quantiles(launch, 10)
        x += [*_short((scale(entry, ends[0]), scale(entry, ends[-1]))), None]
        y += [height, height, None]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": y,
        "line": {"color": "--strip", "width": 2.5},
        "hoverinfo": "skip",
        "name": "one launch, 5th to 95th percentile",
    }


def _medians(chosen: Sequence[Entry], scale: Scale) -> JsonDict:
    places = _places(chosen)
    return {
        "type": "scatter",
        "mode": "markers",
        "x": rounded(scale(entry, _median_ms(launch)) for _, launch, entry in places),
        "y": [height for height, _, _ in places],
        "marker": {"symbol": "circle", "size": 6, "color": SERIES_COLORS[1]},
        "customdata": [entry.anchor for _, _, entry in places],
        "hovertext": [_hover(launch, entry) for _, launch, entry in places],
        "hoverinfo": "text",
        "name": "its median",
    }


def _median_ms(launch: Launch) -> float:
    return statistics.median(times_ns(launch)) / 1e6


def _hover(launch: Launch, entry: Entry) -> str:
    return (
        f"<b>{plain(shortened(entry.title, most=80))}</b><br>"
        f"launch {launch.index + 1}, round {launch.round + 1}: median {ms(_median_ms(launch))} ms "
        f"of {count(len(times_ns(launch)), 'sample')}<br>"
        f"all launches: {ms(_middle(entry))} ms<br><i>{plain(shortened(entry.row.trial, most=80))}</i>"
    )


def _layout(chosen: Sequence[Entry], xaxis: JsonDict) -> JsonDict:
    layout = base_layout(height_px=110 + _ROW_PX * len(chosen))
    layout["margin"]["l"] = 16
    layout["violinmode"] = "overlay"
    layout["xaxis"] = xaxis
    layout["yaxis"] = axis(
        "",
        range=[_ROW_TOP - 1, len(chosen) - 1 + _ROW_TOP],
        showticklabels=False,
        ticks="",
        showgrid=False,
        showline=False,
        fixedrange=True,
    )
    layout["annotations"] = row_labels([_row_title(entry) for entry in chosen], lift=_TITLE)
    layout["shapes"] = [_row_line(number + _ROW_TOP) for number in range(len(chosen) - 1)]
    return layout


def _row_title(entry: Entry) -> str:
    """The setting last: a narrow page cuts the end off."""
    title = f"{shortened(entry.row.model, most=40)}: {ms(_middle(entry))} ms"
    return f"{title} · {entry.setting}" if entry.setting else title


def _row_line(height: float) -> JsonDict:
    ends = {"xref": "paper", "x0": 0, "x1": 1, "yref": "y", "y0": height, "y1": height}
    return {"type": "line", "layer": "below", **ends, "line": {"color": "--line", "width": 1}}


def _ends(entry: Entry, share: float) -> tuple[float, float]:
    """Smallest sample and a high percentile: one stray sample must not squeeze the rest."""
    pooled = sorted(ns for launch in entry.counted for ns in times_ns(launch))
    return pooled[0] / 1e6, pooled[int(share * (len(pooled) - 1))] / 1e6


def _absolute_axis(chosen: Sequence[Entry]) -> JsonDict:
    return latency_axis(
        [end for entry in chosen for end in _ends(entry, _TAIL)], what="Latency of single inferences"
    )


def _relative_axis(chosen: Sequence[Entry]) -> JsonDict:
    """From the fastest sample to the end of the usual strips; every launch's median is inside."""
    ends = [tuple(_relative(entry, end) for end in _ends(entry, _STRIP_END)) for entry in chosen]
    medians = [_relative(entry, _median_ms(launch)) for entry in chosen for launch in entry.counted]
    strips = [high for _, high in ends]
    usual = min(max(strips), _LONGEST_STRIP * statistics.median(strips))
    low, high = min(low for low, _ in ends), max(usual, *medians)
    pad = 0.04 * (high - low) or 1.0
    return axis(
        "Single inferences, difference from the trial's median",
        range=rounded((low - pad, high + pad)),
        ticksuffix=" %",
        zeroline=True,
        zerolinecolor="--line",
        zerolinewidth=1,
    )


def _caption(measured: Sequence[Entry], chosen: Sequence[Entry]) -> str:
    words = [
        "Above: the density of all samples of a trial. Below: one strip a launch, which is a fresh process. "
        "Launches that disagree with each other are what widens an interval.",
        f"Drawn from up to {_QUANTILES_PER_LAUNCH} evenly spaced quantiles a launch; "
        "the longest tails are cut (see p99 in the table).",
    ]
    if len(measured) > len(chosen):
        words.append(
            f"Drawn are {len(chosen)} of {len(measured)} trials, the front first; "
            "open a row of the table to see the launches of any other."
        )
    return " ".join(words)
