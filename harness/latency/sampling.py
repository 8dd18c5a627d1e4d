"""How long to warm up and how many invokes to time: bounds in one place, chosen by `--budget`."""

from __future__ import annotations

from dataclasses import dataclass

from harness.records.vocabulary import Budget

__all__ = ["Sampling", "sampling_for"]


@dataclass(frozen=True, slots=True)
class Sampling:
    """Bounds of one launch and the number of launches of a trial.

    A trial whose interval is wide after `launches` gets more, `launches_most` in all.

    A launch warms up until its times settle, at least `warmup_min` invokes and
    at most `warmup_max_ms`. Then it samples until the 95 % interval of its
    median is within `target` of it, at least `samples_min` invokes and at most
    `samples_max_ms`: a launch that is precise already gains nothing from more
    samples, because what differs between launches does not average out in one.
    """

    launches: int
    warmup_min: int
    warmup_max_ms: float
    samples_min: int
    samples_max_ms: float
    target: float
    launches_most: int | None = None


_BY_BUDGET = {
    Budget.QUICK: Sampling(3, 3, 200.0, 5, 150.0, 0.02),
    Budget.NORMAL: Sampling(5, 3, 500.0, 10, 400.0, 0.01, 15),
    Budget.THOROUGH: Sampling(15, 5, 2000.0, 30, 2000.0, 0.005),
}


def sampling_for(budget: Budget) -> Sampling:
    """The bounds a budget stands for."""
    return _BY_BUDGET[budget]
