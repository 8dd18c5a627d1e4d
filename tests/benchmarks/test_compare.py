"""The table over recorded calibrations: every figure with its number of runs and interval."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.gate.archive import opened
from benchmarks.gate.archive import pack as pack_folder
from benchmarks.gate.compare import compare, table
from harness.errors import RunFolderError
from harness.gate.calibrate import CalibrationFolder
from harness.gate.record import pack
from harness.records.calibration import CalibrationPlan, CalibrationRun
from harness.records.gate import GatePlan, PlannedCell, Rule
from harness.records.run import Provenance
from harness.records.vocabulary import Condition, Stage, Verdict
from tests.benchmarks.test_rules import noisy
from tests.gate.pairs import CELL, pair

PROVENANCE = Provenance("0.1.0", "3.11", (), (), None, "harness gate calibrate")
PLAN = CalibrationPlan(
    "2026-11-23T10:15:00+00:00", "m", "/z/m.tflite", "a" * 64, 1, (0.0, 0.05), (0, 40), (Condition.IDLE,), 0,
    PROVENANCE,
)  # fmt: skip


@pytest.fixture
def calibration(tmp_path: Path) -> Path:
    """Two runs of A against itself and two of A against 20 % more, as `gate calibrate` keeps them."""
    folder = CalibrationFolder.create(tmp_path / "calibration", PLAN)
    for number, size in enumerate((0.0, 0.05, 0.0, 0.05)):
        name = f"runs/{number}.jsonl.gz"
        pairs = noisy(10, slower=4 * size, seed=number)
        preflight = replace(pair(9.0), stage=Stage.PREFLIGHT)
        head = GatePlan(
            "run", PLAN.started_at, (PlannedCell(CELL, Rule()),), number, 30, PROVENANCE, preflight_pairs=1
        )
        pack(folder.path / name, head, [preflight, *pairs])
        verdict = Verdict.REGRESSION if size else Verdict.PASS
        folder.append(
            CalibrationRun(
                number,
                Condition.IDLE,
                size,
                verdict,
                10,
                1,
                15.0,
                1.0,
                (),
                0.01,
                0.02,
                0.05,
                None,
                PLAN.started_at,
                name,
            )
        )
    return folder.path


def test_each_rule_has_its_rate_with_runs_and_interval(calibration: Path):
    text = table(compare([calibration]))
    assert "4 complete gate runs; models m (3 ms)" in text
    alarms, detection = text.split("### ")[1:3]
    same_job, stored = alarms.split("The same with A from the run before")
    assert "| **harness gate** | 0 of 2 (0.0–84.2 %) |" in same_job
    assert "| pytest-benchmark mean:5% | 0 of 2 (0.0–84.2 %) |" in same_job
    assert "| pytest-benchmark mean:5% | 0 of 1 (0.0–97.5 %) |" in stored
    assert "harness gate" not in stored.split("|", 1)[1], "it never compares with a stored run"
    assert detection.startswith("Detection of 5.0% put into B")
    assert "| asv continuous | 2 of 2 (15.8–100.0 %) |" in detection


def test_an_archive_says_what_its_folder_says_and_not_where_the_model_lay(calibration: Path, tmp_path: Path):
    archive = pack_folder(calibration, tmp_path)
    assert table(compare([archive])) == table(compare([calibration]))
    with opened(archive) as folder:
        assert '"path":"m.tflite"' in (folder / "plan.json").read_text()


def test_a_stored_baseline_is_of_another_run_of_the_same_condition(calibration: Path):
    found = compare([calibration])
    stored = {(name, case.size): tally.runs for (name, case), tally in found.stored.items()}
    assert stored["criterion", 0.0] == 1, "the first run has none before it"
    assert stored["criterion", 0.05] == 2


def test_cost_is_what_the_launches_took(calibration: Path):
    cost = table(compare([calibration])).split("### Cost")[1]
    assert "| 1 | 1.2 | 4 |" in cost
    assert "| 10 to 85 | 15 | 4 |" in cost


def test_a_folder_that_is_no_calibration_is_refused(tmp_path: Path):
    with pytest.raises(RunFolderError, match="no calibration"):
        compare([tmp_path])
