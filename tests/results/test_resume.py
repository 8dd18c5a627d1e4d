from __future__ import annotations

from dataclasses import replace

from harness.results.remaining import done_launches, remaining_evaluations
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


def test_an_evaluation_that_exists_is_not_made_again():
    assert remaining_evaluations(RUN, []) == RUN.evaluations
    assert remaining_evaluations(RUN, [evaluation()]) == ()
