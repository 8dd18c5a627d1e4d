"""Accuracy against latency, with the Pareto front."""

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
from harness.report.wording import and_list, count, megabytes, shortened

__all__ = ["accuracy_latency"]

_HEIGHT_PX = 540
_LARGEST_BUBBLE_PX = 46
_SMALLEST_BUBBLE_PX = 9
# Beyond this, intervals of all points are a haze; those of the front are drawn in any case.
_MOST_ERROR_BARS = 120
_RING_PX = {Mark.FRONT: 2.6, Mark.TIED: 1.6, Mark.DOMINATED: 0.6, Mark.UNRANKED: 0.6}
_RING_COLOR = {
    Mark.FRONT: "--ink",
    Mark.TIED: "--ink-soft",
    Mark.DOMINATED: "--surface",
    Mark.UNRANKED: "--surface",
}
_OPACITY = {Mark.FRONT: 0.92, Mark.TIED: 0.82, Mark.DOMINATED: 0.45, Mark.UNRANKED: 0.45}

Key = Callable[[Entry], str]


def accuracy_latency(panel: Panel) -> list[Figure | Omitted]:
    """One figure for every data set of the panel: accuracies on different images cannot be compared."""
    drawable = [entry for entry in panel.entries if entry.latency is not None and entry.row.top1 is not None]
    if not drawable:
        return [Omitted(f"{panel.anchor}-accuracy", panel.title, _why_nothing(panel))]
    by_dataset: dict[str, list[Entry]] = defaultdict(list)
    for entry in drawable:
        by_dataset[f"{entry.row.dataset} ({count(entry.row.images or 0, 'image')})"].append(entry)
    several = len(by_dataset) > 1
    return [
        _figure(panel, entries, dataset if several else None, number)
        for number, (dataset, entries) in enumerate(by_dataset.items())
    ]


def _why_nothing(panel: Panel) -> str:
    if not any(entry.latency is not None for entry in panel.entries):
        return f"{no_latency(panel)} There is nothing to set accuracy against."
    reasons = sorted({entry.row.accuracy_reason for entry in panel.entries if entry.row.accuracy_reason})
    why = f" ({and_list(reasons)})" if reasons else ""
    return (
        f"No accuracy was measured{why}. Add it with --dataset and a folder of labelled images; "
        "--subset N keeps it short."
    )


def _figure(panel: Panel, entries: Sequence[Entry], dataset: str | None, number: int) -> Figure:
    ranked = [entry for entry in entries if entry.ranked]
    fallbacks = [entry for entry in entries if not entry.ranked]
    color_of, symbol_of = _encoding(ranked)
    area = _area_scale(entries)
    data = [_front_line(ranked)] if _front_steps(ranked) else []
    data += _groups(ranked, color_of, symbol_of, area)
    if fallbacks:
        data.append(_fallback_trace(fallbacks, symbol_of, area))
    data += _symbol_legend(ranked, symbol_of) + _front_legend(ranked)
    data += [_label_trace(ranked), _leader_trace()]
    return Figure(
        anchor=f"{panel.anchor}-accuracy" + (f"-{number + 1}" if number else ""),
        title=f"{panel.title} · scored on {dataset}" if dataset else panel.title,
        caption=_caption(panel, entries, dataset),
        views=(View("", data, _layout(entries)),),
        label_trace=len(data) - 2,
    )


def _encoding(ranked: Sequence[Entry]) -> tuple[Key, Key]:
    """What colour and symbol stand for: runtime and delegate if they vary, else the quantization."""

    def series(entry: Entry) -> str:
        return entry.series

    def quantization(entry: Entry) -> str:
        return str(entry.row.quantization or "unknown quantization")

    def threads(entry: Entry) -> str:
        return count(entry.row.threads, "thread")

    color_of = series if len({series(entry) for entry in ranked}) > 1 else quantization
    return color_of, threads if len({threads(entry) for entry in ranked}) > 1 else color_of


def _symbols(ranked: Sequence[Entry], symbol_of: Key) -> dict[str, str]:
    names = sorted({symbol_of(entry) for entry in ranked}, key=_natural)
    return {name: SYMBOLS[number % len(SYMBOLS)] for number, name in enumerate(names)}


def _natural(text: str) -> tuple[int, str]:
    head = text.split()[0]
    return (int(head) if head.isdigit() else 0, text)


def _area_scale(entries: Sequence[Entry]) -> float:
    """Plotly's `sizeref` with which the largest file gets the largest bubble; area stands for size."""
    return 2.0 * max(max(map(_size_bytes, entries)), 1) / _LARGEST_BUBBLE_PX**2


def _size_bytes(entry: Entry) -> int:
    """Size of the file; the smallest bubble where an imported log does not state it."""
    return entry.row.size_bytes or 0


def _groups(ranked: Sequence[Entry], color_of: Key, symbol_of: Key, area: float) -> list[JsonDict]:
    symbols = _symbols(ranked, symbol_of)
    names = list(dict.fromkeys(sorted(map(color_of, ranked))))
    traces = []
    for number, name in enumerate(names):
        group = sorted((entry for entry in ranked if color_of(entry) == name), key=lambda e: -_size_bytes(e))
        color = SERIES_COLORS[number % len(SERIES_COLORS)]
        crowded = len(ranked) > _MOST_ERROR_BARS
        trace = _points(group, area, error_color=color, only_front_bars=crowded)
        trace["marker"] |= {
            "color": color,
            "symbol": [symbols[symbol_of(entry)] for entry in group],
            "opacity": [_OPACITY[entry.mark.mark] for entry in group],
            "line": {
                "color": [_RING_COLOR[entry.mark.mark] for entry in group],
                "width": [_RING_PX[entry.mark.mark] for entry in group],
            },
        }
        # The legend gets a plain swatch: the first point's own ring and size would say too much.
        shape = symbols[name] if symbol_of is color_of else "circle"
        swatch = legend_only(name, {"color": color, "symbol": shape}, legendgroup=plain(name))
        traces += [trace | {"name": plain(name), "legendgroup": plain(name), "showlegend": False}, swatch]
    return traces


def _points(group: Sequence[Entry], area: float, *, error_color: str, only_front_bars: bool) -> JsonDict:
    x = [entry.latency.median for entry in group if entry.latency]
    y = [100 * (entry.row.top1 or 0.0) for entry in group]
    barred = [not only_front_bars or entry.mark.mark is Mark.FRONT for entry in group]
    lows = [e.latency.ci_low if e.latency and shown else None for e, shown in zip(group, barred, strict=True)]
    highs = [
        e.latency.ci_high if e.latency and shown else None for e, shown in zip(group, barred, strict=True)
    ]
    bars = {"color": error_color}
    return {
        "type": "scatter",
        "mode": "markers",
        "x": rounded(x),
        "y": rounded(y),
        "error_x": error_bars(x, lows, highs) | bars,
        "error_y": error_bars(
            [entry.row.top1 or 0.0 for entry in group],
            [e.row.top1_low if shown else None for e, shown in zip(group, barred, strict=True)],
            [e.row.top1_high if shown else None for e, shown in zip(group, barred, strict=True)],
            scale=100,
        )
        | bars,
        "customdata": [entry.anchor for entry in group],
        "hovertext": [hover_text(entry) for entry in group],
        "hoverinfo": "text",
        "marker": {
            "size": [_size_bytes(entry) for entry in group],
            "sizemode": "area",
            "sizeref": area,
            "sizemin": _SMALLEST_BUBBLE_PX / 2,
        },
    }


def _fallback_trace(fallbacks: Sequence[Entry], symbol_of: Key, area: float) -> JsonDict:
    """Hollow and grey: ran elsewhere than asked, so no candidate."""
    trace = _points(fallbacks, area, error_color=FADED, only_front_bars=False)
    trace["marker"] |= {"color": FADED, "symbol": "circle-open", "line": {"color": FADED, "width": 1.4}}
    return trace | {"name": "fallback (not ranked)"}


def _front_steps(ranked: Sequence[Entry]) -> list[Entry]:
    """The trials that no other beats in both figures, from fast to slow.

    By the figures alone, so that the line bounds all points; the rings tell which of
    them are certain. One that is on the front for its size only is not in it.
    """
    timed = [entry for entry in ranked if entry.latency]
    steps: list[Entry] = []
    for entry in sorted(timed, key=lambda e: (e.latency.median if e.latency else 0.0, -(e.row.top1 or 0.0))):
        if not steps or (entry.row.top1 or 0.0) > (steps[-1].row.top1 or 0.0):
            steps.append(entry)
    return steps


def _front_line(ranked: Sequence[Entry]) -> JsonDict:
    steps = _front_steps(ranked)
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "Pareto front",
        "x": rounded(entry.latency.median for entry in steps if entry.latency),
        "y": rounded(100 * (entry.row.top1 or 0.0) for entry in steps),
        "line": {"shape": "hv", "color": "--ink-soft", "width": 1.6, "dash": "dot"},
        "hoverinfo": "skip",
    }


def _symbol_legend(ranked: Sequence[Entry], symbol_of: Key) -> list[JsonDict]:
    symbols = _symbols(ranked, symbol_of)
    if len({entry.row.threads for entry in ranked}) < 2:
        return []
    return [
        legend_only(name, {"color": "--ink-soft", "symbol": symbol, "size": 8})
        for name, symbol in symbols.items()
    ]


def _front_legend(ranked: Sequence[Entry]) -> list[JsonDict]:
    words = {Mark.FRONT: "on the front", Mark.TIED: "possibly on the front (tie)"}
    present = {entry.mark.mark for entry in ranked}
    return [
        legend_only(
            text,
            {
                "symbol": "circle",
                "color": "rgba(0,0,0,0)",
                "line": {"color": _RING_COLOR[mark], "width": _RING_PX[mark]},
            },
        )
        for mark, text in words.items()
        if mark in present
    ]


def _label_trace(ranked: Sequence[Entry]) -> JsonDict:
    """Names of the points on the front; where they fit is decided in the page, which knows its width."""
    steps = {id(entry) for entry in _front_steps(ranked)}
    front = [e for e in ranked if e.latency and (id(e) in steps or e.mark.mark is Mark.FRONT)]
    return {
        "type": "scatter",
        "mode": "text",
        "x": rounded(entry.latency.median for entry in front if entry.latency),
        "y": rounded(100 * (entry.row.top1 or 0.0) for entry in front),
        "text": [plain(shortened(entry.row.model, most=40)) for entry in front],
        "textposition": "middle center",
        "textfont": {"size": 12, "color": "--ink"},
        "hoverinfo": "skip",
        "showlegend": False,
        "cliponaxis": False,
    }


def _leader_trace() -> JsonDict:
    """Thin lines to labels that had to go further off, drawn by the page."""
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [],
        "y": [],
        "line": {"color": FADED, "width": 0.8},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _layout(entries: Sequence[Entry]) -> JsonDict:
    times = [entry.latency.median for entry in entries if entry.latency]
    times += [entry.latency.ci_high for entry in entries if entry.latency and entry.latency.ci_high]
    times += [entry.latency.ci_low for entry in entries if entry.latency and entry.latency.ci_low]
    lows = [100 * (e.row.top1_low if e.row.top1_low is not None else e.row.top1 or 0.0) for e in entries]
    highs = [100 * (e.row.top1_high if e.row.top1_high is not None else e.row.top1 or 0.0) for e in entries]
    pad = 0.06 * (max(highs) - min(lows)) or 1.0
    layout = base_layout(height_px=_HEIGHT_PX)
    layout["xaxis"] = latency_axis(times, what="Latency, median of launches")
    layout["yaxis"] = axis(
        "Top-1 accuracy, %", range=rounded((max(-2.0, min(lows) - pad), min(102.0, max(highs) + pad)))
    )
    return layout


def _caption(panel: Panel, entries: Sequence[Entry], dataset: str | None) -> str:
    sizes = [_size_bytes(entry) for entry in entries]
    ends = (min(sizes), max(sizes))
    words = [
        "Up and to the left is better.",
        "The dotted line joins the best by their figures; bars are 95 % intervals, and where they overlap "
        "the order may be chance.",
        f"Bubble area is file size ({' to '.join(dict.fromkeys(map(megabytes, ends)))} MB).",
    ]
    if any(entry.row.status is Status.FALLBACK for entry in entries):
        words.append("Hollow grey: did not run where it was asked to, never ranked.")
    if len(entries) > _MOST_ERROR_BARS:
        words.append(f"With {len(entries)} points, only those on the front show their intervals.")
    # With several data sets each has a figure of its own: those are not missing.
    missing = 0 if dataset else len(panel.entries) - len(entries)
    if missing:
        verb = "is" if missing == 1 else "are"
        words.append(f"{count(missing, 'trial')} without latency or accuracy {verb} in the table only.")
    return " ".join(words)
