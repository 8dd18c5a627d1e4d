"""Launches on this computer, with the real runtime and real models."""

from __future__ import annotations

import os
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from harness.devices.connect import connect
from harness.latency.launcher import LaunchOrder, ModelInput
from harness.latency.local import LocalLauncher
from harness.latency.sampling import Sampling
from harness.records.launch import Launch
from harness.records.model import Model
from harness.records.trial import Trial
from harness.records.vocabulary import Delegate, Runtime, Status
from harness.resources import starter_path
from harness.zoo.inspect import inspect_model
from tests.conftest import require_or_skip

SMALL = starter_path() / "models" / "starter_small_float32.tflite"
SAMPLING = Sampling(1, 3, 100.0, 10, 50.0, 0.01)
SWIFTSHADER = Path("/usr/lib/chromium/vk_swiftshader_icd.json")


def launch(
    model: Path,
    folder: Path,
    *,
    delegate: Delegate = Delegate.CPU,
    runtime: Runtime = Runtime.LITERT,
    threads: int = 1,
    timeout_s: float = 60,
    sampling: Sampling = SAMPLING,
) -> Launch:
    device = connect("local")
    of_file = Model(model.stem, str(model), "0" * 64, 1)
    if model.exists() and model.stat().st_size > 10_000:
        of_file = replace(of_file, facts=inspect_model(model))
    trial = Trial(model.stem, "0" * 64, "local", runtime, delegate, threads)
    order = LaunchOrder(
        trial, of_file, ModelInput(), 0, 0, sampling, timeout_s, folder / "launch.log", "logs/launch.log"
    )
    return LocalLauncher(read_state=device.state).launch(order)


def test_a_launch_yields_samples_and_what_surrounds_them(tmp_path: Path):
    made = launch(SMALL, tmp_path)
    assert made.status is Status.OK
    assert made.reason is None
    assert len(made.samples_ns) == len(made.cpu_ns) >= 10
    assert len(made.warmup_ns) >= 3
    assert made.first_ms == made.warmup_ns[0] / 1e6
    assert made.init_ms is not None
    assert made.init_ms > 0
    assert made.runtime_version
    assert made.process_threads == 1
    assert made.delegation.actual is Delegate.CPU
    assert made.delegation.evidence
    assert made.state_before.load_1m is not None or not hasattr(os, "getloadavg")
    assert made.log == "logs/launch.log"


def test_threads_asked_for_are_seen_by_the_system(tmp_path: Path):
    made = launch(SMALL, tmp_path, threads=2)
    if made.process_threads is None:
        pytest.skip("this system does not tell the threads of a process")
    assert made.process_threads >= 2


def test_sampling_keeps_its_bounds(tmp_path: Path):
    at_most = replace(SAMPLING, samples_min=5, samples_max_ms=20.0, target=0.0)
    made = launch(SMALL, tmp_path, sampling=at_most)
    assert len(made.samples_ns) >= 5
    # One batch may begin before the limit and end after it.
    assert sum(made.samples_ns) / 1e6 < 20.0 + 50.0


def test_builtin_kernels_run_when_asked_for(tmp_path: Path):
    made = launch(SMALL, tmp_path, delegate=Delegate.CPU_BUILTIN)
    assert made.status is Status.OK
    assert made.delegation.actual is Delegate.CPU_BUILTIN
    assert made.delegation.delegated_nodes == 0


def test_a_broken_model_fails_with_the_runtimes_words(tmp_path: Path):
    broken = tmp_path / "broken.tflite"
    broken.write_bytes(b"no model")
    made = launch(broken, tmp_path)
    assert made.status is Status.FAILED
    assert made.reason is not None
    assert made.reason.startswith("loading failed")
    assert not made.samples_ns


def test_a_launch_that_takes_too_long_is_timed_out(tmp_path: Path):
    made = launch(SMALL, tmp_path, timeout_s=0.01)
    assert made.status is Status.TIMED_OUT
    assert made.reason is not None
    assert "within 0 s" in made.reason


def test_a_delegate_that_is_not_here_is_unsupported(tmp_path: Path):
    made = launch(SMALL, tmp_path, delegate=Delegate.NNAPI)
    assert made.status is Status.UNSUPPORTED
    assert made.delegation.actual is None


def test_a_runtime_that_is_not_installed_is_unsupported(tmp_path: Path):
    if find_spec("tflite_runtime") is not None:
        pytest.skip("tflite-runtime is installed here")
    made = launch(SMALL, tmp_path, runtime=Runtime.TFLITE_RUNTIME)
    assert made.status is Status.UNSUPPORTED
    assert made.reason is not None
    assert "tflite-runtime" in made.reason


class TestGpu:
    """On Debian's SwiftShader, a renderer on the CPU that Vulkan takes for an adapter."""

    @pytest.fixture
    def swiftshader(self, monkeypatch: pytest.MonkeyPatch) -> None:
        if not SWIFTSHADER.exists():
            require_or_skip("Debian's chromium with SwiftShader is not installed")
        monkeypatch.setenv("VK_DRIVER_FILES", str(SWIFTSHADER))

    @pytest.fixture
    def no_adapter(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("VK_DRIVER_FILES", "/nonexistent/icd.json")

    @pytest.mark.usefixtures("no_adapter")
    def test_without_an_adapter_it_is_unsupported_and_nothing_ran(self, tmp_path: Path):
        made = launch(SMALL, tmp_path, delegate=Delegate.GPU)
        assert made.status is Status.UNSUPPORTED
        assert made.reason is not None
        assert "GPU" in made.reason
        assert not made.samples_ns
        assert made.delegation.actual is None

    @pytest.mark.usefixtures("swiftshader")
    def test_a_graph_it_takes_whole_is_ok_and_names_the_adapter(self, tmp_path: Path, assets: Path):
        model = assets / "models" / "tf2_mobilenet_v2_1.0_224_ptq.tflite"
        made = launch(model, tmp_path, delegate=Delegate.GPU, sampling=replace(SAMPLING, samples_min=3))
        assert made.status is Status.OK, made.reason
        assert made.delegation.actual is Delegate.GPU
        assert made.delegation.delegated_nodes == made.delegation.total_nodes
        assert made.delegation.adapter is not None
        assert "SwiftShader" in made.delegation.adapter

    @pytest.mark.usefixtures("swiftshader")
    def test_a_graph_it_takes_in_part_is_a_fallback_that_names_the_rest(self, tmp_path: Path, assets: Path):
        model = assets / "models" / "mobilenet_v1_0.25_224.tflite"
        made = launch(model, tmp_path, delegate=Delegate.GPU, sampling=replace(SAMPLING, samples_min=3))
        assert made.status is Status.FALLBACK
        assert made.reason is not None
        assert "SQUEEZE" in made.reason
        assert (made.delegation.delegated_nodes, made.delegation.total_nodes) == (29, 31)
        assert made.samples_ns
