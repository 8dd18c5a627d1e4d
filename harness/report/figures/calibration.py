"""What a calibration found, drawn: detection over the true size, and what a verdict costs."""

from __future__ import annotations

from collections.abc import Sequence

from harness.records.calibration import Calibration, CalibrationGroup, CalibrationRun
from harness.records.vocabulary import Condition
from harness.report.figures.drawing import (
    SERIES_COLORS,
    SYMBOLS,
    Figure,
    JsonDict,
    View,
    axis,
    base_layout,
    error_bars,
    rounded,
)
from harness.report.wording import count

__all__ = ["power_curve", "verdict_times"]

_HEIGHT_PX = 380


def power_curve(calibration: Calibration, *, anchor: str) -> Figure:
    """Share of runs that said REGRESSION over the true size of the slowdown, by condition."""
    conditions = [each for each in Condition if any(g.condition is each for g in calibration.groups)]
    data = [_curve(calibration.groups, each, number) for number, each in enumerate(conditions)]
    layout = base_layout(height_px=_HEIGHT_PX)
    layout["xaxis"] = axis("True slowdown by CPU time, %")
    layout["yaxis"] = axis("Runs that said REGRESSION, %", range=[-3, 103])
    caption = "Bars are exact binomial 95 % intervals. At 0 every alarm is false."
    return Figure(anchor, "Power", caption, (View("", data, layout),))


def verdict_times(runs: Sequence[CalibrationRun], *, anchor: str) -> Figure:
    """Seconds to a verdict, preflight included, by condition and size."""
    sizes = sorted({run.size for run in runs})
    conditions = [each for each in Condition if any(run.condition is each for run in runs)]
    data = [_times(runs, each, number, sizes) for number, each in enumerate(conditions)]
    layout = base_layout(height_px=_HEIGHT_PX)
    layout["boxmode"] = "group"
    layout["xaxis"] = axis("Slowdown put in", type="category")
    layout["yaxis"] = axis("Seconds to a verdict")
    caption = f"{count(len(runs), 'complete gate run')}, the preflight of each included."
    return Figure(anchor, "What a verdict costs", caption, (View("", data, layout),))


def _curve(groups: Sequence[CalibrationGroup], condition: Condition, number: int) -> JsonDict:
    own = sorted((g for g in groups if g.condition is condition), key=lambda group: group.size)
    shares = [100 * group.regression_rate for group in own]
    lows = [100 * group.regression_low for group in own]
    highs = [100 * group.regression_high for group in own]
    color = SERIES_COLORS[number]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": str(condition),
        "x": rounded([100 * (g.size if g.true_size is None else g.true_size) for g in own]),
        "y": rounded(shares),
        "error_y": error_bars(shares, lows, highs) | {"color": color},
        "line": {"color": color, "width": 2},
        "marker": {"color": color, "size": 8, "symbol": SYMBOLS[number]},
        "hovertext": [f"{g.regressions} of {count(g.runs, 'run')}; {g.size:.1%} put in" for g in own],
        "hoverinfo": "text",
    }


def _times(
    runs: Sequence[CalibrationRun], condition: Condition, number: int, sizes: Sequence[float]
) -> JsonDict:
    own = [run for size in sizes for run in runs if run.condition is condition and run.size == size]
    return {
        "type": "box",
        "name": str(condition),
        "x": [f"{run.size:.1%}" for run in own],
        "y": rounded([run.duration_s for run in own]),
        "boxpoints": "all",
        "jitter": 0.4,
        "marker": {"color": SERIES_COLORS[number], "size": 4},
        "line": {"color": SERIES_COLORS[number], "width": 1.5},
    }
