from __future__ import annotations

import pytest

from harness.errors import UsageError
from harness.plan.estimate import LaunchBounds, estimate_evaluation_s, estimate_latency_s
from harness.plan.trials import build_trials
from harness.records.model import Model
from harness.records.vocabulary import Delegate, Runtime

MODELS = [Model("a", "/a.tflite", "a" * 64, 1), Model("b", "/b.tflite", "b" * 64, 1)]
BOUNDS = LaunchBounds(invokes_min=10, warmup_max_s=0.5, samples_max_s=0.4)


def trials(threads: tuple[int, ...] = (1, 2), delegates: tuple[Delegate, ...] = (Delegate.CPU,)):
    return build_trials(MODELS, "local", runtimes=[Runtime.LITERT], delegates=delegates, threads=threads)


def test_every_combination_is_one_trial_with_a_key_of_its_own():
    found = trials(delegates=(Delegate.CPU, Delegate.GPU))
    assert len(found) == len({trial.key for trial in found}) == 8
    assert [trial.model for trial in found] == ["a"] * 4 + ["b"] * 4


def test_a_sweep_out_of_hand_is_refused():
    with pytest.raises(UsageError, match="more than a run can hold"):
        build_trials(
            MODELS * 400, "local", runtimes=[Runtime.LITERT], delegates=[Delegate.CPU], threads=range(1, 257)
        )


def test_the_estimate_grows_with_launches_and_with_slow_models():
    fast = estimate_latency_s(trials() * 5, {"a": 0.001, "b": 0.001}, BOUNDS)
    slow = estimate_latency_s(trials() * 5, {"a": 1.0, "b": 0.001}, BOUNDS)
    assert 0 < fast < slow
    # Ten invokes of one second, five launches, two thread counts: at least 100 s.
    assert slow > 100


def test_accuracy_costs_one_decode_for_all_models():
    one = estimate_evaluation_s([0.001], 1000, cores=1)
    ten = estimate_evaluation_s([0.001] * 10, 1000, cores=1)
    assert ten - one == pytest.approx(9.0)
    assert estimate_evaluation_s([], 1000, cores=1) == 0.0
