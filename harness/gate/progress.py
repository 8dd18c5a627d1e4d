"""Where a gate run stands: from the plan and the pairs made so far to the decisions and the next pair.

Measuring and replaying both ask here, so a verdict never depends on anything
but the recorded pairs.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness.gate.cautions import machine_cautions
from harness.gate.decide import decide, pairs_wanted
from harness.gate.margins import choose_margins, expected_pairs, power_at_last_look, scatter_of_identical
from harness.gate.metrics import pairs_to_confirm
from harness.gate.spoil import MOST_ATTEMPTS
from harness.gate.statistic import counts, failed_side, log_ratio, missing_core
from harness.records.gate import Cell, Decision, GatePlan, LaunchPair, PlannedCell, Preflight, Rule
from harness.records.vocabulary import Delegate, Runtime, Stage, Verdict

__all__ = ["THE_LAST", "Progress", "Step", "confirm_rule", "progress_of", "progresses_of", "screen_rule"]

# Where several cells are judged, a slowdown must first show at this error, and then again on fresh
# pairs. The product over all cells stays below the error that is allowed for one.
_SCREEN_ALPHA = 0.05
_RETAKES = 10
# So many pairs without their cores, and fewer with them, say that this machine has none to spare.
_WITHOUT_CORES = 4
# Below even odds to show a slowdown of the target the minutes are better spent elsewhere.
_LEAST_POWER = 0.5


@dataclass(frozen=True, slots=True)
class Step:
    """The pair to make next, and how many the stage has by the next look."""

    stage: Stage
    index: int
    attempt: int
    wanted: int


@dataclass(frozen=True, slots=True)
class Progress:
    """Where one cell stands. `step` is None when it is over."""

    planned: PlannedCell
    rule: Rule
    preflight: Preflight | None
    decisions: tuple[Decision, ...]
    step: Step | None
    failure: str | None = None
    """A side that could not be measured: no verdict can be had."""
    unfit: str | None = None
    """Why no trustworthy verdict can be had on this machine."""
    instead_of: tuple[str, ...] = ()
    """What was asked for and could not be judged, where this cell stands for it, with the reason."""

    @property
    def verdict(self) -> Verdict | None:
        """What the cell's latency says; None while it is not over."""
        if self.unfit is not None:
            return Verdict.UNFIT
        return self.decisions[-1].verdict if self.decisions and self.step is None else None


def progresses_of(plan: GatePlan, pairs: Sequence[LaunchPair]) -> list[Progress]:
    """Where every cell stands; one of several threads that cannot be judged here gives way to one thread."""
    found: dict[str, Progress] = {}
    for planned in plan.cells:
        progress = progress_of(planned, plan, pairs)
        if progress.unfit is not None and plan.one_thread_instead and _has_one_thread(planned.cell):
            progress = _one_thread(progress, plan, pairs)
        known = found.get(progress.planned.cell.key)
        said = (*(known.instead_of if known else ()), *progress.instead_of)
        found[progress.planned.cell.key] = replace(known or progress, instead_of=said)
    return list(found.values())


def _has_one_thread(cell: Cell) -> bool:
    on_a_phone = Runtime.BENCHMARK_MODEL in (cell.a.runtime, cell.b.runtime)
    return cell.threads > 1 and cell.delegate is not Delegate.GPU and not on_a_phone


def _one_thread(unfit: Progress, plan: GatePlan, pairs: Sequence[LaunchPair]) -> Progress:
    cell = unfit.planned.cell
    alone = replace(unfit.planned, cell=replace(cell, threads=1))
    text = f"{cell.title}: cannot be judged here, one thread is judged instead: {unfit.unfit}"
    return replace(progress_of(alone, plan, pairs), instead_of=(text,))


def progress_of(planned: PlannedCell, plan: GatePlan, pairs: Sequence[LaunchPair]) -> Progress:
    """Where `planned` stands after `pairs`, which may be of any cell, in the order they were made."""
    own = [pair for pair in pairs if pair.cell == planned.cell.key]
    failure = next((text for text in map(_failure, own) if text is not None), None)
    if failure is not None:
        return Progress(planned, planned.rule, None, (), None, failure)
    spoiled = _too_many_spoiled(own)
    if spoiled is not None:
        return Progress(planned, planned.rule, None, (), None, unfit=spoiled)
    step = _missing(own, Stage.PREFLIGHT, plan.preflight_pairs)
    if step is not None:
        return Progress(planned, planned.rule, None, (), step)
    preflight = _preflight(planned, _of(own, Stage.PREFLIGHT)) if plan.preflight_pairs else None
    rule = planned.rule
    if preflight is not None:
        rule = replace(rule, tolerance=preflight.tolerance, target=preflight.target)
        if preflight.unfit is not None:
            return Progress(planned, rule, preflight, (), None, unfit=preflight.unfit)
    decisions, step = _stages(own, rule, cells=len(plan.cells))
    if step is None and decisions[-1].verdict is not Verdict.REGRESSION:
        step = _missing(
            own,
            Stage.CONFIRM,
            pairs_to_confirm(planned.cell, own, planned.metrics, cells=len(plan.cells)),
        )
    return Progress(planned, rule, preflight, decisions, step)


def screen_rule(rule: Rule, *, cells: int) -> Rule:
    """The rule of the first stage."""
    return rule if cells == 1 else replace(rule, alpha=max(rule.alpha, _SCREEN_ALPHA))


def confirm_rule(rule: Rule, *, cells: int) -> Rule:
    """The rule of the second stage: at most `alpha` false alarms over all cells and both stages together."""
    return replace(rule, alpha=min(rule.alpha, rule.alpha / (cells * max(rule.alpha, _SCREEN_ALPHA))))


def _stages(own: Sequence[LaunchPair], rule: Rule, *, cells: int) -> tuple[tuple[Decision, ...], Step | None]:
    screen, step = _stage(own, Stage.SCREEN, screen_rule(rule, cells=cells))
    if step is not None or cells == 1 or screen.verdict is not Verdict.REGRESSION:
        return (screen,), step
    confirm, step = _stage(own, Stage.CONFIRM, confirm_rule(rule, cells=cells))
    return (screen, confirm), step


def _stage(own: Sequence[LaunchPair], stage: Stage, rule: Rule) -> tuple[Decision, Step | None]:
    made = _of(own, stage)
    ratios = [log_ratio(pair, rule.metric) for pair in made]
    retaken = sum(pair.stage is stage and pair.spoiled is not None for pair in own)
    decision = decide(ratios, rule, stage=stage, retaken=retaken)
    return decision, _missing(own, stage, pairs_wanted(decision, rule))


def _of(own: Sequence[LaunchPair], stage: Stage) -> list[LaunchPair]:
    return [pair for pair in own if pair.stage is stage and counts(pair)]


def _missing(own: Sequence[LaunchPair], stage: Stage, wanted: int) -> Step | None:
    """The first pair that `wanted` pairs lack."""
    made = len(_of(own, stage))
    if made >= wanted:
        return None
    tries = sum(pair.stage is stage and pair.index == made for pair in own)
    return Step(stage, made, min(tries, MOST_ATTEMPTS - 1), wanted)


def _preflight(planned: PlannedCell, made: Sequence[LaunchPair]) -> Preflight:
    scatter = scatter_of_identical([log_ratio(pair, planned.rule.metric) for pair in made])
    rule = choose_margins(scatter, planned.rule) if planned.choose_margins else planned.rule
    power = power_at_last_look(scatter, rule)
    return Preflight(
        cell=planned.cell.key,
        pairs=len(made),
        scatter=scatter,
        tolerance=rule.tolerance,
        target=rule.target,
        expected_pairs=expected_pairs(scatter, rule),
        seconds_per_pair=statistics.median(pair.duration_s or 0.0 for pair in made),
        power=power,
        unfit=None if power >= _LEAST_POWER else _unfit(scatter, rule, power),
        cautions=machine_cautions(made),
    )


def _unfit(scatter: float, rule: Rule, power: float) -> str:
    return (
        f"two launches of the same model differ by {scatter:.1%} here: a slowdown of {rule.target:.1%}"
        f" would be shown in {power:.0%} of cases even after {rule.looks[-1]} pairs"
    )


THE_LAST = "the last because "
"""What stands before the reason of the last spoiled pair, in the reason of an unfit cell."""


def _too_many_spoiled(own: Sequence[LaunchPair]) -> str | None:
    """Pairs may be made again as often as there are pairs that count, and ten times in any case."""
    spoiled = [pair.spoiled for pair in own if pair.spoiled is not None]
    good = sum(map(counts, own))
    lacking = sum(missing_core(pair) is not None for pair in own if pair.spoiled is not None)
    if len(spoiled) <= max(_RETAKES, good + 1) and not (lacking >= _WITHOUT_CORES and good < lacking):
        return None
    return f"{len(spoiled)} of {len(own)} pairs had to be thrown away, {THE_LAST}{spoiled[-1]}"


def _failure(pair: LaunchPair) -> str | None:
    failed = failed_side(pair)
    if failed is None:
        return None
    letter, side = failed
    return f"side {letter} {side.status.value.replace('_', ' ')}: {side.reason}"
