"""How long what is left of a prepared run will take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.latency.sampling import sampling_for
from harness.plan.estimate import (
    LaunchBounds,
    estimate_evaluation_s,
    estimate_latency_s,
    estimate_phone_evaluation_s,
)
from harness.records.trial import Trial
from harness.records.vocabulary import Job, Runtime
from harness.results.remaining import Remaining
from harness.sweep.prepare import Prepared

__all__ = ["estimate_more_s", "estimate_s"]

_UNKNOWN_INVOKE_S = 0.02


def estimate_s(prepared: Prepared, left: Remaining) -> float:
    """Seconds for what is left, from one probed invoke of each model and the bounds of the budget."""
    run = prepared.run
    invoke_s = _invokes_s(prepared)
    total = estimate_latency_s((turn.trial for turn in left.turns), invoke_s, _bounds(prepared))
    total += _extra_launches_s(prepared, invoke_s)
    cores = prepared.cores_here
    for facts in run.datasets:
        tasks = [task for task in left.evaluations if task.dataset == facts.name]
        here = [task for task in tasks if task.runtime is not Runtime.BENCHMARK_MODEL]
        times = [invoke_s.get(task.model, _UNKNOWN_INVOKE_S) for task in here]
        total += estimate_evaluation_s(times, facts.images, cores)
        total += estimate_phone_evaluation_s(facts.images, len(tasks) - len(here))
    return total


def estimate_more_s(prepared: Prepared) -> float:
    """Seconds if every trial's interval stays wide until it has as many launches as it may have."""
    run = prepared.run
    if Job.LATENCY not in run.options.jobs or run.options.launches_most is None:
        return 0.0
    usable = {model.name for model in prepared.usable}
    more = run.options.launches_most - run.options.launches
    trials = [trial for trial in run.trials if trial.model in usable for _ in range(more)]
    return estimate_latency_s(trials, _invokes_s(prepared), _bounds(prepared))


def _invokes_s(prepared: Prepared) -> Mapping[str, float]:
    return {name: probe.invoke_s or _UNKNOWN_INVOKE_S for name, probe in prepared.probes.items()}


def _extra_launches_s(prepared: Prepared, invoke_s: Mapping[str, float]) -> float:
    """Seconds for runs without a rest, and for the two launches that read memory and ops."""
    run = prepared.run
    if Job.LATENCY not in run.options.jobs:
        return 0.0
    usable = {model.name for model in prepared.usable}
    trials = [trial for trial in run.trials if trial.model in usable]
    total = (run.options.sustained_s or 0.0) * len(trials)
    if run.options.phone.profile:
        total += 2 * estimate_latency_s(_on_phones(trials), invoke_s, _bounds(prepared))
    return total


def _on_phones(trials: Sequence[Trial]) -> list[Trial]:
    return [trial for trial in trials if trial.runtime is Runtime.BENCHMARK_MODEL]


def _bounds(prepared: Prepared) -> LaunchBounds:
    sampling = sampling_for(prepared.run.options.budget)
    return LaunchBounds(
        invokes_min=sampling.samples_min,
        warmup_max_s=sampling.warmup_max_ms / 1e3,
        samples_max_s=sampling.samples_max_ms / 1e3,
    )
