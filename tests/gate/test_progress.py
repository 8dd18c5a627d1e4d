"""Where a run stands follows from the recorded pairs alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.errors import UsageError
from harness.gate.judge import exit_code, judge
from harness.gate.metrics import DEFAULT_METRIC_RULES
from harness.gate.progress import Step, confirm_rule, progress_of, progresses_of
from harness.gate.wording import next_step_of
from harness.records.gate import Cell, CellAccuracy, GatePlan, LaunchPair, PlannedCell, Rule, Turn
from harness.records.row import Caution
from harness.records.vocabulary import Delegate, Metric, Runtime, Stage, Status, Verdict
from tests.gate.pairs import CELL, NEW, OLD, pair, pairs, side
from tests.results.factory import RUN

OTHER = Cell("new", "local", Delegate.CPU, 2, OLD, NEW)
RULE = Rule(tolerance=0.02, target=0.05)


def plan(*cells: Cell, preflight: int = 0, choose: bool = False) -> GatePlan:
    planned = tuple(PlannedCell(cell, RULE, choose_margins=choose) for cell in cells or (CELL,))
    return GatePlan(
        "a_gate", "2026-11-23T10:15:00+00:00", planned, 0, 24, RUN.provenance, preflight_pairs=preflight
    )


def around(
    ratio: float, count: int = 10, *, stage: Stage = Stage.SCREEN, cell: Cell = CELL
) -> list[LaunchPair]:
    """Pairs that scatter by a few per mille around `ratio`."""
    return pairs([ratio * (1 + 0.001 * (number % 5 - 2)) for number in range(count)], stage=stage, cell=cell)


def step_after(made: list[LaunchPair], of: GatePlan) -> Step | None:
    return progress_of(of.cells[0], of, made).step


def test_first_comes_the_preflight_then_the_pairs_of_the_first_look():
    of = plan(preflight=5)
    assert step_after([], of) == Step(Stage.PREFLIGHT, 0, 0, 5)
    probe = around(1.0, 5, stage=Stage.PREFLIGHT)
    assert step_after(probe, of) == Step(Stage.SCREEN, 0, 0, 10)
    assert step_after([*probe, *around(1.0, 3)], of) == Step(Stage.SCREEN, 3, 0, 10)
    assert step_after([*probe, *around(1.0)], of) is None


def test_a_spoiled_pair_is_made_again_at_its_place():
    spoiled = pair(9.0, index=3, spoiled="the hypervisor took 30 % of CPU time")
    made = [*around(1.0, 3), spoiled]
    assert step_after(made, plan()) == Step(Stage.SCREEN, 3, 1, 10)
    full = [*made, *(replace(each, index=each.index + 3) for each in around(1.0, 7))]
    progress = progress_of(plan().cells[0], plan(), full)
    assert progress.verdict is Verdict.PASS
    assert progress.decisions[0].retaken == 1


def test_the_preflight_chooses_the_margins_where_the_user_did_not():
    probe = around(1.0, 5, stage=Stage.PREFLIGHT)
    chosen = progress_of(plan(preflight=5, choose=True).cells[0], plan(preflight=5, choose=True), probe)
    assert (chosen.rule.tolerance, chosen.rule.target) == (0.005, 0.02)
    given = progress_of(plan(preflight=5).cells[0], plan(preflight=5), probe)
    assert (given.rule.tolerance, given.rule.target) == (0.02, 0.05)


def test_a_machine_that_could_not_show_the_target_is_unfit_before_minutes_are_spent():
    wild = pairs([0.5, 2.0, 0.6, 1.8, 1.5], stage=Stage.PREFLIGHT)
    of = plan(preflight=5)
    progress = progress_of(of.cells[0], of, wild)
    assert progress.step is None
    assert progress.verdict is Verdict.UNFIT
    result = judge(of, wild)
    assert (result.verdict, exit_code(result)) == (Verdict.UNFIT, 4)
    assert result.cells[0].reason is not None
    assert "differ by" in result.cells[0].reason


def test_a_device_that_spoils_most_pairs_is_unfit_and_says_why():
    hot = [pair(index=0, spoiled="thermal status 2") for _ in range(11)]
    assert step_after(hot[:10], plan()) is not None
    progress = progress_of(plan().cells[0], plan(), hot)
    assert progress.step is None
    assert judge(plan(), hot).cells[0].verdict is Verdict.UNFIT
    assert progress.unfit is not None
    assert "thermal status 2" in progress.unfit


@pytest.mark.parametrize(
    ("spoiled", "advice"),
    [
        ("thermal status 2 (moderate)", "let the phone cool down"),
        ("battery at 9 %, below 25 %", "charge it, or measure all the same: --allow battery-low"),
        ("the battery saver is on; battery at 9 %, below 25 %", "--allow power-save"),
    ],
)
def test_the_advice_is_for_what_spoiled_the_pairs(spoiled: str, advice: str):
    progress = progress_of(plan().cells[0], plan(), [pair(index=0, spoiled=spoiled) for _ in range(11)])
    phone = replace(progress.planned.cell.a, runtime=Runtime.BENCHMARK_MODEL)
    planned = replace(progress.planned, cell=replace(progress.planned.cell, a=phone))
    step = next_step_of(replace(progress, planned=planned), Verdict.UNFIT, ())
    assert step is not None
    assert advice in step


class TestManyCells:
    OF = plan(CELL, OTHER)

    def test_a_slow_cell_is_confirmed_on_fresh_pairs(self):
        assert step_after(around(1.1), self.OF) == Step(Stage.CONFIRM, 0, 0, 10)

    def test_what_the_confirming_pairs_do_not_show_is_no_regression(self):
        made = [*around(1.1), *around(1.0, stage=Stage.CONFIRM), *around(1.0, cell=OTHER)]
        result = judge(self.OF, made)
        assert result.verdict is Verdict.PASS
        assert [each.stage for each in result.cells[0].decisions] == [Stage.SCREEN, Stage.CONFIRM]

    def test_what_both_show_is_one(self):
        made = [*around(1.1), *around(1.1, stage=Stage.CONFIRM), *around(1.0, cell=OTHER)]
        result = judge(self.OF, made)
        assert (result.verdict, exit_code(result)) == (Verdict.REGRESSION, 1)
        assert [cell.verdict for cell in result.cells] == [Verdict.REGRESSION, Verdict.PASS]

    @pytest.mark.parametrize("cells", [2, 20, 100])
    def test_all_cells_and_both_stages_together_keep_the_error(self, cells: int):
        assert cells * 0.05 * confirm_rule(RULE, cells=cells).alpha <= RULE.alpha + 1e-12


def growing(made: list[LaunchPair], b_bytes: int) -> list[LaunchPair]:
    return [replace(each, b=side(peak_memory_bytes=b_bytes + each.index)) for each in made]


def test_a_metric_that_seems_worse_is_measured_again_before_it_fails_the_build():
    rules = (DEFAULT_METRIC_RULES[Metric.MEMORY],)
    of = replace(plan(), cells=(PlannedCell(CELL, RULE, metrics=rules),))
    grown = growing(around(1.0), 80_000_000)
    assert step_after(grown, of) == Step(Stage.CONFIRM, 0, 0, 12)
    again = around(1.0, 12, stage=Stage.CONFIRM)
    lucky = judge(of, [*grown, *again])
    assert (lucky.verdict, exit_code(lucky)) == (Verdict.PASS, 0)
    real = judge(of, [*grown, *growing(again, 80_000_000)])
    assert (real.verdict, exit_code(real)) == (Verdict.REGRESSION, 1)
    assert "metrics: memory" in str(real.cells[0].next_step)
    assert step_after(growing(around(1.1), 80_000_000), of) is None


def test_a_speed_up_is_called_one():
    [cell] = judge(plan(), around(1 / 1.1)).cells
    assert cell.verdict is Verdict.PASS
    assert "B is faster by more than 2.0%" in str(cell.reason)


def test_one_cell_is_decided_at_once():
    result = judge(plan(), around(1.1))
    assert result.verdict is Verdict.REGRESSION
    assert result.cells[0].reason is not None
    assert "slower by more than 2.0%" in result.cells[0].reason
    assert result.cells[0].next_step


def test_swapped_sides_turn_a_regression_into_a_pass():
    assert judge(plan(), around(1 / 1.1)).verdict is Verdict.PASS


def test_the_order_of_other_cells_pairs_does_not_matter():
    of = plan(CELL, OTHER)
    one, two = around(1.0), around(1.0, cell=OTHER)
    mixed = [each for couple in zip(one, two, strict=True) for each in couple]
    assert judge(of, [*one, *two]).cells == judge(of, mixed).cells


def test_a_side_that_fails_is_an_error_and_no_verdict():
    broken = pair(b=side(status=Status.FAILED, reason="loading failed: no such op"))
    progress = progress_of(plan().cells[0], plan(), [broken])
    assert progress.step is None
    with pytest.raises(UsageError, match="side B failed: loading failed: no such op"):
        judge(plan(), [broken])


def test_pairs_that_end_too_early_have_no_verdict():
    with pytest.raises(UsageError, match="end before a verdict"):
        judge(plan(), around(1.0, 9))


def test_inconclusive_is_3_unless_the_workflow_says_otherwise():
    made = pairs(
        [1.035 * factor for step in range(43) for factor in (1.1 + step / 100, 1 / (1.1 + step / 100))]
    )
    result = judge(plan(), made)
    assert result.verdict is Verdict.INCONCLUSIVE
    assert [exit_code(result, inconclusive=how) for how in ("fail", "warn", "pass")] == [3, 0, 0]


def test_accuracy_that_was_asked_for_and_cannot_be_told_is_no_pass():
    judged = replace(plan().cells[0], metrics=(DEFAULT_METRIC_RULES[Metric.TOP1],))
    few = CellAccuracy(judged.cell.name, "few", "f" * 64, "1" * 30 + "0" * 20, "1" * 28 + "0" * 22)
    result = judge(replace(plan(), cells=(judged,)), around(1.0), accuracies=[few])
    assert result.verdict is Verdict.INCONCLUSIVE
    [cell] = result.cells
    assert cell.reason is not None
    assert "not slower" in cell.reason
    assert "50 images do not tell whether B loses more than 1 points" in cell.reason
    assert cell.next_step is not None
    assert cell.next_step.startswith("give more images with --dataset")


def test_a_doubt_about_an_accuracy_stands_with_the_verdict_that_rests_on_it():
    judged = replace(plan().cells[0], metrics=(DEFAULT_METRIC_RULES[Metric.TOP1],))
    doubt = Caution("input-assumed", "A: its input is assumed to be -1..1 rgb")
    scored = CellAccuracy(judged.cell.name, "many", "f" * 64, "1" * 600, "1" * 600, (doubt,))
    [cell] = judge(replace(plan(), cells=(judged,)), around(1.0), accuracies=[scored]).cells
    assert doubt in cell.cautions


@pytest.mark.parametrize(("classes", "judged"), [(2, False), (5, False), (6, True), (None, True)])
def test_top_5_is_judged_only_where_there_are_more_than_five_classes(classes: int | None, judged: bool):
    asked = replace(plan().cells[0], metrics=(DEFAULT_METRIC_RULES[Metric.TOP5],))
    marks = CellAccuracy(asked.cell.name, "set", "f" * 64, "1" * 50, "1" * 50, classes=classes)
    [cell] = judge(replace(plan(), cells=(asked,)), around(1.0), accuracies=[marks]).cells
    assert [each.metric for each in cell.metrics] == ([Metric.TOP5] if judged else [])


def test_another_metric_that_cannot_be_told_changes_no_verdict():
    judged = replace(plan().cells[0], metrics=(DEFAULT_METRIC_RULES[Metric.MEMORY],))
    untold = [replace(each, a=side(peak_memory_bytes=None)) for each in around(1.0)]
    result = judge(replace(plan(), cells=(judged,)), untold)
    assert [each.verdict for each in result.cells[0].metrics] == [Verdict.INCONCLUSIVE]
    assert result.verdict is Verdict.PASS


def test_a_result_that_can_only_advise_never_fails_a_build():
    advisory = replace(plan(), advisory="the baseline could not be run again")
    assert exit_code(judge(advisory, around(1.1))) == 0


TWO = replace(plan(OTHER), one_thread_instead=True)
LACKING = "a core was missing: in 0 of 16 turns each thread of both sides had one"


def without_cores(count: int) -> list[LaunchPair]:
    """Pairs of OTHER in which a thread of each side never had a core."""
    both = side(process_threads=2, affinity=(0, 1), threads_ns=((100, 0), (0, 90)))
    told = Turn(True, (9,) * 4, (9,) * 4, (9,) * 4, (9,) * 4, (0,) * 4, (0,) * 4, (9,) * 4, (9,) * 4)
    made = replace(pair(cell=OTHER, a=both, b=both, spoiled=LACKING), turns=(told,) * 16)
    return [replace(made, attempt=min(number, 1)) for number in range(count)]


class TestOneThreadInstead:
    def test_two_threads_without_their_cores_give_way_to_one_that_is_named_as_such(self):
        (progress,) = progresses_of(TWO, without_cores(4))
        assert progress.planned.cell == replace(OTHER, threads=1)
        assert progress.step == Step(Stage.SCREEN, 0, 0, 10)
        (said,) = progress.instead_of
        assert said.startswith(OTHER.title)
        assert LACKING in said

    def test_the_verdict_is_that_of_one_thread_and_says_what_was_asked_for(self):
        made = [*without_cores(4), *around(1.1, cell=replace(OTHER, threads=1))]
        result = judge(TWO, made)
        assert result.verdict is Verdict.REGRESSION
        (cell,) = result.cells
        assert cell.cell.threads == 1
        assert cell.cautions[0].code == "one-thread"
        assert OTHER.title in cell.cautions[0].message

    def test_where_threads_are_to_be_kept_and_in_old_plans_it_is_unfit(self):
        for of in (plan(OTHER), replace(TWO, one_thread_instead=False)):
            result = judge(of, without_cores(4))
            assert result.verdict is Verdict.UNFIT
            assert "a core was missing" in (result.cells[0].reason or "")

    def test_one_thread_that_is_judged_anyway_stands_for_two(self):
        both = replace(plan(CELL, OTHER), one_thread_instead=True)
        result = judge(both, [*without_cores(4), *around(1.0)])
        assert [cell.cell for cell in result.cells] == [CELL]
        assert result.verdict is Verdict.PASS
        assert result.cells[0].cautions[0].code == "one-thread"

    def test_now_and_then_a_pair_without_cores_is_made_again(self):
        made = [*around(1.0, 3, cell=OTHER), *without_cores(3)]
        (progress,) = progresses_of(TWO, made)
        assert progress.step == Step(Stage.SCREEN, 3, 0, 10)
        assert progress.instead_of == ()
