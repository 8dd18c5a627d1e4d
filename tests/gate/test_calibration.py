"""What the runs of a calibration say together, and a small real one."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from harness.cli.main import app
from harness.gate.calibration import next_case, summarise
from harness.gate.judge import judge
from harness.gate.load import under
from harness.gate.record import read_record
from harness.records.calibration import CalibrationPlan, CalibrationRun
from harness.records.vocabulary import Condition, Verdict
from harness.report.calibration import render_calibration
from tests.results.factory import RUN

PLAN = CalibrationPlan(
    started_at="2026-11-23T10:15:00+00:00",
    model="m<b>",
    path="m.tflite",
    sha256="0" * 64,
    threads=1,
    sizes=(0.0, 0.05),
    extra_work=(0, 100),
    conditions=(Condition.IDLE, Condition.BUSY),
    seed=0,
    provenance=RUN.provenance,
    runs=2,
)


def run(number: int, size: float, verdict: Verdict, condition: Condition = Condition.IDLE) -> CalibrationRun:
    return CalibrationRun(
        number=number,
        condition=condition,
        size=size,
        verdict=verdict,
        pairs=10,
        look=1,
        duration_s=20.0 + number,
        ratio=1 + size,
        cpu_ratios=tuple((1 + size) * (1 + 0.001 * (k % 3 - 1)) for k in range(10)),
        scatter=0.004,
        tolerance=0.005,
        target=0.02,
        wait_share=0.1,
        started_at="2026-11-23T10:15:00+00:00",
        record=f"runs/{number}.jsonl.gz",
    )


def test_rates_have_exact_intervals_and_the_true_size_comes_from_cpu_time():
    runs = [run(number, 0.05, Verdict.REGRESSION) for number in range(19)] + [run(19, 0.05, Verdict.PASS)]
    [group] = summarise(PLAN, runs).groups
    assert (group.regressions, group.passes, group.runs) == (19, 1, 20)
    # Clopper and Pearson for 19 of 20.
    assert (group.regression_low, group.regression_high) == pytest.approx((0.7513, 0.9987), abs=1e-4)
    assert group.true_size == pytest.approx(0.05, abs=0.001)
    assert group.median_s == 29.5


def test_sizes_and_conditions_take_turns_until_all_have_their_runs():
    done: list[CalibrationRun] = []
    cases = []
    while (case := next_case(PLAN, done)) is not None:
        cases.append(case)
        done.append(run(len(done), case[1], Verdict.PASS, case[0]))
    assert len(cases) == 8
    assert len(set(cases[:4])) == 4


def test_the_page_escapes_what_comes_from_files():
    page = render_calibration(summarise(PLAN, [run(0, 0.0, Verdict.PASS)]), [run(0, 0.0, Verdict.PASS)])
    assert "0 false alarms in 1 run without a change" in page
    assert "m<b>" not in page


def test_a_busy_machine_is_busy_for_the_length_of_the_block_only():
    with under(Condition.BUSY):
        [child] = [each for each in psutil.Process().children() if "getppid" in " ".join(each.cmdline())]
        # Others may have the cores for a while, so it is given time, not a share of it.
        deadline = time.monotonic() + 20.0
        while sum(child.cpu_times()[:2]) < 0.2 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert sum(child.cpu_times()[:2]) >= 0.2
    assert not child.is_running()


def test_the_burning_process_ends_when_its_parent_is_killed():
    script = (
        "import time\nfrom harness.gate.load import under\nfrom harness.records.vocabulary import Condition\n"
        "with under(Condition.BUSY):\n    print('on', flush=True)\n    time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"on\n"
    [child] = psutil.Process(parent.pid).children()
    parent.kill()
    parent.communicate()
    child.wait(timeout=10)


def test_a_real_calibration_records_runs_that_can_be_judged_again(tmp_path: Path):
    out = tmp_path / "calibration"
    arguments = ["gate", "calibrate", "starter_small_int8", "--sizes", "30", "--runs", "1", "--out", str(out)]
    done = CliRunner().invoke(app, [*arguments, "--tolerance", "5%", "--target", "20%", "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads((out / "calibration.json").read_text())
    [group] = found["groups"]
    assert 0.2 < group["true_size"] < 0.45
    assert group["regressions"] == 1
    [packed] = (out / "runs").iterdir()
    record = read_record(packed)
    assert judge(record.plan, record.pairs).verdict is Verdict.REGRESSION
    assert (out / "calibration.html").read_text().startswith("<!DOCTYPE html>")
    again = CliRunner().invoke(app, ["gate", "calibrate", "--resume", str(out), "--json"])
    assert again.exit_code == 0
    assert json.loads((out / "calibration.json").read_text()) == found
