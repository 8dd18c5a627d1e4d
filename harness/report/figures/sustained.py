"""Latency of runs without a rest, window by window, with the moment heat first held them back."""

from __future__ import annotations

from collections.abc import Sequence

from harness.records.sustained import SustainedWindow
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
    latency_axis,
    plain,
    rounded,
)
from harness.report.wording import count, ms, shortened
from harness.stats.sustained import SustainedSummary, summarise_sustained

__all__ = ["sustained_latency", "sustained_sentence"]

_HEIGHT_PX = 460
_MOST_LINES = 8


def sustained_latency(panel: Panel) -> Figure | Omitted | None:
    """A line for every trial that ran without a rest; None where none was to."""
    asked = [entry for entry in panel.entries if entry.sustained is not None]
    if not asked:
        return None
    anchor = f"{panel.anchor}-sustained"
    told = [(entry, found) for entry in asked if (found := _summary(entry)) is not None]
    if not told:
        reason = next((e.sustained.reason for e in asked if e.sustained and e.sustained.reason), None)
        return Omitted(anchor, panel.title, f"No window was measured: {reason or 'nothing says why'}.")
    drawn = told[:_MOST_LINES]
    views = (
        View("relative to the start", _data(drawn, relative=True), _layout(drawn, relative=True)),
        View("in ms", _data(drawn, relative=False), _layout(drawn, relative=False)),
    )
    return Figure(anchor, panel.title, _caption(told, len(drawn)), views)


def sustained_sentence(entry: Entry) -> str | None:
    """Start, steady state and first cap of one trial in words; None where it has no window."""
    found = _summary(entry)
    if found is None:
        return None
    cap = (
        f"the first cap came after {found.first_cap_s:.0f} s ({found.first_cap})"
        if found.first_cap_s is not None
        else "no reading showed a cap"
    )
    return (
        f"{entry.title}: {ms(found.start_ms)} ms at the start, {ms(found.steady_ms)} ms in the steady state"
        f" ({found.ratio:.2f}×) over {found.duration_s:.0f} s; {cap}"
    )


def _summary(entry: Entry) -> SustainedSummary | None:
    return summarise_sustained(entry.sustained) if entry.sustained is not None else None


def _caption(told: Sequence[tuple[Entry, SustainedSummary]], drawn: int) -> str:
    words = ["Median of each window, launch after launch without a rest. A line marks the first cap."]
    words += [f"{sentence}." for entry, _ in told if (sentence := sustained_sentence(entry)) is not None]
    if len(told) > drawn:
        words.append(f"Drawn are {drawn} of {count(len(told), 'trial')}.")
    return " ".join(words)


Told = Sequence[tuple[Entry, SustainedSummary]]


def _data(told: Told, *, relative: bool) -> list[JsonDict]:
    return [_trace(entry, found, number, relative=relative) for number, (entry, found) in enumerate(told)]


def _trace(entry: Entry, found: SustainedSummary, number: int, *, relative: bool) -> JsonDict:
    assert entry.sustained is not None
    windows = entry.sustained.windows
    scale = 1 / found.start_ms if relative else 1.0
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": plain(shortened(entry.title, most=52)),
        "x": rounded(each.start_s for each in windows),
        "y": rounded(scale * each.median_ms for each in windows),
        "line": {"color": SERIES_COLORS[number], "width": 2},
        "marker": {"color": SERIES_COLORS[number], "symbol": SYMBOLS[number], "size": 7},
        "customdata": [entry.anchor for _ in windows],
        "hovertext": [_hover(entry, each, found) for each in windows],
        "hoverinfo": "text",
    }


def _hover(entry: Entry, window: SustainedWindow, found: SustainedSummary) -> str:
    state = window.state
    lines = [
        f"<b>{plain(shortened(entry.title, most=90))}</b>",
        f"{ms(window.median_ms)} ms after {window.start_s:.0f} s,"
        f" {window.median_ms / found.start_ms:.2f}× the start",
    ]
    if state.temperature_c is not None:
        lines.append(f"hottest CPU sensor {state.temperature_c:.1f} °C")
    if state.thermal_status is not None:
        lines.append(f"thermal status {state.thermal_status}")
    if state.battery_percent is not None:
        lines.append(f"battery {state.battery_percent:.0f} %")
    caps = ", ".join(f"cpu{name} {khz / 1e6:.2f} GHz" for name, khz in state.cluster_cap_khz)
    return "<br>".join([*lines, *((f"at most {plain(caps)}",) if caps else ())])


def _layout(told: Told, *, relative: bool) -> JsonDict:
    layout = base_layout(height_px=_HEIGHT_PX)
    layout["xaxis"] = axis("Time since the start, s", rangemode="tozero")
    scaled = [
        each.median_ms / (found.start_ms if relative else 1.0)
        for entry, found in told
        if entry.sustained is not None
        for each in entry.sustained.windows
    ]
    layout["yaxis"] = (
        axis(
            "Latency relative to the first window",
            range=[min(0.9, 0.97 * min(scaled)), max(1.1, 1.03 * max(scaled))],
        )
        if relative
        else latency_axis(scaled, what="Latency, median of the window")
    )
    caps = sorted({found.first_cap_s for _, found in told if found.first_cap_s is not None})
    layout["shapes"] = [
        {
            "type": "line",
            "xref": "x",
            "yref": "paper",
            "x0": each,
            "x1": each,
            "y0": 0,
            "y1": 1,
            "line": {"color": FADED, "width": 1.2, "dash": "dot"},
        }
        for each in caps
    ]
    return layout
