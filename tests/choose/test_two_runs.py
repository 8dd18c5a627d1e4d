"""Two runs are matched by what varies within them, and compared in what each holds constant."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from harness.choose.candidates import Pool, pool_of
from harness.choose.two_runs import Comparison, compare_runs
from harness.records.row import LatencySummary
from harness.records.vocabulary import Delegate, Status
from harness.stats.contrast import excludes
from harness.stats.intervals import median_of_launches
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


def measured(launches: np.ndarray) -> LatencySummary:
    """The latency of a trial as a run summarises it."""
    estimate = median_of_launches(launches.tolist())
    assert estimate.interval is not None
    return LatencySummary(estimate.value, estimate.interval.low, estimate.interval.high, *[None] * 4)


def drawn_runs(rng: np.random.Generator, *, change: float = 1.0, controls: int = 6) -> Comparison:
    """Two runs of a machine that shifts by 5 % between them and by 1.5 % from trial to trial.

    All trials but the first, whose file is another one, are the same code.
    """
    shift = np.exp(0.05 * rng.standard_normal())
    pools = []
    for run in (0, 1):
        rows = []
        for trial in range(controls + 1):
            level = (shift * np.exp(0.015 * rng.standard_normal())) ** run * (
                change if run and not trial else 1
            )
            latency = measured(2.0 * level * np.exp(0.01 * rng.standard_normal(5)))
            sha256 = f"of m0 in run {run}" if not trial else f"of m{trial}"
            rows.append(replace(row(f"m{trial}", sha256=sha256), latency_ms=latency))
        pools.append(pool_of(rows))
    return compare_runs(*pools)


def test_unchanged_trials_take_the_machines_shift_off_what_changed():
    rng = np.random.default_rng(11)
    raw, corrected, found = 0, 0, 0
    for _ in range(200):
        same, slower = drawn_runs(rng), drawn_runs(rng, change=1.2)
        [changed] = [each for each in same.matches if not each.unchanged]
        [other] = [each for each in slower.matches if not each.unchanged]
        assert changed.latency_ratio is not None
        raw += excludes(changed.latency_ratio, 1.0)
        estimate, real = same.without_shift(changed), slower.without_shift(other)
        assert estimate is not None and real is not None
        corrected += excludes(estimate, 1.0)
        found += excludes(real, 1.0)
    assert raw / 200 > 0.4, "identical code differs certainly where nothing is taken off"
    assert corrected / 200 <= 0.05
    assert found / 200 >= 0.95


def test_without_an_unchanged_trial_the_shift_is_not_known():
    comparison = drawn_runs(np.random.default_rng(12), controls=0)
    [match] = comparison.matches
    assert comparison.shift is None and comparison.without_shift(match) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"sha256": "f" * 64},
        {"runtime_version": "9.9"},
        {"delegate_actual": Delegate.CPU_BUILTIN},
        {"processor": "another CPU"},
    ],
)
def test_an_unchanged_trial_is_the_same_in_all_but_the_time(changes: dict[str, object]):
    [same] = compare_runs(pool(("m", {})), pool(("m", {}))).matches
    [other] = compare_runs(pool(("m", {})), pool(("m", changes))).matches
    assert same.unchanged
    assert not other.unchanged
