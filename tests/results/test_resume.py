from __future__ import annotations

from dataclasses import replace

from harness.records.launch import MOST_ATTEMPTS, Launch
from harness.records.run import Run
from harness.records.vocabulary import Job, Status
from harness.results.remaining import done_launches, remaining, remaining_evaluations
from harness.results.resume import plan_difference
from tests.results.factory import DATASET, MODEL, OPTIONS, RUN, TRIAL, evaluation, launch


def test_an_equal_plan_has_no_difference():
    later = replace(RUN, started_at="2026-02-02T00:00:00+00:00")
    assert plan_difference(RUN, later) == ()


def test_options_models_and_data_sets_are_compared_by_name():
    def differences(**changes: object) -> str:
        return "; ".join(plan_difference(RUN, replace(RUN, **changes)))  # type: ignore[arg-type]

    assert differences(options=replace(OPTIONS, threads=(1, 2))) == "threads was 1, is 1,2"
    assert differences(options=replace(OPTIONS, dataset="d")) == "dataset was not given, is d"
    assert "sha256 aaaa" in differences(models=(replace(MODEL, sha256="b" * 64),))
    assert differences(models=()) == "model m is gone"
    assert differences(models=(MODEL, replace(MODEL, name="n"))) == "model n is new"
    assert "cannot be run any more" in differences(models=(replace(MODEL, problem="broken"),))
    assert differences(datasets=(replace(DATASET, fingerprint="0" * 64),)) == "data set toy-val has changed"


def test_launches_that_exist_are_done_whatever_their_order():
    assert done_launches([launch(2), launch(0)]) == {TRIAL.key: {0, 2}}


def test_a_new_run_has_everything_left():
    left = remaining(RUN)
    assert [(turn.trial, turn.index) for turn in left.turns] == [(TRIAL, 0), (TRIAL, 1), (TRIAL, 2)]
    assert left.evaluations == RUN.evaluations


def test_only_what_was_asked_for_is_left():
    only_latency = replace(RUN, options=replace(OPTIONS, jobs=(Job.LATENCY,)))
    only_accuracy = replace(RUN, options=replace(OPTIONS, jobs=(Job.ACCURACY,)))
    assert remaining(only_latency).evaluations == ()
    assert remaining(only_accuracy).turns == ()


def test_a_trial_that_more_launches_would_not_change_has_none_left():
    assert remaining(RUN, [launch(0, status=Status.FAILED, reason="it broke")]).turns == ()
    spoiled = replace(launch(0), contaminated="thermal status 2", attempt=MOST_ATTEMPTS - 1)
    assert remaining(RUN, [spoiled]).turns == ()
    assert len(remaining(RUN, [replace(spoiled, attempt=0)]).turns) == OPTIONS.launches


def test_a_model_that_cannot_be_run_has_no_launches_left():
    assert remaining(replace(RUN, models=(replace(MODEL, problem="broken"),))).turns == ()


def test_an_evaluation_that_exists_is_not_made_again():
    assert remaining_evaluations(RUN, []) == RUN.evaluations
    assert remaining_evaluations(RUN, [evaluation()]) == ()


def attempts(run: Run, launches: list[Launch]) -> list[tuple[int, int]]:
    return [(turn.index, turn.attempt) for turn in remaining(run, launches).turns]


def test_launches_whose_cores_others_had_are_made_again_after_the_others_and_at_most_twice():
    lacking = replace(launch(1), contended="others ran")
    assert attempts(RUN, [launch(0), lacking]) == [(2, 0)]
    assert attempts(RUN, [launch(0), lacking, launch(2)]) == [(1, 1)]
    again = replace(lacking, attempt=1)
    assert attempts(RUN, [launch(0), lacking, launch(2), again]) == [(1, 2)]
    assert attempts(RUN, [launch(0), lacking, launch(2), again, replace(lacking, attempt=2)]) == []
    assert attempts(RUN, [launch(0), lacking, launch(2), replace(launch(1), attempt=1)]) == []


ADAPTIVE = replace(RUN, options=replace(OPTIONS, launches=5, launches_most=15))


def spread(count: int, by: float) -> list[Launch]:
    return [launch(index, ms=2.0 * (1 + by * (index % 3))) for index in range(count)]


def test_wide_intervals_get_launches_in_batches_up_to_the_most():
    assert attempts(ADAPTIVE, spread(5, 0.2)) == [(index, 0) for index in range(5, 9)]
    assert attempts(ADAPTIVE, spread(9, 0.2)) == [(index, 0) for index in range(9, 15)]
    assert attempts(ADAPTIVE, spread(15, 0.2)) == []


def test_narrow_intervals_get_none_and_neither_does_a_number_that_was_asked_for():
    assert attempts(ADAPTIVE, spread(5, 0.001)) == []
    assert attempts(replace(RUN, options=replace(OPTIONS, launches=5)), spread(5, 0.2)) == []


def test_a_batch_that_was_interrupted_is_completed_whatever_its_interval_is_by_then():
    assert attempts(ADAPTIVE, spread(7, 0.001)) == [(7, 0), (8, 0)]
    assert attempts(ADAPTIVE, spread(9, 0.001)) == []


def test_a_trial_whose_cores_others_had_gets_no_more_launches():
    lacking = [replace(each, contended="others ran", attempt=2) for each in spread(5, 0.2)]
    assert attempts(ADAPTIVE, lacking) == []
