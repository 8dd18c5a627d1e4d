"""What a sweep tells of its progress: every phase ends where it said it would."""

from __future__ import annotations

from pathlib import Path

from harness.records.vocabulary import Budget, Delegate
from harness.sweep.execute import execute
from harness.sweep.prepare import prepare
from harness.sweep.request import RunRequest
from harness.sweep.resume import open_folder
from harness.sweep.watcher import SilentWatcher


class Recorder(SilentWatcher):
    def __init__(self) -> None:
        self.phases: list[list[int]] = []

    def phase(self, title: str, total: int) -> None:
        self.phases.append([total, 0])

    def advance(self, steps: int = 1) -> None:
        self.phases[-1][1] += steps


def test_every_phase_reaches_its_total_also_where_trials_end_early(tmp_path: Path):
    request = RunRequest(
        models=("starter_small_int8", "starter_small_float32"),
        delegates=(Delegate.CPU, Delegate.NNAPI),
        budget=Budget.QUICK,
        subset=32,
    )
    prepared, recorder = prepare(request), Recorder()
    with open_folder(tmp_path, prepared) as folder:
        execute(prepared, folder, recorder, timeout_s=60)
    assert recorder.phases == [[4 * 3, 4 * 3], [32, 32]]
