from __future__ import annotations

from dataclasses import replace

from harness.records.launch import MOST_ATTEMPTS
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
