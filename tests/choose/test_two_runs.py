"""Two runs are matched by what varies within them, and compared in what each holds constant."""

from __future__ import annotations

import pytest

from harness.choose.candidates import Pool, pool_of
from harness.choose.two_runs import compare_runs
from harness.records.vocabulary import Delegate, Status
from tests.choose.rows import candidate, image_results, row


def pool(*rows, **changes) -> Pool:
    return pool_of([row(model, **(settings | changes)) for model, settings in rows])


def test_trials_of_the_same_settings_belong_together():
    a = pool(("m", {"threads": 1}), ("m", {"threads": 2}), ("n", {"threads": 1}), ("n", {"threads": 2}))
    comparison = compare_runs(a, Pool(tuple(reversed(a.candidates))))
    assert comparison.matched_by == ("model", "threads")
    assert len(comparison.matches) == 4
    assert all(match.a.trial == match.b.trial and match.same_file for match in comparison.matches)
    assert not comparison.only_a
    assert not comparison.only_b


def test_what_each_run_holds_constant_is_what_is_compared():
    models = [("m", {}), ("n", {})]
    comparison = compare_runs(
        pool(*models, device="local", threads=1), pool(*models, device="pixel4", threads=4)
    )
    assert comparison.matched_by == ("model",)
    assert [match.b.row.device for match in comparison.matches] == ["pixel4", "pixel4"]


def test_two_runs_of_one_model_each_are_compared_whatever_the_models():
    [match] = compare_runs(pool(("m", {})), pool(("n", {}))).matches
    assert (match.a.row.model, match.b.row.model) == ("m", "n")
    assert not match.same_file


def test_what_has_no_partner_is_named():
    comparison = compare_runs(pool(("m", {}), ("n", {})), pool(("n", {}), ("o", {}), ("p", {})))
    assert [each.row.model for each in comparison.only_a] == ["m"]
    assert [each.row.model for each in comparison.only_b] == ["o", "p"]


def test_what_fell_back_is_not_compared_and_says_why():
    models = [("m", {}), ("n", {})]
    fallen = pool(*models, status=Status.FALLBACK, reason="the GPU took 2 of 3 operations")
    comparison = compare_runs(pool(*models), fallen)
    assert not comparison.matches
    assert [each.reason for each in comparison.excluded] == ["fallback: the GPU took 2 of 3 operations"] * 2


def test_a_delegate_that_varies_in_one_run_alone_still_tells_its_trials_apart():
    several = pool(("m", {"delegate_requested": Delegate.GPU}), ("m", {"delegate_requested": Delegate.CPU}))
    [match] = compare_runs(pool(("m", {})), several).matches
    assert match.b.row.delegate_requested is Delegate.CPU


def test_a_latency_that_doubled_is_a_ratio_of_two_with_an_interval_around_it():
    [match] = compare_runs(pool(("m", {"latency_ms": 10.0})), pool(("m", {"latency_ms": 20.0}))).matches
    assert match.latency_ratio is not None
    assert match.latency_ratio.interval is not None
    assert match.latency_ratio.value == pytest.approx(2.0)
    assert 1.9 < match.latency_ratio.interval.low < 2.0 < match.latency_ratio.interval.high < 2.1


def test_one_launch_is_given_the_assumed_interval():
    once = {"latency_ms": 10.0, "spread": None}
    [match] = compare_runs(pool(("m", once)), pool(("m", once | {"latency_ms": 12.0}))).matches
    assert match.latency_ratio is not None
    assert match.latency_ratio.interval is not None
    assert match.latency_ratio.interval.low < 1.0


def test_accuracies_on_the_same_images_are_compared_image_by_image():
    before, after = image_results(700), image_results(680)
    a, b = Pool((candidate(correct=before),)), Pool((candidate("b", correct=after),))
    [match] = compare_runs(a, b).matches
    assert match.paired
    assert match.top1_difference is not None
    assert match.top1_difference.interval is not None
    assert match.top1_difference.value == pytest.approx(-0.02)
    # Twenty images lost and none won: certain, although the two Wilson intervals overlap widely.
    assert match.top1_difference.interval.high < 0
    assert match.mcnemar_p == pytest.approx(2 * 0.5**20)


def test_without_predictions_accuracies_are_compared_by_interval():
    [match] = compare_runs(pool(("m", {"top1": 0.70})), pool(("m", {"top1": 0.68}))).matches
    assert not match.paired
    assert match.mcnemar_p is None
    assert match.top1_difference is not None
    assert match.top1_difference.interval is not None
    assert match.top1_difference.interval.low < 0 < match.top1_difference.interval.high


def test_accuracies_on_different_data_sets_are_not_compared():
    [match] = compare_runs(pool(("m", {"dataset": "cats"})), pool(("m", {"dataset": "dogs"}))).matches
    assert match.top1_difference is None


def test_what_was_not_measured_is_not_compared():
    [match] = compare_runs(pool(("m", {"latency_ms": None})), pool(("m", {"top1": None}))).matches
    assert match.latency_ratio is None
    assert match.top1_difference is None
