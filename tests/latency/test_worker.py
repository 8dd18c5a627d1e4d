"""The measuring process through its pipes, and its pure parts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.latency import worker
from harness.latency.process import WORKER_SCRIPT
from harness.resources import starter_path

MODEL = starter_path() / "models" / "starter_small_float32.tflite"


def talk(*requests: dict[str, Any]) -> list[dict[str, Any]]:
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    done = subprocess.run(
        [sys.executable, str(WORKER_SCRIPT)],
        input=lines,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def load(model: Path = MODEL, **changes: Any) -> dict[str, Any]:
    request = {"op": "load", "model": str(model), "runtime": "litert", "delegate": "cpu", "threads": 1}
    return {**request, "input": {"seed": 0}, **changes}


def test_a_conversation_measures_and_ends():
    loaded, timed, closed = talk(load(), {"op": "invoke", "count": 7, "max_ms": 1e6}, {"op": "close"})
    assert loaded["ok"]
    assert loaded["init_ms"] > 0
    assert loaded["runtime_version"]
    assert len(timed["wall_ns"]) == len(timed["cpu_ns"]) == 7
    assert all(ns > 0 for ns in timed["wall_ns"])
    assert closed["peak_memory_bytes"] > 1e6
    if hasattr(os, "sched_getaffinity"):
        assert closed["affinity"] == sorted(os.sched_getaffinity(0))


def test_xnnpack_is_proven_by_the_graph_not_assumed():
    [with_it] = talk(load())
    [without] = talk(load(delegate="cpu-builtin"))
    assert with_it["delegation"]["actual"] == "cpu"
    assert 0 < with_it["delegation"]["delegated_nodes"] <= with_it["delegation"]["total_nodes"]
    assert without["delegation"]["actual"] == "cpu-builtin"
    assert without["delegation"]["delegated_nodes"] == 0
    assert without["delegation"]["total_nodes"] == with_it["delegation"]["total_nodes"]


def test_invokes_stop_at_the_time_limit_but_not_before_the_first():
    _, timed = talk(load(), {"op": "invoke", "count": 100_000, "max_ms": 0})
    assert len(timed["wall_ns"]) == 1


def test_only_protocol_lines_reach_standard_output():
    # The native runtime prints an INFO line on load; it must not be on the pipe.
    assert len(talk(load(), {"op": "close"})) == 2


def test_a_broken_model_is_an_answer(tmp_path: Path):
    broken = tmp_path / "broken model.tflite"
    broken.write_bytes(os.urandom(1000))
    [answer] = talk(load(broken))
    assert not answer["ok"]
    assert answer["kind"] == "failed"


@pytest.mark.parametrize(
    "changes",
    [{"delegate": "nnapi"}, {"runtime": "benchmark_model"}, {"runtime": "tflite-runtime", "delegate": "gpu"}],
)
def test_what_this_computer_has_not_is_unsupported(changes: dict[str, str]):
    [answer] = talk(load(**changes))
    assert answer["kind"] == "unsupported"


def test_a_given_array_must_fit_the_model(tmp_path: Path):
    array = tmp_path / "input.npy"
    np.save(array, np.zeros((1, 3, 3, 3), np.float32))
    [answer] = talk(load(input={"array": str(array)}))
    assert "the model takes float32[1," in answer["reason"]


class TestRandomInputs:
    def make(self, dtype: str, **wanted: float) -> np.ndarray[Any, Any]:
        [array] = worker.make_inputs(
            [{"name": "x", "shape": [1, 50, 50, 3], "dtype": dtype}], {"seed": 3, **wanted}
        )
        return np.asarray(array)

    @pytest.mark.parametrize(("dtype", "low", "high"), [("uint8", 0, 255), ("int8", -128, 127)])
    def test_integers_cover_their_range(self, dtype: str, low: int, high: int):
        array = self.make(dtype)
        assert array.dtype == dtype
        assert array.min() == low
        assert array.max() == high

    def test_floats_lie_where_told(self):
        array = self.make("float32", low=0.0, high=1.0)
        assert array.dtype == np.float32
        assert 0.0 <= array.min() < 0.01
        assert 0.99 < array.max() <= 1.0

    def test_the_seed_decides(self):
        assert np.array_equal(self.make("uint8"), self.make("uint8"))

    def test_wider_integers_are_zero_because_they_may_be_indices(self):
        assert not self.make("int32").any()


# Nodes 0 -> 1 -> 2 -> 3 over tensors 10 -> 11 -> 12 -> 13 -> 14.
CHAIN = [{"index": n, "inputs": [10 + n], "outputs": [11 + n]} for n in range(4)]


class TestCountDelegated:
    def test_no_kernel_no_delegation(self):
        assert worker.count_delegated(CHAIN, []) == 0

    def test_nodes_between_the_boundaries_are_counted(self):
        assert worker.count_delegated(CHAIN, [{"inputs": [11], "outputs": [13]}]) == 2

    def test_two_kernels_add_up(self):
        kernels = [{"inputs": [10], "outputs": [11]}, {"inputs": [12], "outputs": [14]}]
        assert worker.count_delegated(CHAIN, kernels) == 3

    def test_a_diamond_is_counted_once(self):
        diamond = [
            {"index": 0, "inputs": [1], "outputs": [2]},
            {"index": 1, "inputs": [2], "outputs": [3]},
            {"index": 2, "inputs": [2], "outputs": [4]},
            {"index": 3, "inputs": [3, 4], "outputs": [5]},
        ]
        assert worker.count_delegated(diamond, [{"inputs": [1], "outputs": [5]}]) == 4
