"""How a sweep tells what it is doing, without knowing who listens."""

from __future__ import annotations

from typing import Protocol

from harness.records.evaluation import Evaluation
from harness.records.vocabulary import Status

__all__ = ["SilentWatcher", "Watcher", "tell_evaluation"]


class Watcher(Protocol):
    """Told of progress; must return quickly."""

    def phase(self, title: str, total: int) -> None:
        """A phase of `total` steps begins; the one before is over."""
        ...

    def step(self, text: str) -> None:
        """What is being done now."""
        ...

    def advance(self, steps: int = 1) -> None:
        """Steps of the phase are done."""
        ...

    def notice(self, text: str) -> None:
        """A sentence the user must see at once."""
        ...


class SilentWatcher:
    """Listens and says nothing."""

    def phase(self, title: str, total: int) -> None:
        """See `Watcher.phase`."""

    def step(self, text: str) -> None:
        """See `Watcher.step`."""

    def advance(self, steps: int = 1) -> None:
        """See `Watcher.advance`."""

    def notice(self, text: str) -> None:
        """See `Watcher.notice`."""


def tell_evaluation(evaluation: Evaluation, watcher: Watcher) -> None:
    """Notices of what an evaluation did not yield."""
    if evaluation.status is not Status.OK:
        watcher.notice(f"accuracy of {evaluation.model}: {evaluation.status}: {evaluation.reason}")
    elif evaluation.excluded:
        file, why = evaluation.excluded[0]
        watcher.notice(f"{len(evaluation.excluded)} image(s) left out, the first: {file}: {why}")
