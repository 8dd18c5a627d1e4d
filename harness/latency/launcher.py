"""What every kind of device must be able to do: make one launch of one trial."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from harness.latency.sampling import Sampling
from harness.records.launch import Launch
from harness.records.model import Model
from harness.records.sustained import SustainedRun
from harness.records.trial import Trial

__all__ = ["LaunchOrder", "Launcher", "ModelInput"]


@dataclass(frozen=True, slots=True)
class ModelInput:
    """What to feed: an array file made for the model, or random data.

    Random data is reproducible by `seed`; integers cover the whole range of
    their type, floats lie uniformly in [low, high].
    """

    seed: int = 0
    low: float = -1.0
    high: float = 1.0
    array: Path | None = None
    description: str = "random, seed 0"
    shape: tuple[int, ...] | None = None
    """What an input of open size is resized to before it is fed; None: the model is taken as it is."""


@dataclass(frozen=True, slots=True)
class LaunchOrder:
    """Everything one launch needs. `log` is where the raw output of the tool goes."""

    trial: Trial
    model: Model
    model_input: ModelInput
    index: int
    round: int
    sampling: Sampling
    timeout_s: float
    log: Path
    log_name: str
    attempt: int = 0


class Launcher(Protocol):
    """Makes launches on one device."""

    def launch(self, order: LaunchOrder) -> Launch:
        """Start a fresh process, load, warm up, sample and end it.

        Never raises for a model or delegate that fails: that is the status of
        the launch, with the reason. KeyboardInterrupt ends the process and
        passes through.
        """
        ...

    def sustain(self, order: LaunchOrder, duration_s: float) -> SustainedRun:
        """Run the trial for so long without a rest, window by window. Never raises for a model that fails."""
        ...

    def settle(self) -> None:
        """Wait until the device is fit to measure again, as after a launch that heat spoiled."""
        ...
