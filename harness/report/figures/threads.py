"""Latency against the number of threads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from harness.records.vocabulary import Status
from harness.report.content import Mark
from harness.report.entries import Entry, Panel
from harness.report.figures.drawing import (
    FADED,
    SERIES_COLORS,
    SYMBOLS,
    Figure,
    JsonDict,
    Omitted,
    View,
    axis,
    base_layout,
    error_bars,
    hover_text,
    latency_axis,
    legend_only,
    no_latency,
    plain,
    rounded,
)
from harness.report.wording import and_list, count, ms, shortened

__all__ = ["latency_threads"]

_HEIGHT_PX = 460
_MOST_COLORED = 8
_MOST_LINES = 60
_RANK = {Mark.FRONT: 0, Mark.TIED: 1, Mark.DOMINATED: 2, Mark.UNRANKED: 2}

Line = list[Entry]


def latency_threads(panel: Panel) -> Figure | Omitted:
    """A line for every model, runtime and delegate measured with two or more thread counts."""
    lines = _lines(panel)
    anchor = f"{panel.anchor}-threads"
    if not lines:
        return Omitted(anchor, panel.title, _why_nothing(panel))
    drawn = lines[:_MOST_LINES]
    colored, grey = drawn[:_MOST_COLORED], drawn[_MOST_COLORED:]
    name_of = _namer(lines)
    data = [_trace(line, name_of(line), FADED, "circle") | {"showlegend": False} for line in grey]
    if grey:
        swatch = {"color": FADED, "symbol": "circle"}
        data.append(legend_only(f"{count(len(grey), 'other')}: name on hover", swatch, legendrank=1001))
    data += [
        _trace(line, name_of(line), SERIES_COLORS[number], SYMBOLS[number])
        for number, line in enumerate(colored)
    ]
    fallbacks = [entry for entry in panel.entries if entry.row.status is Status.FALLBACK and entry.latency]
    if fallbacks:
        data.append(_fallback_trace(fallbacks))
    layout = _layout([*(entry for line in drawn for entry in line), *fallbacks])
    return Figure(anchor, panel.title, _caption(lines, drawn), (View("", data, layout),))


def _lines(panel: Panel) -> list[Line]:
    """Lines to draw: those of the front first, then from fast to slow."""
    groups: dict[tuple[str, str, str], Line] = defaultdict(list)
    for entry in panel.entries:
        if entry.ranked and entry.latency is not None:
            groups[entry.row.model, entry.row.sha256, entry.series].append(entry)
    lines = [sorted(line, key=lambda entry: entry.row.threads) for line in groups.values()]
    return sorted(
        (line for line in lines if len({entry.row.threads for entry in line}) > 1),
        key=lambda line: (min(_RANK[entry.mark.mark] for entry in line), _median(line[0])),
    )


def _median(entry: Entry) -> float:
    return entry.latency.median if entry.latency else float("inf")


def _why_nothing(panel: Panel) -> str:
    counts = sorted({entry.row.threads for entry in panel.entries if entry.latency is not None})
    if not counts:
        return no_latency(panel)
    if len(counts) > 1:
        return "No model was measured with two thread counts on the same runtime and delegate."
    return f"Only {count(counts[0], 'thread')} was measured. Compare thread counts with --threads 1,2,4."


def _namer(lines: Sequence[Line]) -> Callable[[Line], str]:
    """Names a line by its model, and by runtime and delegate where those differ."""
    several = len({entry.series for line in lines for entry in line}) > 1

    def name_of(line: Line) -> str:
        row = line[0].row
        return f"{row.model} · {line[0].series}" if several else row.model

    return name_of


def _trace(line: Line, name: str, color: str, symbol: str) -> JsonDict:
    medians = [_median(entry) for entry in line]
    lows = [entry.latency.ci_low if entry.latency else None for entry in line]
    highs = [entry.latency.ci_high if entry.latency else None for entry in line]
    grey = color == FADED
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": plain(shortened(name, most=52)),
        "x": [entry.row.threads for entry in line],
        "y": rounded(medians),
        "error_y": error_bars(medians, lows, highs) | {"color": color},
        "line": {"color": color, "width": 1 if grey else 2},
        "marker": {"color": color, "symbol": symbol, "size": 5 if grey else 9},
        "customdata": [entry.anchor for entry in line],
        "hovertext": [_hover(entry, line[0]) for entry in line],
        "hoverinfo": "text",
    }


def _hover(entry: Entry, first: Entry) -> str:
    if entry is first or not _median(entry):
        return hover_text(entry)
    ratio = _median(first) / _median(entry)
    against = f"{ratio:.2f}× the speed of {count(first.row.threads, 'thread')}"
    return f"{hover_text(entry)}<br>{against} ({ms(_median(first))} ms)"


def _fallback_trace(fallbacks: Sequence[Entry]) -> JsonDict:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "fallback (not ranked)",
        "x": [entry.row.threads for entry in fallbacks],
        "y": rounded(_median(entry) for entry in fallbacks),
        "marker": {"color": FADED, "symbol": "circle-open", "size": 9, "line": {"width": 1.4}},
        "customdata": [entry.anchor for entry in fallbacks],
        "hovertext": [hover_text(entry) for entry in fallbacks],
        "hoverinfo": "text",
    }


def _layout(entries: Sequence[Entry]) -> JsonDict:
    counts = sorted({entry.row.threads for entry in entries})
    layout = base_layout(height_px=_HEIGHT_PX)
    layout["xaxis"] = axis(
        "Threads",
        type="log",
        tickmode="array",
        tickvals=counts,
        ticktext=[str(each) for each in counts],
    )
    times = [_median(entry) for entry in entries]
    times += [entry.latency.ci_high for entry in entries if entry.latency and entry.latency.ci_high]
    layout["yaxis"] = latency_axis(times, what="Latency, median of launches", from_zero=True)
    return layout


def _caption(lines: Sequence[Line], drawn: Sequence[Line]) -> str:
    halved = [f"{line[0].row.model}" for line in drawn[:_MOST_COLORED] if _slower(line)]
    words = ["A falling line gains from threads; a flat one does not. Bars are 95 % intervals."]
    if halved:
        words.append(f"More threads made it slower: {and_list(halved, most=3)}.")
    if len(lines) > len(drawn):
        words.append(
            f"Drawn are {len(drawn)} of {len(lines)} lines, the front first; the table has all of them."
        )
    return " ".join(words)


def _slower(line: Line) -> bool:
    """Whether the last point is slower than the first beyond both intervals."""
    first, last = line[0].latency, line[-1].latency
    if first is None or last is None or first.ci_high is None or last.ci_low is None:
        return False
    return last.ci_low > first.ci_high
