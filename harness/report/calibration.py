"""`calibration.html`: how often the gate errs on a machine. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from harness.records.calibration import Calibration, CalibrationGroup, CalibrationRun
from harness.report.figures.calibration import power_curve, verdict_times
from harness.report.page import packed, render_page
from harness.report.wording import count

__all__ = ["render_calibration"]

_SCRIPTS = ("data.js", "theme.js", "labels.js", "plots.js", "print.js", "plain_page.js")


def render_calibration(calibration: Calibration, runs: Sequence[CalibrationRun]) -> str:
    """The page: rates with their intervals, the power curve, and what a verdict costs."""
    figures = [power_curve(calibration, anchor="power"), verdict_times(runs, anchor="seconds")]
    plan = calibration.plan
    return render_page(
        "calibration.html.j2",
        scripts=_SCRIPTS,
        title=_title(calibration),
        chips=[
            ("Model", plan.model),
            ("Threads", str(plan.threads)),
            ("Gate runs", f"{calibration.runs:,}"),
            ("Hours", f"{calibration.duration_s / 3600:.1f}"),
        ],
        calibration=calibration,
        rows=[_row(group) for group in calibration.groups],
        figures_shown=figures,
        generated_at=plan.started_at,
        figures=packed({figure.anchor: figure.to_json() for figure in figures}),
        details=packed({}),
    )


def _title(calibration: Calibration) -> str:
    same = [group for group in calibration.groups if group.size == 0]
    if not same:
        return f"Detection in {count(calibration.runs, 'gate run')}"
    alarms, runs = sum(group.regressions for group in same), sum(group.runs for group in same)
    return f"{count(alarms, 'false alarm')} in {count(runs, 'run')} without a change"


def _row(group: CalibrationGroup) -> tuple[str, ...]:
    true = "–"
    if group.true_size is not None and group.true_low is not None and group.true_high is not None:
        true = f"{group.true_size:+.2%} ({group.true_low:+.2%} … {group.true_high:+.2%})"
    return (
        f"{group.condition}, {group.size:.1%}",
        true,
        str(group.runs),
        f"{group.regressions} = {group.regression_rate:.1%}",
        f"{group.regression_low:.1%} … {group.regression_high:.1%}",
        str(group.passes),
        str(group.inconclusive),
        str(group.unfit),
        f"{group.median_pairs:g}",
        f"{group.median_s:.0f}",
        f"{group.worst_s:.0f}",
        f"{group.median_scatter:.2%}" if group.median_scatter is not None else "–",
    )
