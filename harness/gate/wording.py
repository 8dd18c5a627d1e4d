"""A verdict in a sentence, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence

from harness.devices.android.judge import check_behind
from harness.devices.android.preflight import CHECKS
from harness.gate.progress import THE_LAST, Progress
from harness.records.gate import Decision, MetricVerdict, Rule
from harness.records.vocabulary import Runtime, Verdict
from harness.report.gate_words import ratio_text

__all__ = ["next_step_of", "reason_of"]


def reason_of(progress: Progress, latency: Verdict, metrics: Sequence[MetricVerdict]) -> str:
    """What led to the verdict of a cell."""
    if progress.unfit is not None:
        return progress.unfit
    others = [str(each.reason) for each in metrics if each.decides]
    own = _latency(progress.decisions[-1], progress.rule, latency)
    if others and latency is Verdict.PASS:
        # What failed comes first: the latency that passed must not read as what decided.
        return "; ".join([*others, f"latency passed: {own}"])
    return "; ".join([own, *others])


def next_step_of(progress: Progress, latency: Verdict, metrics: Sequence[MetricVerdict]) -> str | None:
    """What helps; None where nothing is wrong."""
    worse = next((each for each in metrics if each.verdict is Verdict.REGRESSION), None)
    if worse is not None and latency is not Verdict.REGRESSION:
        return (
            "find the change that costs this, or accept it in gate.yaml with a larger tolerance under"
            f" metrics: {worse.metric}"
        )
    if latency is Verdict.REGRESSION:
        return "find the change that costs this, or accept it with a larger --tolerance"
    if latency is Verdict.UNFIT and progress.planned.cell.a.runtime is Runtime.BENCHMARK_MODEL:
        return _fit_again(progress.unfit or "")
    if latency is Verdict.UNFIT:
        return "close other programs, use a quieter or larger machine, or give a larger --target"
    if latency is Verdict.INCONCLUSIVE:
        return "run again on a quieter machine, or set margins further apart with --tolerance and --target"
    unclear = next((each for each in metrics if each.decides), None)
    if unclear is not None:
        return (
            "give more images with --dataset, a larger tolerance in gate.yaml under metrics:"
            f" {unclear.metric}, or --inconclusive warn"
        )
    return None


def _fit_again(unfit: str) -> str:
    """What makes a phone fit, by what spoiled its last pair."""
    code = check_behind(unfit.partition(THE_LAST)[2])
    check = next((each for each in CHECKS if each.code == code), None)
    if check is None or check.code == "thermal-status":
        return "let the phone cool down, out of its case and away from the sun, or give a larger --target"
    return f"{check.next_step}, or measure all the same: --allow {check.code}"


def _latency(decision: Decision, rule: Rule, latency: Verdict) -> str:
    ratio = ratio_text(decision)
    if latency is Verdict.REGRESSION:
        return f"B is slower by more than {rule.tolerance:.1%}: {ratio}"
    if decision.faster:
        return f"B is faster by more than {rule.tolerance:.1%}: {ratio}"
    if latency is Verdict.PASS:
        return f"B is not slower by {rule.target:.1%}: {ratio}"
    shown = decision.smallest_detectable
    able = f"; this machine could have shown {shown:.1%}" if shown is not None else ""
    return (
        f"{decision.pairs_used} pairs cannot tell {rule.tolerance:.1%} from {rule.target:.1%}: {ratio}{able}"
    )
