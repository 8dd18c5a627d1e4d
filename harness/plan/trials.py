"""From models, devices and options to trials. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import TypeVar

from harness.errors import UsageError
from harness.records.model import Model
from harness.records.trial import Trial
from harness.records.vocabulary import Delegate, Runtime

__all__ = ["build_trials", "fitting"]

_MAX_TRIALS = 100_000

Word = TypeVar("Word")


def fitting(
    wanted: Sequence[Word], own: Sequence[Word], of_all: Sequence[Sequence[Word]]
) -> tuple[Word, ...]:
    """Which of the `wanted` words a device is measured with, whose profile has the words `own`.

    What another device of the run has is that one's; what none has is kept, so
    that its trials say why it cannot be.
    """
    elsewhere = {word for words in of_all for word in words}
    return tuple(word for word in wanted if word in own or word not in elsewhere)


def build_trials(
    models: Sequence[Model],
    device: str,
    *,
    runtimes: Sequence[Runtime],
    delegates: Sequence[Delegate],
    threads: Sequence[int],
) -> tuple[Trial, ...]:
    """Every combination, models outermost, in the order given."""
    count = len(models) * len(runtimes) * len(delegates) * len(threads)
    if count > _MAX_TRIALS:
        raise UsageError(f"{count} trials on {device} are more than a run can hold ({_MAX_TRIALS})")
    return tuple(
        Trial(model.name, model.sha256, device, runtime, delegate, thread_count)
        for model, runtime, delegate, thread_count in product(models, runtimes, delegates, threads)
    )
