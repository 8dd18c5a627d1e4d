"""Delegates and runtimes side by side, model by model."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from harness.records.vocabulary import Status
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
    no_latency,
    plain,
    rounded,
    row_labels,
)
from harness.report.wording import and_list, count, shortened

__all__ = ["delegate_comparison"]

_MOST_MODELS = 40
_ROW_PX = 46
_LABEL_LIFT = 0.36


@dataclass(frozen=True, slots=True)
class _ModelRow:
    """A model with the fastest trial of each series that ran, and the series that did not."""

    model: str
    fastest: dict[str, Entry]
    absent: dict[str, Entry]


def delegate_comparison(panel: Panel) -> Figure | Omitted:
    """A row for every model, a mark for every runtime and delegate at its fastest thread count."""
    anchor = f"{panel.anchor}-delegates"
    series = list(dict.fromkeys(entry.series for entry in panel.entries))
    rows = _rows(panel)
    if len(series) < 2 or not rows:
        return Omitted(anchor, panel.title, _why_nothing(panel, series))
    drawn = rows[:_MOST_MODELS][::-1]  # plotly counts rows from the bottom
    data = [_spans(drawn)]
    for number, name in enumerate(series):
        data += _marks(drawn, name, SERIES_COLORS[number % 8], SYMBOLS[number % 8])
    return Figure(anchor, panel.title, _caption(panel, rows, drawn), (View("", data, _layout(drawn)),))


def _rows(panel: Panel) -> list[_ModelRow]:
    by_model: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in panel.entries:
        by_model[entry.row.model, entry.row.sha256].append(entry)
    rows = [_model_row(entries) for entries in by_model.values()]
    return sorted((row for row in rows if row.fastest), key=_best_median)


def _model_row(entries: Sequence[Entry]) -> _ModelRow:
    fastest: dict[str, Entry] = {}
    absent: dict[str, Entry] = {}
    for entry in sorted(entries, key=lambda each: (not each.ranked, _median(each))):
        target = absent if entry.latency is None else fastest
        target.setdefault(entry.series, entry)
    return _ModelRow(
        entries[0].row.model, fastest, {name: e for name, e in absent.items() if name not in fastest}
    )


def _median(entry: Entry) -> float:
    return entry.latency.median if entry.latency else float("inf")


def _best_median(row: _ModelRow) -> float:
    return min(_median(entry) for entry in row.fastest.values())


def _why_nothing(panel: Panel, series: Sequence[str]) -> str:
    if not any(entry.latency for entry in panel.entries):
        return no_latency(panel)
    only = f"Only {series[0]} was measured. " if series else ""
    return f"{only}Compare delegates with --delegates cpu,cpu-builtin,gpu, runtimes with --runtime."


def _spans(rows: Sequence[_ModelRow]) -> JsonDict:
    """A thin line from the fastest to the slowest mark of each row."""
    x: list[float | None] = []
    y: list[float | None] = []
    for number, row in enumerate(rows):
        medians = [_median(entry) for entry in row.fastest.values()]
        x += [*rounded((min(medians), max(medians))), None]
        y += [number, number, None]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": y,
        "line": {"color": "--line", "width": 2},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _marks(rows: Sequence[_ModelRow], series: str, color: str, symbol: str) -> list[JsonDict]:
    """The marks of one series; its fallbacks hollow and grey."""
    found = [(number, row.fastest[series]) for number, row in enumerate(rows) if series in row.fastest]
    ranked = [(number, entry) for number, entry in found if entry.ranked]
    fallen = [(number, entry) for number, entry in found if not entry.ranked]
    software = " (software GPU)" if any(entry.software_gpu for _, entry in found) else ""
    traces = []
    if ranked:
        trace = _mark_trace(rows, ranked, color)
        traces.append(trace | {"name": plain(series + software)})
        trace["marker"] |= {"color": color, "symbol": symbol}
    if fallen:
        trace = _mark_trace(rows, fallen, FADED)
        traces.append(trace | {"name": plain(f"{series}{software}: fallback")})
        trace["marker"] |= {"color": FADED, "symbol": f"{symbol}-open", "line": {"width": 1.6}}
    return traces


def _mark_trace(rows: Sequence[_ModelRow], marks: Sequence[tuple[int, Entry]], color: str) -> JsonDict:
    medians = [_median(entry) for _, entry in marks]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": rounded(medians),
        "y": [number for number, _ in marks],
        "error_x": error_bars(
            medians,
            [entry.latency.ci_low if entry.latency else None for _, entry in marks],
            [entry.latency.ci_high if entry.latency else None for _, entry in marks],
        )
        | {"color": color},
        "marker": {"size": 11},
        "customdata": [entry.anchor for _, entry in marks],
        "hovertext": [_hover(entry, rows[number]) for number, entry in marks],
        "hoverinfo": "text",
    }


def _hover(entry: Entry, row: _ModelRow) -> str:
    """The facts, and how it compares with the first series of its row."""
    first = next(iter(row.fastest.values()))
    lines = [hover_text(entry)]
    if entry is not first and _median(entry):
        lines.append(
            f"{_median(entry) / _median(first):.2f}× the time of {plain(first.series)} "
            f"at {count(first.row.threads, 'thread')}"
        )
    lines += [f"{plain(name)}: {each.row.status}" for name, each in row.absent.items()]
    return "<br>".join(lines)


def _layout(rows: Sequence[_ModelRow]) -> JsonDict:
    layout = base_layout(height_px=110 + _ROW_PX * len(rows))
    times = [_median(entry) for row in rows for entry in row.fastest.values()]
    layout["margin"]["l"] = 16
    layout["xaxis"] = latency_axis(times, what="Latency at the fastest thread count", from_zero=True)
    layout["yaxis"] = axis(
        "",
        range=[-0.6, len(rows) - 0.3],
        showticklabels=False,
        ticks="",
        showgrid=False,
        showline=False,
        fixedrange=True,
    )
    layout["annotations"] = row_labels([_label(row) for row in rows], lift=_LABEL_LIFT)
    return layout


def _label(row: _ModelRow) -> str:
    """The model, and what became of the series without a mark; their names are in the hover box."""
    if not row.absent:
        return row.model
    ended = Counter(str(entry.row.status) for entry in row.absent.values())
    told = [
        f"{next(n for n, e in row.absent.items() if str(e.row.status) == status)} {status}"
        if number == 1
        else f"{number} {status}"
        for status, number in ended.items()
    ]
    return f"{shortened(row.model, most=40)} ({', '.join(told)})"


def _caption(panel: Panel, rows: Sequence[_ModelRow], drawn: Sequence[_ModelRow]) -> str:
    words = ["Each mark is the fastest thread count of one runtime and delegate; left is faster."]
    if any(entry.row.status is Status.FALLBACK and entry.latency for entry in panel.entries):
        words.append("Hollow grey marks did not run where they were asked to.")
    missing = {f"{e.series} ({e.row.status})" for row in rows for e in row.absent.values()}
    if missing:
        words.append(f"Without a mark for some models: {and_list(sorted(missing))}; the table says why.")
    if any(entry.software_gpu for entry in panel.entries):
        words.append("The GPU was imitated by the CPU: its times say nothing about a real one.")
    if len(rows) > len(drawn):
        words.append(f"Drawn are the {len(drawn)} fastest of {len(rows)} models; the table has all of them.")
    return " ".join(words)
