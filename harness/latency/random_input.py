"""What a model is fed while it is timed: random data of its range."""

from __future__ import annotations

from harness.latency.launcher import ModelInput
from harness.records.model import Preprocess

__all__ = ["random_input"]


def random_input(preprocess: Preprocess, *, seed: int) -> ModelInput:
    """Random data in the range that the model's normalisation gives pixels of 0 and 255."""
    mean = preprocess.mean or (127.5,)
    std = preprocess.std or (127.5,)
    low = min((0.0 - m) / s for m, s in zip(mean, std, strict=True))
    high = max((255.0 - m) / s for m, s in zip(mean, std, strict=True))
    return ModelInput(seed=seed, low=low, high=high, description=f"random, seed {seed}")
