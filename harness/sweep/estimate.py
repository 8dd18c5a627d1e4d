"""How long a prepared run will take."""

from __future__ import annotations

from harness.latency.sampling import sampling_for
from harness.plan.estimate import LaunchBounds, estimate_evaluation_s, estimate_latency_s
from harness.records.vocabulary import Job
from harness.sweep.prepare import Prepared

__all__ = ["estimate_s"]

_UNKNOWN_INVOKE_S = 0.02


def estimate_s(prepared: Prepared) -> float:
    """Seconds, from one probed invoke of each model and the bounds of the budget."""
    run = prepared.run
    invoke_s = {name: probe.invoke_s or _UNKNOWN_INVOKE_S for name, probe in prepared.probes.items()}
    total = 0.0
    if Job.LATENCY in run.options.jobs:
        usable = {model.name for model in prepared.usable}
        trials = [trial for trial in run.trials if trial.model in usable]
        total += estimate_latency_s(trials, invoke_s, _bounds(prepared))
    cores = prepared.cores_here
    for facts in run.datasets:
        times = [invoke_s.get(t.model, _UNKNOWN_INVOKE_S) for t in run.evaluations if t.dataset == facts.name]
        total += estimate_evaluation_s(times, facts.images, cores)
    return total


def _bounds(prepared: Prepared) -> LaunchBounds:
    sampling = sampling_for(prepared.run.options.budget)
    return LaunchBounds(
        launches=prepared.run.options.launches,
        invokes_min=sampling.samples_min,
        warmup_max_s=sampling.warmup_max_ms / 1e3,
        samples_max_s=sampling.samples_max_ms / 1e3,
    )
