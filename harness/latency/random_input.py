"""What a model is fed while it is timed: random data of its range."""

from __future__ import annotations

from harness.latency.launcher import ModelInput
from harness.records.model import Model
from harness.zoo.image_form import fed_shape

__all__ = ["random_input"]


def random_input(model: Model, *, seed: int) -> ModelInput:
    """Random data in the range that the model's normalisation gives pixels of 0 and 255.

    An image of open size gets the size it is scored with: the runtime alone would time one pixel.
    """
    mean = model.preprocess.mean or (127.5,)
    std = model.preprocess.std or (127.5,)
    low = min((0.0 - m) / s for m, s in zip(mean, std, strict=True))
    high = max((255.0 - m) / s for m, s in zip(mean, std, strict=True))
    shape = fed_shape(model.facts, model.preprocess) if model.facts is not None else None
    at = f", at {'x'.join(map(str, shape))}" if shape is not None else ""
    return ModelInput(seed=seed, low=low, high=high, description=f"random, seed {seed}{at}", shape=shape)
