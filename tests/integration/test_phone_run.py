"""`harness run` on a simulated phone: the whole way from options to report, and back after it broke."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.simulated_phone.faults import parse_faults
from harness.simulated_phone.model import MODELS
from harness.simulated_phone.serve import SimulatedPhone, serve
from tests.integration.command import COMMAND, exported, harness, launches, only_run

SMALL = ["--models", "starter_small_int8", "--models", "starter_small_float32"]
QUICK = ["--budget", "quick", "--launches", "1", "--only", "latency"]


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_STATE", str(tmp_path / "state"))


@contextmanager
def phone(*faults: str) -> Iterator[SimulatedPhone]:
    with serve(MODELS["pixel4"], faults=parse_faults(faults)) as served:
        yield served


def awake_setting(served: SimulatedPhone) -> str:
    return served.phone.condition.settings["global"]["stay_on_while_plugged_in"]


def test_a_sweep_with_a_phone_of_its_own_exposes_every_fallback(tmp_path: Path):
    wanted = ["--device", "simulated-pixel4", *SMALL, "--threads", "4", "--delegates", "cpu,gpu,nnapi"]
    done = harness("run", *wanted, *QUICK, "--profile", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    run = only_run(tmp_path)
    rows = exported(run)
    assert len(rows) == 6
    found = {(r["model"], r["delegate_requested"]): (r["status"], r["delegate_actual"]) for r in rows}
    assert found["starter_small_int8", "nnapi"] == ("ok", "nnapi")
    assert found["starter_small_float32", "nnapi"] == ("fallback", "cpu")
    assert {status for (_, delegate), (status, _) in found.items() if delegate != "nnapi"} == {"ok"}
    assert all(row["simulated"] for row in rows)
    assert all(row["latency_ms"]["median"] > 0 and row["init_ms"] > 0 for row in rows)
    assert all(row["peak_memory_mb"] > 1 for row in rows)
    assert all(each["affinity"] == each["affinity_requested"] for each in launches(run))
    html = (run / "report.html").read_text(encoding="utf-8")
    assert "simulated-pixel4 is a simulated device" in html
    assert (run / "logs").is_dir()
    logs = sorted((run / "logs").glob("*nnapi.4t.0.log"))
    imported = json.loads(harness("import", str(logs[0]), "--json", cwd=tmp_path).stdout)
    assert imported[0]["delegate_requested"] == "nnapi"


def test_a_run_that_was_killed_is_completed_and_the_phone_put_back(tmp_path: Path):
    with phone() as served:
        before = awake_setting(served)
        command = ["run", "--device", f"tcp://{served.address}", *SMALL[:2], "--threads", "1,2,4", *QUICK]
        running = subprocess.Popen(
            [*COMMAND, *command], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        _wait_for_launches(tmp_path, 1)
        os.kill(running.pid, signal.SIGKILL)
        running.communicate()
        run = only_run(tmp_path)
        kept = launches(run)
        assert len(kept) < 3
        done = harness("run", "--resume", str(run), cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert launches(run)[: len(kept)] == kept
        assert [row["status"] for row in exported(run)] == ["ok", "ok", "ok"]
        assert awake_setting(served) == before


def _wait_for_launches(folder: Path, number: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        journals = list(folder.glob("reports/*/measurements.jsonl"))
        if journals and journals[0].read_text().count("\n") >= number:
            return
        time.sleep(0.05)
    raise AssertionError("no launch was stored within a minute")


def test_a_phone_that_is_not_fit_is_refused_by_the_name_of_the_check(tmp_path: Path):
    with phone("low-battery=9") as served:
        command = ["run", "--device", f"tcp://{served.address}", *SMALL[:2], "--threads", "1", *QUICK]
        refused = harness(*command, cwd=tmp_path)
        assert refused.returncode == 4
        assert "--allow battery-low" in refused.stderr
        assert awake_setting(served) == "0"


def test_accuracy_on_the_phone_is_kept_per_delegate_and_compared_with_the_cpu(tmp_path: Path):
    wanted = ["--device", "simulated-pixel4", *SMALL[:2], "--threads", "4", "--delegates", "cpu,gpu"]
    done = harness(
        "run", *wanted, "--only", "accuracy", "--accuracy", "on-device", "--subset", "2", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    here = harness("run", *SMALL[:2], "--only", "accuracy", "--subset", "2", "--out", "here", cwd=tmp_path)
    assert here.returncode == 0, here.stderr
    rows = {row["delegate_requested"]: row for row in exported(only_run(tmp_path))}
    [local] = exported(next((tmp_path / "here").iterdir()))
    assert rows["cpu"]["top1"] == rows["gpu"]["top1"] == local["top1"]
    assert rows["cpu"]["difference"] is None
    assert rows["gpu"]["difference"] == {
        "reference": "cpu",
        "images": 2,
        "largest": 0.0,
        "mean": 0.0,
        "top1_agreement": 1.0,
        "identical": True,
    }
    assert any("delegate not proven" in each for each in rows["gpu"]["warnings"])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--device", "simulated-pixel4", "--runtime", "litert"], "runs models with benchmark_model"),
        (["--device", "local", "--cores", "big"], "--cores is for phones"),
        (["--device", "simulated-pixel4", "--cores", "fff"], "the phone has no core 8-11"),
        (["--device", "simulated-pixel4", "--phone", "gpu-backend=vulkan"], "choose gpu-backend=cl|gl"),
        (["--device", "simulated-pixel4", "--benchmark-binary", "/etc/hostname"], "no program"),
    ],
)
def test_options_that_cannot_be_followed_are_named_before_anything_runs(
    tmp_path: Path, options: list[str], words: str
):
    done = harness("run", *options, *SMALL, *QUICK, cwd=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
