"""The scripts that run on a phone, tried in a real shell, and what they leave."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.latency.phone.numbered_logs import appended, split_logs
from harness.latency.phone.script import LOG, PROCESS, ProcessFacts, launch_script, read_process
from harness.latency.phone.sustained import sustained_script, windows_of
from harness.phone_accuracy.script import ANSWERS, OUTPUTS, ImageEnd, batch_script, read_answers
from harness.records.launch import DeviceState
from harness.records.vocabulary import Status


def sh(script: str) -> int:
    return subprocess.run(["sh", "-c", script], check=False, timeout=20).returncode


def tool(folder: Path, body: str) -> str:
    """A shell script that stands for the tool."""
    path = folder / "a tool"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


def test_output_and_exit_code_of_the_tool_are_kept(tmp_path: Path):
    script = launch_script(
        (tool(tmp_path, 'echo "$1"; echo oops >&2; exit 7'), "a $(b) 'c'"), folder=str(tmp_path), name="none"
    )
    assert sh(script) == 7
    assert (tmp_path / LOG).read_text() == "a $(b) 'c'\noops\n"


def test_a_folder_that_is_not_there_is_no_success(tmp_path: Path):
    assert sh(launch_script(("true",), folder=str(tmp_path / "gone"), name="none")) == 125


@pytest.mark.parametrize("watch", [False, True])
def test_the_running_process_is_looked_at(tmp_path: Path, watch: bool):
    script = launch_script(("sleep", "0.5"), folder=str(tmp_path), name="sleep", watch=watch)
    assert sh(script) == 0
    found = read_process((tmp_path / PROCESS).read_text())
    assert found.affinity
    assert found.peak_memory_bytes is not None
    assert found.peak_memory_bytes > 100_000


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("Cpus_allowed_list:\t4-7\nVmHWM:\t   18756 kB\n", ProcessFacts((4, 5, 6, 7), 19206144)),
        ("Cpus_allowed_list:\t0-3,7\r\n", ProcessFacts((0, 1, 2, 3, 7), None)),
        ("", ProcessFacts()),
        ("VmHWM:\t0 kB\nCpus_allowed_list:\t-\n", ProcessFacts()),
    ],
)
def test_what_the_kernel_said_of_it(text: str, facts: ProcessFacts):
    assert read_process(text) == facts


@given(st.text(max_size=200))
def test_no_text_makes_the_readers_raise(text: str):
    read_process(text)
    split_logs(text)
    read_answers(text)
    windows_of(text, split_logs(text), [], 10.0)


def test_logs_of_several_runs_come_apart_again(tmp_path: Path):
    step = appended("log", to="logs", number="$i")
    sh(f"cd {tmp_path}; for i in 0 1 2; do echo line $i >log; s=$i; {step}; done")
    assert split_logs((tmp_path / "logs").read_text()) == {n: f"\nline {n}\n" for n in range(3)}


def test_each_image_of_a_batch_is_cut_out_and_answered(tmp_path: Path):
    (tmp_path / "batch").write_bytes(b"aaaabbbbcccc")
    copy = tool(tmp_path, "cat input.raw input.raw >output.raw; echo fine")
    script = batch_script(
        (copy,), folder=str(tmp_path), batch=str(tmp_path / "batch"), images=3, input_bytes=4
    )
    assert sh(script) == 0
    assert (tmp_path / OUTPUTS).read_bytes() == b"aaaaaaaabbbbbbbbcccccccc"
    assert read_answers((tmp_path / ANSWERS).read_text()) == tuple(ImageEnd(n, 0, 8) for n in range(3))
    assert set(split_logs((tmp_path / "logs").read_text())) == {0, 1, 2}


def test_the_first_image_that_fails_ends_a_batch(tmp_path: Path):
    (tmp_path / "batch").write_bytes(b"aaaabbbbcccc")
    picky = tool(tmp_path, "grep -q b input.raw && exit 139; cp input.raw output.raw")
    sh(batch_script((picky,), folder=str(tmp_path), batch=str(tmp_path / "batch"), images=3, input_bytes=4))
    assert read_answers((tmp_path / ANSWERS).read_text()) == (ImageEnd(0, 0, 4), ImageEnd(1, 139, 0))


MEASURED = """
INFO: STARTING!
INFO: Graph: [m.tflite]
INFO: Created TensorFlow Lite XNNPACK delegate for CPU.
INFO: Initialized session in 1ms.
INFO: count=100 first=9 curr=9 min=8 max=12 avg=10 std=1 p5=8 median={median} p95=12
INFO: Inference timings in us: Init: 1000, First inference: 9, Warmup (avg): 9, Inference (avg): 10
"""


def test_windows_have_their_start_and_the_state_of_their_end():
    logs = {number: MEASURED.replace("{median}", str(10 + number)) for number in range(3)}
    states = [(at_s, DeviceState(temperature_c=at_s)) for at_s in (5.0, 11.0, 19.0, 32.0)]
    windows, ended = windows_of("0 100.50\n1 111.00\n2 121.50\n", logs, states, 10.0)
    assert [(each.start_s, each.median_ms) for each in windows] == [(0.0, 0.01), (10.5, 0.011), (21.0, 0.012)]
    assert [each.state.temperature_c for each in windows] == [11.0, 19.0, 32.0]
    assert ended == (Status.OK, None)


def test_a_window_without_figures_ends_the_run_and_keeps_those_before():
    logs = {0: MEASURED.replace("{median}", "10"), 1: "INFO: STARTING!\nSegmentation fault\n"}
    windows, (status, reason) = windows_of("0 1.0\n1 11.0\n", logs, [], 10.0)
    assert len(windows) == 1
    assert status is Status.FAILED
    assert (reason or "").startswith("window 2: the run did not finish")


def test_windows_run_back_to_back(tmp_path: Path):
    quick = tool(tmp_path, "echo hello")
    assert sh(sustained_script((quick,), folder=str(tmp_path), windows=3)) == 0
    assert len((tmp_path / "starts").read_text().splitlines()) == 3
    assert set(split_logs((tmp_path / "logs").read_text())) == {0, 1, 2}
