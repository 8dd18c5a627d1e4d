"""`harness gate` on a simulated phone: from two model files to a verdict, and the phone put back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from harness.simulated_phone.faults import Fault
from harness.simulated_phone.model import MODELS
from harness.simulated_phone.serve import serve
from tests.integration.command import COMMAND, harness, only_run
from tests.integration.test_phone_run import awake_setting, phone

# The slowest of the bundled models: the tool counts whole microseconds.
LARGE = "starter_large_float32"
BOTH = [LARGE, LARGE]
# So far apart that ten pairs decide on a busy computer too.
WIDE = ["--tolerance", "50%", "--target", "95%", "--no-preflight", "--seed", "1"]


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_STATE", str(tmp_path / "state"))


def pairs(record: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (record / "pairs.jsonl").read_text().splitlines()]


def test_a_model_against_itself_passes_and_every_output_says_simulated(tmp_path: Path):
    outputs = ["--html", "gate.html", "--summary", "gate.md"]
    done = harness("gate", *BOTH, "--device", "simulated-pixel4", *WIDE, *outputs, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith("PASS: 1 comparison on a simulated phone")
    for name in ("gate.html", "gate.md"):
        assert "PASS: 1 comparison on a simulated phone" in (tmp_path / name).read_text(encoding="utf-8")
    record = only_run(tmp_path)
    result = json.loads((record / "result.json").read_text())
    assert result["simulated"]
    [cell] = result["cells"]
    assert cell["cell"]["a"]["runtime"] == "benchmark_model"
    assert "memory" not in {each["metric"] for each in cell["metrics"]}
    made = pairs(record)
    firsts = [each["a_started_first"] for each in made]
    assert all(one != two for one, two in zip(firsts[::2], firsts[1::2], strict=False))
    assert all(each["a"]["affinity"] for each in made)
    replayed = harness("gate", "--replay", str(record), "--json", cwd=tmp_path)
    assert json.loads(replayed.stdout) == result


class HotLaunches(Fault):
    """The third and the eighth benchmark heat the phone for some seconds."""

    name, meaning = "hot-launches", "some benchmarks heat the phone"

    def __init__(self) -> None:
        super().__init__()
        self.begun = 0

    def on_benchmark(self) -> None:
        self.begun += 1

    def throttling(self, busy_s: float, idle_s: float) -> int:
        return 2 if self.begun in (3, 8) and idle_s < 4 else 0


def test_pairs_in_which_either_side_was_hot_are_dropped_and_made_again(tmp_path: Path):
    with serve(MODELS["pixel4"], faults=(HotLaunches(),)) as served:
        before = awake_setting(served)
        done = harness("gate", *BOTH, "--device", f"tcp://{served.address}", *WIDE, cwd=tmp_path)
        assert awake_setting(served) == before
    assert done.returncode == 0, done.stdout + done.stderr
    made = pairs(only_run(tmp_path))
    spoiled = [each for each in made if each.get("spoiled")]
    assert [each["index"] for each in spoiled] == [1, 2]
    assert all("thermal status 2" in each["spoiled"] for each in spoiled)
    assert done.stderr.count("is made again: thermal status 2") == 2
    [cell] = json.loads((only_run(tmp_path) / "result.json").read_text())["cells"]
    assert (cell["decisions"][0]["pairs_used"], cell["decisions"][0]["retaken"]) == (10, 2)
    assert len(made) == 12


def test_an_interrupted_gate_puts_the_phone_back_and_goes_on(tmp_path: Path):
    with phone() as served:
        before = awake_setting(served)
        command = ["gate", *BOTH, "--device", f"tcp://{served.address}", *WIDE]
        running = subprocess.Popen([*COMMAND, *command], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
        _wait_for_pairs(tmp_path, 2)
        assert awake_setting(served) != before
        os.kill(running.pid, signal.SIGINT)
        _, said = running.communicate(timeout=60)
        assert running.returncode == 130
        assert "Go on: harness gate --resume" in said
        assert awake_setting(served) == before
        record = only_run(tmp_path)
        kept = pairs(record)
        with (record / "pairs.jsonl").open("a") as journal:
            journal.write('{"cell": "cut o')
        done = harness("gate", "--resume", str(record), cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "set aside" in done.stderr
        assert pairs(record)[: len(kept)] == kept
        assert awake_setting(served) == before


def _wait_for_pairs(folder: Path, number: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        journals = list(folder.glob("reports/*/pairs.jsonl"))
        if journals and journals[0].read_text().count("\n") >= number:
            return
        time.sleep(0.05)
    raise AssertionError("no pair was stored within a minute")


def test_a_phone_that_is_not_fit_is_refused(tmp_path: Path):
    with phone("low-battery=9") as served:
        refused = harness("gate", *BOTH, "--device", f"tcp://{served.address}", *WIDE, cwd=tmp_path)
    assert refused.returncode == 4
    assert "--allow battery-low" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([*BOTH, "--device", "pixel4"], "no Google Pixel 4 is connected"),
        ([LARGE, f"{LARGE}@litert", "--device", "simulated-pixel4"], "runs models with benchmark_model"),
        ([*BOTH, "--device", "simulated-pixel4", "--a-python", "x"], "--a-python is for this computer"),
        ([*BOTH, "--device", "simulated-pixel4", "--metric", "cpu-time"], "tells no CPU time"),
        ([*BOTH, "--device", "simulated-pixel4", "--allow", "heat"], "unknown check"),
        ([*BOTH, "--cores", "big"], "--cores is for phones"),
    ],
)
def test_what_cannot_be_measured_is_a_sentence_before_anything_runs(
    tmp_path: Path, options: list[str], words: str
):
    done = harness("gate", *options, cwd=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "reports").exists()


def test_an_accelerator_that_takes_nothing_is_an_error_and_not_a_verdict(tmp_path: Path):
    with phone("nnapi-none") as served:
        device = ["--device", f"tcp://{served.address}", "--delegates", "nnapi"]
        done = harness("gate", "starter_small_int8", "starter_small_int8", *device, *WIDE, cwd=tmp_path)
    assert done.returncode == 2
    assert "side A fallback: " in done.stderr
    assert "Traceback" not in done.stderr
