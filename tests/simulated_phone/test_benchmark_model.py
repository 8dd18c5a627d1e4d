"""The simulated tool really runs models, obeys its flags, and prints what the parser of real logs reads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.latency.benchmark_model.help import Tool, read_help
from harness.latency.benchmark_model.log import BenchmarkLog
from harness.latency.benchmark_model.parse import parse_log
from harness.records.vocabulary import Delegate, Status
from harness.resources import starter_path
from harness.simulated_phone.faults import parse_faults
from harness.simulated_phone.model import MODELS
from harness.simulated_phone.phone import Phone
from harness.simulated_phone.shell.run import Streams
from harness.simulated_phone.shell.streams import Capture, StaticReader
from harness.zoo.inspect import inspect_model

MODELS_FOLDER = starter_path() / "models"
FLOAT, INTEGER = "starter_small_float32.tflite", "starter_small_int8.tflite"
INPUT_SIDE = inspect_model(MODELS_FOLDER / FLOAT).inputs[0].shape[1]
FULL = "--use_nnapi=true --require_full_delegation=true"
QUICK = "--num_runs=5 --min_secs=0 --warmup_runs=1 --warmup_min_secs=0"


class Bench:
    """A phone with the tool and the models, and one launch after the other."""

    def __init__(self, folder: Path, *faults: str) -> None:
        self.phone = Phone(MODELS["pixel4"], folder, faults=parse_faults(faults))
        for name in (FLOAT, INTEGER):
            self.phone.files.write(f"/data/local/tmp/{name}", (MODELS_FOLDER / name).read_bytes())
        self.phone.files.write("/data/local/tmp/benchmark_model", b"\x7fELF")
        self.phone.files.set_mode("/data/local/tmp/benchmark_model", 0o755)

    def run(self, flags: str, *, model: str = FLOAT, before: str = "") -> tuple[int, str]:
        output = Capture()
        script = f"cd /data/local/tmp; {before} ./benchmark_model --graph={model} {flags}"
        code = self.phone.run(script, Streams(StaticReader(b""), output, output))
        return code, output.data.decode("utf-8", "replace")

    def log(self, flags: str, *, model: str = FLOAT) -> BenchmarkLog:
        code, text = self.run(f"{QUICK} {flags}", model=model)
        assert "SIMULATED PHONE" in text or "Unconsumed" in text
        return parse_log(text, exit_status=code)


Make = Callable[..., Bench]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[Bench] = []

    def make_one(*faults: str) -> Bench:
        made.append(Bench(tmp_path / str(len(made)), *faults))
        return made[-1]

    yield make_one
    assert [tool.phone.switch_off() for tool in made] == [[] for _ in made]


def test_it_runs_the_model_and_says_so(make: Make):
    log = make().log("--num_threads=2")
    assert (log.tool, log.judgement.status, log.judgement.actual) == (Tool.TFLITE, Status.OK, Delegate.CPU)
    assert (log.runs, log.threads) == (5, 2)
    assert log.latency is not None
    assert 0 < log.latency.min_ms <= log.latency.median_ms <= log.latency.max_ms
    assert log.init_ms is not None
    assert log.first_ms is not None


def test_help_is_that_of_the_tool(make: Make):
    code, text = make().run("--help=true")
    known = read_help(text)
    assert (code, known.tool) == (1, Tool.TFLITE)
    assert known.knows("use_nnapi")
    assert not read_help(make("unknown-flags").run("--help=true")[1]).knows("use_nnapi")


@pytest.mark.parametrize(
    ("flags", "model", "status", "actual"),
    [
        ("--use_xnnpack=true", FLOAT, Status.OK, Delegate.CPU),
        ("--use_xnnpack=false", FLOAT, Status.OK, Delegate.CPU_BUILTIN),
        ("--use_gpu=true", FLOAT, Status.OK, Delegate.GPU),
        ("--use_nnapi=true", INTEGER, Status.OK, Delegate.NNAPI),
        ("--use_nnapi=true", FLOAT, Status.FALLBACK, Delegate.CPU),
    ],
)
def test_what_ran_is_proven(make: Make, flags: str, model: str, status: Status, actual: Delegate):
    judgement = make().log(flags, model=model).judgement
    assert (judgement.status, judgement.actual) == (status, actual)


@pytest.mark.parametrize(
    ("fault", "flags", "model", "status", "reason"),
    [
        ("nnapi-absent", "--use_nnapi=true", INTEGER, Status.FALLBACK, "NNAPI"),
        ("nnapi-none", "--use_nnapi=true", INTEGER, Status.FALLBACK, "NNAPI"),
        ("nnapi-partial", "--use_nnapi=true", INTEGER, Status.FALLBACK, "nnapi took 6 of 14"),
        (
            "nnapi-partial",
            FULL,
            INTEGER,
            Status.FAILED,
            "fallback",
        ),
        ("gpu-init", "--use_gpu=true", FLOAT, Status.FAILED, "GPU delegate could not be applied"),
        ("gpu-partial", "--use_gpu=true", FLOAT, Status.FALLBACK, "gpu took 1 of 14"),
        ("gpu-crash", "--use_gpu=true", FLOAT, Status.FAILED, ""),
        ("unknown-flags", "--use_gpu=true", FLOAT, Status.FALLBACK, "use_gpu"),
        ("unknown-flags", "--use_nnapi=true", INTEGER, Status.FALLBACK, "use_nnapi"),
        ("garbled-log", "", FLOAT, Status.FAILED, ""),
    ],
)
def test_every_fault_of_the_tool_ends_in_its_status(
    make: Make, fault: str, flags: str, model: str, status: Status, reason: str
):
    judgement = make(fault).log(flags, model=model).judgement
    assert judgement.status is status
    assert judgement.reason
    assert reason in judgement.reason


def test_a_crash_is_a_signal(make: Make):
    code, text = make("gpu-crash").run(f"{QUICK} --use_gpu=true")
    assert (code, "Segmentation fault" in text, "Inference timings" in text) == (139, True, False)


def test_more_flags(make: Make):
    bench = make()
    assert bench.log("--dry_run=true").judgement.status is Status.FAILED
    assert bench.log("--num_threads=2 --num_threads=4").threads == 2
    assert bench.log("--nnapi_accelerator_name=no-such --use_nnapi=true").judgement.status is Status.FAILED
    assert bench.log("--report_peak_memory_footprint=true").peak_memory_bytes
    assert bench.log("--no_such_flag=1").judgement.warnings
    code, text = bench.run(f"{QUICK} --use_gpu=maybe")
    assert (code, "Failed to parse flag" in text) == (1, True)


def test_durations_are_kept(make: Make):
    bench = make()
    started = time.monotonic()
    code, text = bench.run("--num_runs=1 --min_secs=0.6 --warmup_runs=0 --warmup_min_secs=0")
    assert code == 0
    assert time.monotonic() - started > 0.6
    code, text = bench.run("--num_runs=100000000 --max_secs=0.3 --warmup_runs=0 --warmup_min_secs=0")
    log = parse_log(text, exit_status=code)
    assert log.judgement.status is Status.OK
    assert log.runs is not None
    assert 0 < log.runs < 100_000_000


@pytest.mark.parametrize("model", ["absent.tflite", "broken.tflite", "-rf"])
def test_a_model_that_is_none(make: Make, model: str):
    bench = make()
    bench.phone.files.write("/data/local/tmp/broken.tflite", b"no model at all")
    code, text = bench.run(QUICK, model=model)
    assert code == 1
    assert parse_log(text, exit_status=code).judgement.status is Status.FAILED


def test_raw_inputs_and_outputs_are_real(make: Make):
    bench = make()
    name = inspect_model(MODELS_FOLDER / FLOAT).inputs[0].name.replace(":", "::")
    outputs = set()
    for value in (0, 63):
        bench.phone.files.write("/data/local/tmp/in", bytes([0, 0, value, value]) * (3 * INPUT_SIDE**2))
        flags = f"'--input_layer_value_files={name}:in' --output_filepath=out"
        code, text = bench.run(f"{QUICK} {flags}")
        assert code == 0, text
        outputs.add(bench.phone.files.read("/data/local/tmp/out"))
    assert len(outputs) == 2
    bench.phone.files.write("/data/local/tmp/in", b"short")
    code, text = bench.run(f"{QUICK} {flags}")
    assert code == 1


def test_the_cores_that_were_asked_for_are_in_proc_while_it_runs(make: Make):
    bench = make()
    seen: list[str] = []

    def look() -> None:
        output = Capture()
        script = "for p in $(pidof benchmark_model); do grep Cpus_allowed_list /proc/$p/status; done"
        bench.phone.run(script, Streams(StaticReader(b""), output, output))
        seen.append(output.data.decode())

    timer = threading.Timer(0.7, look)
    timer.start()
    code, _ = bench.run("--min_secs=1.5 --warmup_min_secs=0", before="taskset f0")
    timer.join()
    assert (code, seen) == (0, ["Cpus_allowed_list:\t4-7\n"])


def test_a_hanging_tool_can_be_killed_and_the_next_one_runs(make: Make):
    bench = make("hang=1")
    timer = threading.Timer(1.5, bench.phone.processes.kill_all)
    timer.start()
    code, text = bench.run(QUICK)
    timer.join()
    assert (code, "Inference timings" in text) == (137, False)
    assert bench.log("").judgement.status is Status.OK


def test_heat_makes_it_slower(make: Make):
    bench = make("throttling=1")
    flags = "--num_runs=1 --min_secs=2.2 --warmup_runs=0 --warmup_min_secs=0"
    assert bench.run(flags)[0] == 0
    assert bench.phone.condition.heat >= 2
    assert bench.phone.condition.speed < 0.8


def test_a_reboot_ends_it(make: Make):
    bench = make("reboot=1")
    before = bench.phone.boot_id
    code, text = bench.run(QUICK)
    assert code == 137
    assert bench.phone.boot_id != before
    assert "Inference timings" not in text
    assert bench.log("").judgement.status is Status.OK


def test_faults_together(make: Make):
    bench = make("wrong-abi", "gpu-crash")
    assert bench.run(f"{QUICK} --use_gpu=true") == (
        126,
        "/system/bin/sh: ./benchmark_model: not executable: 64-bit ELF file\n",
    )
    both = make("gpu-init", "unknown-flags", "nnapi-absent")
    assert both.log("--use_gpu=true").judgement.status is Status.FALLBACK
