"""Several runs in one text, and whose lines are whose."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.latency.benchmark_model.lines import clean_lines, decode_log
from harness.latency.benchmark_model.parse import parse_logs
from harness.latency.benchmark_model.runs import is_command, split_runs


def run(ms: int, *, threads: int = 1, parameters: str = "", starting: bool = True) -> str:
    """The log of one run of TFLite's tool, of `ms` milliseconds an invoke."""
    us = 1000 * ms
    return (
        ("STARTING!\nLog parameter values verbosely: [0]\n" if starting else "")
        + f"Min num runs: [50]\nNum threads: [{threads}]\n{parameters}"
        + f"Graph: [net.tflite]\n#threads used for CPU inference: [{threads}]\nLoaded model net.tflite\n"
        "INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\nInitialized session in 9.0ms.\n"
        f"count=50 first={us} curr={us} min={us} max={us} avg={us} std=0 p5={us} median={us} p95={us}\n"
        f"Inference timings in us: Init: 9000, First inference: {us}, Warmup (avg): {us},"
        f" Inference (avg): {us}\n"
    )


def medians(text: str) -> list[float | None]:
    return [log.latency.median_ms if log.latency else None for log in parse_logs(text)]


def logcat(text: str, pid: int) -> str:
    return "".join(f"05-31 10:38:42.100 {pid} {pid} I tflite  : {line}\n" for line in text.splitlines())


def test_every_run_of_a_text_is_a_result_in_their_order():
    assert medians(run(7) + run(5, threads=2) + run(3, threads=4)) == [7, 5, 3]
    assert [log.threads for log in parse_logs(run(7) + run(5, threads=2))] == [1, 2]


def test_runs_without_a_word_of_their_start_begin_with_their_parameters():
    text = run(7, parameters="Use gpu: [1]\n", starting=False) + run(5, starting=False)
    gpu, cpu = parse_logs(text)
    assert (gpu.judgement.requested, gpu.judgement.status) == ("gpu", "fallback")
    assert (cpu.judgement.requested, cpu.judgement.status) == ("cpu", "ok")


def test_runs_of_different_processes_are_told_apart_although_their_lines_are_mixed():
    one, other = logcat(run(7), 11).splitlines(), logcat(run(5), 12).splitlines()
    mixed = "\n".join(line for pair in zip(one, other, strict=True) for line in pair)
    assert medians(mixed) == [7, 5]


def test_lines_of_an_app_that_is_no_benchmark_are_not_read():
    app = logcat("Created TensorFlow Lite XNNPACK delegate for CPU.\nLoaded model other.tflite\n", 99)
    text = logcat(run(7).replace("INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n", ""), 11)
    [log] = parse_logs(text.replace("\n", f"\n{app}", 3))
    assert (log.judgement.actual, log.graph) == ("cpu-builtin", "net.tflite")


def test_what_another_process_says_of_the_benchmark_is_read():
    started = logcat(run(7)[: run(7).index("count=")], 11)
    crash = "05-31 10:38:43.100 99 99 F DEBUG   : pid: 11, tid: 11, name: bench: Fatal signal 11 (SIGSEGV)\n"
    [log] = parse_logs(started + crash)
    assert "SIGSEGV" in (log.judgement.reason or "")


def test_a_crash_of_the_last_run_is_not_hidden_by_the_first():
    second = run(5)[: run(5).index("count=")] + "Segmentation fault\n"
    first, last = parse_logs(run(7) + second)
    assert (first.judgement.status, last.judgement.status) == ("ok", "failed")
    assert "Segmentation fault" in (last.judgement.reason or "")


def test_the_command_line_before_a_run_belongs_to_it():
    command = "$ ./benchmark_model --graph=net.tflite \\\n    --use_gpu=true\n"
    first, second = parse_logs(run(7) + command + run(5))
    assert (first.judgement.requested, second.judgement.requested) == ("cpu", "gpu")


def test_a_command_that_is_echoed_twice_ran_once():
    command = "+ ./benchmark_model --graph=net.tflite --num_threads=1\n"
    assert medians(command + command + run(7)) == [7]


def test_standard_error_that_comes_before_its_run_belongs_to_it():
    stderr = "INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n"
    quiet = run(7).replace(stderr, ""), run(5).replace(stderr, "")
    logs = parse_logs(stderr + quiet[0] + stderr + quiet[1])
    assert [log.judgement.actual for log in logs] == ["cpu", "cpu"]


def test_the_table_after_the_performance_options_is_no_run():
    summary = (
        "=====Summary of All Runs w/ Different Performance Options=====\n"
        " cpu w/ 1 threads (xnnpack): count=50 first=1 curr=1 min=1 max=1 avg=1 std=0\n"
    )
    assert medians(run(7) + run(5, starting=False) + summary) == [7, 5]


def test_an_empty_text_is_one_result_that_says_so():
    [log] = parse_logs("")
    assert log.judgement.reason == "not a benchmark_model latency log: it looks like an empty file"


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        ("$ adb shell /data/local/tmp/benchmark_model --graph=/data/m.tflite --num_threads=4", True),
        ("adb shell am start -n org.x/.BenchmarkModelActivity --es args '\"--graph=m.tflite\"'", True),
        ("litert-benchmark --model m.tflite --use_gpu", True),
        ("$ adb push benchmark_model /data/local/tmp", False),
        ("$ adb shell chmod +x /data/local/tmp/benchmark_model", False),
    ],
)
def test_a_command_line_is_one_that_runs_the_tool(line: str, is_one: bool):
    assert is_command(clean_lines(line)[0]) is is_one


def test_no_line_is_in_two_runs():
    lines = clean_lines(run(7) + run(5) + run(3, starting=False))
    runs = split_runs(lines)
    assert sum(map(len, runs)) == len(lines)


@pytest.mark.parametrize(
    ("name", "runs"),
    [("68_three_runs_starting", 3), ("30_apk_logcat_two_runs", 2), ("38_performance_options", 2)],
)
def test_logs_of_several_runs(cases: Path, name: str, runs: int):
    text = decode_log((cases / "logs" / f"{name}.log").read_bytes())
    assert len(parse_logs(text)) == runs
