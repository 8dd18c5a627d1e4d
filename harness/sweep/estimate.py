"""How long what is left of a prepared run will take."""

from __future__ import annotations

from harness.latency.sampling import sampling_for
from harness.plan.estimate import LaunchBounds, estimate_evaluation_s, estimate_latency_s
from harness.results.remaining import Remaining
from harness.sweep.prepare import Prepared

__all__ = ["estimate_s"]

_UNKNOWN_INVOKE_S = 0.02


def estimate_s(prepared: Prepared, left: Remaining) -> float:
    """Seconds for what is left, from one probed invoke of each model and the bounds of the budget."""
    run = prepared.run
    invoke_s = {name: probe.invoke_s or _UNKNOWN_INVOKE_S for name, probe in prepared.probes.items()}
    total = estimate_latency_s((turn.trial for turn in left.turns), invoke_s, _bounds(prepared))
    cores = min(device.cpu_count for device in prepared.devices.values())
    for facts in run.datasets:
        times = [
            invoke_s.get(t.model, _UNKNOWN_INVOKE_S) for t in left.evaluations if t.dataset == facts.name
        ]
        total += estimate_evaluation_s(times, facts.images, cores)
    return total


def _bounds(prepared: Prepared) -> LaunchBounds:
    sampling = sampling_for(prepared.run.options.budget)
    return LaunchBounds(
        invokes_min=sampling.samples_min,
        warmup_max_s=sampling.warmup_max_ms / 1e3,
        samples_max_s=sampling.samples_max_ms / 1e3,
    )
