"""How long a run will take, before it starts. Pure; an estimate, and printed as one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.records.trial import Trial
from harness.records.vocabulary import Delegate, Runtime

__all__ = [
    "LaunchBounds",
    "estimate_evaluation_s",
    "estimate_latency_s",
    "estimate_phone_evaluation_s",
]

# Starting Python, numpy and a runtime; measured here at 0.15 s, and at 0.5 s on a busy machine.
_START_S = 0.25
# A launch on a phone: two readings of its state, starting, watching and fetching; on a simulated one 2 s.
_PHONE_START_S = 3.0
# One image on a phone: the tool starts and loads the model for each.
_PHONE_IMAGE_S = 1.0
# A launch stops sampling when its median is known well enough: after a tenth of its
# bound on a quiet machine, at the bound on a busy one.
_SAMPLING_SHARE = 0.5
# XNNPACK against the builtin kernels, seen at 4 to 20 times on quantized graphs; GPUs start slowly.
_DELEGATE_FACTOR = {Delegate.CPU_BUILTIN: 5.0, Delegate.GPU: 3.0}
# Decoding and resizing one photograph of about 500 x 400 pixels.
_DECODE_S = 0.006


@dataclass(frozen=True, slots=True)
class LaunchBounds:
    """What bounds the time inside one launch (see `latency.sampling.Sampling`)."""

    invokes_min: int
    warmup_max_s: float
    samples_max_s: float


def estimate_latency_s(
    launches: Iterable[Trial], invoke_s: Mapping[str, float], bounds: LaunchBounds
) -> float:
    """Seconds for launches of these trials; `invoke_s` holds one invoke of each model by name."""
    return sum(_launch_s(trial, invoke_s.get(trial.model, 0.02), bounds) for trial in launches)


def estimate_evaluation_s(invokes_s: Sequence[float], images: int, cores: int) -> float:
    """Seconds to score models with these invoke times on `images` images, decoded once for all."""
    if not invokes_s:
        return 0.0
    return _START_S + images * (_DECODE_S + sum(invokes_s)) / max(1, cores)


def estimate_phone_evaluation_s(images: int, evaluations: int) -> float:
    """Seconds to score on a phone, one process an image."""
    return images * evaluations * _PHONE_IMAGE_S


def _launch_s(trial: Trial, invoke_s: float, bounds: LaunchBounds) -> float:
    one = invoke_s * _DELEGATE_FACTOR.get(trial.delegate, 1.0)
    # Warm-up settles after some ten invokes as a rule.
    warm_up = min(bounds.warmup_max_s, 10 * one)
    if trial.runtime is Runtime.BENCHMARK_MODEL:
        # Its tool warms up and samples for the whole of its time.
        sampling = max(bounds.samples_max_s, bounds.invokes_min * one)
        return _PHONE_START_S + max(bounds.warmup_max_s, one) + sampling
    sampling = max(_SAMPLING_SHARE * bounds.samples_max_s, bounds.invokes_min * one)
    return _START_S + warm_up + sampling
