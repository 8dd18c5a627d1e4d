"""From models, devices and options to trials. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from harness.errors import UsageError
from harness.records.model import Model
from harness.records.trial import Trial
from harness.records.vocabulary import Delegate, Runtime

__all__ = ["build_trials"]

_MAX_TRIALS = 100_000


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
