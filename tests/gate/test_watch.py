"""What a gate run tells while it goes on."""

from __future__ import annotations

from harness.gate.progress import progress_of
from harness.gate.watch import GateWatch
from harness.records.vocabulary import Stage
from tests.gate.pairs import CELL
from tests.gate.test_progress import OTHER, around, plan


class Told:
    def __init__(self) -> None:
        self.phases: list[str] = []
        self.notices: list[str] = []

    def phase(self, title: str, total: int) -> None:
        self.phases.append(f"{title}: {total}")

    def step(self, text: str) -> None: ...

    def advance(self, steps: int = 1) -> None: ...

    def notice(self, text: str) -> None:
        self.notices.append(text)


def test_after_the_preflight_margins_and_time_are_told_once():
    of = plan(preflight=5, choose=True)
    probe = around(1.0, 5, stage=Stage.PREFLIGHT)
    told = Told()
    watch = GateWatch(told)
    for made in ([], probe, [*probe, *around(1.0, 4)]):
        watch.progresses([progress_of(of.cells[0], of, made)])
    [notice] = told.notices
    assert "tolerance 0.5%, target 2.0%; about 10 pairs" in notice
    assert told.phases == ["preflight, A against itself: 5", "A against B, look 1: 10"]


def test_confirming_counts_its_own_looks():
    of = plan(CELL, OTHER)
    told = Told()
    GateWatch(told).progresses([progress_of(of.cells[0], of, around(1.1))])
    assert told.phases == ["confirming on fresh pairs, look 1: 10"]
