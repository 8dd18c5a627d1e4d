"""Every fault of a phone ends in a launch that was retried or in its named status, and leaves nothing."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from harness.latency.launcher import ModelInput
from harness.latency.phone.room import parse_size_bytes
from harness.records.run import PhoneOptions
from harness.records.vocabulary import Delegate, Status
from harness.simulated_phone.userland import ANDROID_5, PLAIN_LINUX
from tests.latency.phone.bench import bench, starter

CPU, GPU, NNAPI = Delegate.CPU, Delegate.GPU, Delegate.NNAPI


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_STATE", str(tmp_path / "state"))


@pytest.mark.parametrize(
    "faults",
    [
        ("drop-push=20000",),
        ("drop-output=600",),
        ("restart=400",),
        ("reboot=1",),
        ("marker-lost=2",),
        ("slow-link=400",),
    ],
    ids=lambda faults: faults[0],
)
def test_a_link_or_a_phone_that_goes_away_costs_a_launch_nothing(tmp_path: Path, faults: Sequence[str]):
    with bench(tmp_path, *faults) as phone:
        launch = phone.launch(GPU)
        assert (launch.status, launch.reason) == (Status.OK, None)
        assert launch.reported is not None
        assert launch.reported.runs is not None
        assert launch.reported.runs >= 5
        assert phone.left_on_phone == []


@pytest.mark.parametrize(
    ("fault", "delegate", "status", "words"),
    [
        ("exec-denied", CPU, Status.FAILED, "the phone refuses to execute it"),
        ("wrong-abi", CPU, Status.FAILED, "the phone's userland cannot execute it"),
        ("storage-full=100", CPU, Status.FAILED, "No space left on device"),
        ("gpu-crash", GPU, Status.FAILED, "ended by signal 11): Segmentation fault"),
        (
            "gpu-init",
            GPU,
            Status.FAILED,
            "the GPU delegate could not be applied: Can not open OpenCL library",
        ),
        (
            "unknown-flags",
            GPU,
            Status.UNSUPPORTED,
            "does not know --use_gpu and would silently run without it",
        ),
        ("garbled-log", CPU, Status.FAILED, "the run did not finish"),
        ("reboot=3", CPU, Status.FAILED, "begun 3 times, and never ended"),
    ],
)
def test_what_cannot_work_is_named(
    tmp_path: Path, fault: str, delegate: Delegate, status: Status, words: str
):
    with bench(tmp_path, fault) as phone:
        launch = phone.launch(delegate)
        assert launch.status is status
        assert words in (launch.reason or "")
        assert (launch.reported, launch.delegation.actual, launch.contaminated) == (None, None, None)
        assert phone.left_on_phone == []


@pytest.mark.parametrize(
    ("fault", "delegate", "nodes", "words"),
    [
        ("nnapi-absent", NNAPI, 0, "asked for nnapi, ran on cpu: "),
        ("nnapi-none", NNAPI, 0, "asked for nnapi, ran on cpu: "),
        ("nnapi-partial", NNAPI, 6, "the CPU ran the rest (5 DEPTHWISE_CONV_2D, 1 MEAN"),
        ("gpu-partial", GPU, 1, "the CPU ran the rest (5 DEPTHWISE_CONV_2D, 5 CONV_2D"),
    ],
)
def test_a_delegate_that_leaves_work_to_the_cpu_is_a_fallback(
    tmp_path: Path, fault: str, delegate: Delegate, nodes: int, words: str
):
    with bench(tmp_path, fault) as phone:
        launch = phone.launch(delegate)
        assert launch.status is Status.FALLBACK
        assert words in (launch.reason or "")
        assert (launch.delegation.delegated_nodes, launch.delegation.total_nodes) == (nodes, 14)
        assert sum(number for _, number in launch.delegation.left_on_cpu) == 14 - nodes
        assert launch.reported is not None


def test_a_phone_that_went_away_is_waited_for_and_that_is_said(tmp_path: Path):
    told: list[str] = []
    with bench(tmp_path, "reboot=1") as phone:
        phone.launcher.on_lost = told.append
        assert phone.launch().status is Status.OK
    assert [each.endswith("; waiting for it, 3 minutes at most") for each in told] == [True]


def test_a_tool_that_hangs_is_ended_and_the_phone_goes_on(tmp_path: Path):
    with bench(tmp_path, "hang=1") as phone:
        hung = phone.launch(timeout_s=2.0)
        assert hung.status is Status.TIMED_OUT
        assert hung.reason == "no end within 2 s; its process was ended, and the phone answers"
        assert "INFO: count=" in phone.log()
        assert phone.left_on_phone == []
        assert phone.launch().status is Status.OK


def test_heat_spoils_a_launch_and_rest_makes_the_next_one_count(tmp_path: Path):
    with bench(tmp_path, "throttling=1") as phone, phone.launcher.phone.session():
        with phone.simulated.phone.condition.working():
            time.sleep(1.5)
        spoiled = phone.launch()
        assert spoiled.status is Status.OK
        assert "thermal status" in (spoiled.contaminated or "")
        assert spoiled.needs_retake
        phone.launcher.settle()
        again = phone.launch(attempt=1)
        assert (again.status, again.contaminated, again.attempt) == (Status.OK, None, 1)


def test_an_empty_battery_spoils_every_launch(tmp_path: Path):
    with bench(tmp_path, "low-battery=9") as phone:
        assert "battery at 9 %, below 25 %" in (phone.launch().contaminated or "")


def test_cores_are_asked_for_and_read_back(tmp_path: Path):
    with bench(tmp_path, options=PhoneOptions(cores="little")) as phone:
        launch = phone.launch(threads=2)
        assert (launch.affinity_requested, launch.affinity) == ((0, 1, 2, 3), (0, 1, 2, 3))
        assert "taskset f " in phone.log()


def test_a_phone_without_taskset_is_measured_and_tells_on_which_cores(tmp_path: Path):
    with bench(tmp_path, options=PhoneOptions(cores="big"), userland=PLAIN_LINUX) as phone:
        launch = phone.launch(threads=2)
        assert launch.status is Status.OK
        assert launch.affinity_requested == (4, 5, 6, 7)
        assert launch.affinity == (0, 1, 2, 3, 4, 5, 6, 7)
        assert "asked for CPUs 4,5,6,7, the process was allowed 0,1" in launch.notes[-1]
        assert "taskset" not in phone.log()


def test_an_image_is_fed_in_place_of_random_data(tmp_path: Path):
    model = starter()
    assert model.facts is not None
    array = tmp_path / "image.npy"
    np.save(array, np.zeros(model.facts.inputs[0].shape, np.float32))
    with bench(tmp_path) as phone:
        launch = phone.launch(fed=ModelInput(array=array, description="image x.jpg"))
        assert (launch.status, launch.input_description) == (Status.OK, "image x.jpg")
        assert "--input_layer_value_files=" in phone.log()


def test_a_phone_with_the_few_commands_of_android_5_keeps_its_logs(tmp_path: Path):
    with bench(tmp_path, userland=ANDROID_5) as phone:
        launch = phone.launch(CPU)
        assert (launch.status, launch.reason) == (Status.OK, None)
        assert launch.reported is not None
        assert launch.reported.median_ms
        assert "Inference timings in us" in (tmp_path / "cpu.0.log").read_text()
        assert phone.left_on_phone == []


def test_a_tool_of_tensorflow_2_4_is_known_by_its_bare_help(tmp_path: Path):
    with bench(tmp_path, "old-tool") as phone:
        launch = phone.launch(CPU)
        assert (launch.status, launch.reason) == (Status.OK, None)
        assert launch.reported is not None
        assert launch.reported.median_ms is None
        assert launch.reported.mean_ms


@pytest.mark.parametrize(
    ("text", "size_bytes"),
    [
        ("1234\n", 1234),
        ("    1234\n", 1234),
        ("-rw-rw-rw- shell    shell        1234 2015-01-02 03:04 log\n", 1234),
        ("-rw-r--r-- 1 shell shell 1234 Jan  2 03:04 /data/local/tmp/x/log\n", 1234),
        ("-rw-rw-rw- 1 shell shell 1234 2024-01-02 03:04 /data/local/tmp/12 2020-01-01 x\n", 1234),
        ("/system/bin/sh: wc: not found\n", None),
        ("", None),
    ],
)
def test_a_size_is_read_from_whatever_tool_there_is(text: str, size_bytes: int | None):
    assert parse_size_bytes(text) == size_bytes
