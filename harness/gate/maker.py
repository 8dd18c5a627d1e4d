"""What a step of the gate becomes for what measures it: processes of this computer, or a phone's tool."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from harness.gate.progress import Step
from harness.latency.launcher import LaunchOrder
from harness.latency.pair import PairOrder, SideOrder
from harness.latency.random_input import random_input
from harness.latency.sampling import Sampling
from harness.records.gate import Cell, LaunchPair, PlannedCell, Side
from harness.records.model import Model
from harness.records.trial import Trial
from harness.records.vocabulary import Delegate, Runtime, Stage

__all__ = ["IN_TURNS", "WHOLE_LAUNCHES", "PairMaker", "Pairs"]

IN_TURNS = Sampling(
    launches=1, warmup_min=3, warmup_max_ms=500.0, samples_min=0, samples_max_ms=0.0, target=0.0
)
"""Samples are taken in turns; of the bounds only those of warm-up hold."""

WHOLE_LAUNCHES = Sampling(
    launches=1, warmup_min=3, warmup_max_ms=200.0, samples_min=10, samples_max_ms=500.0, target=0.0
)
"""A launch of about a second: what differs between launches does not average out in one, and heats it."""


class Pairs(Protocol):
    """Makes pairs on one device: `LocalPairs` or `LaunchedPairs`."""

    def make(self, order: PairOrder) -> LaunchPair:
        """Never raises for a side that fails."""
        ...


@dataclass(frozen=True, slots=True)
class PairMaker:
    """Makes the pairs of a plan. `extra_work` is put into B's timed region (calibration only)."""

    pairs: Pairs
    models: Mapping[str, tuple[Model, Model]]
    """A's and B's model, by key of the cell."""
    logs: Path
    seed: int
    turns: int
    sampling: Sampling = IN_TURNS
    timeout_s: float = 300.0
    extra_work: int = 0

    def __call__(self, planned: PlannedCell, step: Step) -> LaunchPair:
        """Make the pair of one step. In the preflight A meets itself."""
        cell = planned.cell
        model_a, model_b = self.models[cell.key]
        against_itself = step.stage is Stage.PREFLIGHT
        b = (cell.a, model_a, 0) if against_itself else (cell.b, model_b, self.extra_work)
        return self.pairs.make(
            PairOrder(
                cell=cell.key,
                stage=step.stage,
                index=step.index,
                a=self._side("a", cell, cell.a, model_a, step, 0),
                b=self._side("b", cell, *b[:2], step, b[2]),
                turns=self.turns,
                cores=cores_for(cell),
                seed=self.seed,
                attempt=step.attempt,
            )
        )

    def side_a(self, cell: Cell, step: Step) -> SideOrder:
        """A's launch alone."""
        return self._side("a", cell, cell.a, self.models[cell.key][0], step, 0)

    def _side(
        self, letter: str, cell: Cell, side: Side, model: Model, step: Step, extra_work: int
    ) -> SideOrder:
        log = self.logs / f"{letter}.log"
        log.unlink(missing_ok=True)  # what the runtimes of the latest pair printed is enough
        order = LaunchOrder(
            trial=Trial(model.name, model.sha256, cell.device, side.runtime, cell.delegate, cell.threads),
            model=model,
            model_input=random_input(model, seed=self.seed),
            index=step.index,
            round=step.index,
            sampling=self.sampling,
            timeout_s=self.timeout_s,
            log=log,
            log_name=f"{log.parent.name}/{log.name}",
            attempt=step.attempt,
        )
        return SideOrder(order, side.python or sys.executable, extra_work)


def cores_for(cell: Cell) -> tuple[int, ...]:
    """This computer's CPUs a pair may be pinned to; none for several threads, a GPU, a phone."""
    if cell.threads != 1 or cell.delegate is Delegate.GPU or not hasattr(os, "sched_setaffinity"):
        return ()
    if Runtime.BENCHMARK_MODEL in (cell.a.runtime, cell.b.runtime):
        return ()
    return tuple(sorted(os.sched_getaffinity(0)))
