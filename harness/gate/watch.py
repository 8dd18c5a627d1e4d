"""What a gate run tells while it goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from harness.gate.progress import Progress
from harness.records.gate import LaunchPair
from harness.records.vocabulary import Stage
from harness.report.wording import duration

__all__ = ["GateWatch", "Listener"]

_TITLES = {
    Stage.PREFLIGHT: "preflight, A against itself",
    Stage.SCREEN: "A against B",
    Stage.CONFIRM: "confirming on fresh pairs",
}


class Listener(Protocol):
    """The part of a watcher that is needed here; see `harness.sweep.watcher.Watcher`."""

    def phase(self, title: str, total: int) -> None:
        """A phase of `total` steps begins."""
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


class GateWatch:
    """Turns the state of the cells into phases: one for the pairs up to the next look."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._phase: tuple[str, int] | None = None
        self._images = 0
        self._told: set[str] = set()

    def progresses(self, found: Sequence[Progress]) -> None:
        """Called before every round of pairs."""
        for each in found:
            self._instead(each)
            self._expected(each)
        steps = [each.step for each in found if each.step is not None]
        if not steps:
            return
        stage = min((step.stage for step in steps), key=list(Stage).index)
        looks = [
            len(each.decisions[-1].looks) + 1
            for each in found
            if each.step and each.decisions and each.decisions[-1].stage is stage
        ]
        look = f", look {min(looks)}" if looks else ""
        phase = (f"{_TITLES[stage]}{look}", sum(step.wanted for step in steps))
        if phase != self._phase:
            self._phase = phase
            self._listener.phase(*phase)
            self._listener.advance(sum(step.index for step in steps))

    def _instead(self, progress: Progress) -> None:
        for text in progress.instead_of:
            if text not in self._told:
                self._told.add(text)
                self._listener.notice(text)

    def _expected(self, progress: Progress) -> None:
        """Told once, when the preflight of a comparison is over: what it chose, and how long it will take."""
        preflight = progress.preflight
        if preflight is None or preflight.cell in self._told or preflight.unfit is not None:
            return
        self._told.add(preflight.cell)
        self._listener.notice(
            f"{preflight.cell}: a pair scatters by {preflight.scatter:.1%}; tolerance"
            f" {preflight.tolerance:.1%}, target {preflight.target:.1%}; about"
            f" {preflight.expected_pairs:.0f} pairs, {duration(preflight.expected_s)}"
        )

    def pair(self, pair: LaunchPair) -> None:
        """Called after every pair."""
        self._listener.step(pair.cell)
        if pair.spoiled is not None:
            self._listener.notice(f"{pair.cell}: pair {pair.index + 1} is made again: {pair.spoiled}")
        else:
            self._listener.advance()

    def images(self, done: int, total: int) -> None:
        """Called while accuracies are measured."""
        if self._phase != ("accuracy of both sides", total):
            self._phase = ("accuracy of both sides", total)
            self._images = 0
            self._listener.phase(*self._phase)
        self._listener.advance(done - self._images)
        self._images = done
