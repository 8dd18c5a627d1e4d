"""A launch pair with real processes and a real model."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.devices.connect import connect
from harness.gate.statistic import failed_side, log_ratio
from harness.latency.launcher import LaunchOrder, ModelInput
from harness.latency.pair import LocalPairs, PairOrder, SideOrder
from harness.latency.sampling import Sampling
from harness.records.gate import LaunchPair
from harness.records.model import Model
from harness.records.trial import Trial
from harness.records.vocabulary import Delegate, Metric, Runtime, Stage, Status
from harness.resources import starter_path

SMALL = starter_path() / "models" / "starter_small_float32.tflite"
WARM_UP = Sampling(1, 3, 100.0, 0, 0.0, 0.0)


def side(model: Path, folder: Path, letter: str, *, extra_work: int = 0, threads: int = 1) -> SideOrder:
    trial = Trial(model.stem, "0" * 64, "local", Runtime.LITERT, Delegate.CPU, threads)
    log = folder / f"{letter}.log"
    record = Model(model.stem, str(model), "0" * 64, 1)
    launch = LaunchOrder(trial, record, ModelInput(), 0, 0, WARM_UP, 60.0, log, f"logs/{letter}.log")
    return SideOrder(launch, extra_work=extra_work)


def make(a: SideOrder, b: SideOrder, *, cores: tuple[int, ...] = (), turns: int = 8) -> LaunchPair:
    device = connect("local")
    order = PairOrder("cell", Stage.SCREEN, 0, a, b, turns, cores, seed=1)
    return LocalPairs(read_state=device.state).make(order)


def test_both_sides_are_timed_in_turns_and_what_surrounds_them_is_kept(tmp_path: Path):
    pair = make(side(SMALL, tmp_path, "a"), side(SMALL, tmp_path, "b"))
    assert pair.a.status is pair.b.status is Status.OK
    assert len(pair.turns) == 8
    assert sum(turn.a_first for turn in pair.turns) == 4
    for turn in pair.turns:
        assert len(turn.a_ns) == len(turn.b_ns) == len(turn.a_cpu_ns) == len(turn.b_cpu_ns) > 1
    for each in (pair.a, pair.b):
        assert each.init_ms is not None
        assert each.init_ms > 0
        assert each.first_ms is not None
        assert each.peak_memory_bytes is not None
        assert each.runtime_version
        assert each.delegation.actual is Delegate.CPU
    assert pair.a.padding_bytes != pair.b.padding_bytes
    assert pair.duration_s is not None


def test_a_pinned_pair_ends_on_the_second_core(tmp_path: Path):
    cores = tuple(sorted(os.sched_getaffinity(0))) if hasattr(os, "sched_getaffinity") else ()
    if len(cores) < 2:
        pytest.skip("one CPU only")
    pair = make(side(SMALL, tmp_path, "a"), side(SMALL, tmp_path, "b"), cores=cores)
    assert len(pair.cores) == 2
    assert pair.a.affinity == pair.b.affinity == pair.cores[1:]


def test_extra_work_makes_b_slower_on_every_clock(tmp_path: Path):
    pair = make(side(SMALL, tmp_path, "a"), side(SMALL, tmp_path, "b", extra_work=200))
    assert log_ratio(pair, Metric.LATENCY) > 0.1
    assert log_ratio(pair, Metric.CPU_TIME) > 0.1
    assert pair.b.extra_work == 200


def test_where_the_system_tells_the_wait_for_a_cpu_is_kept(tmp_path: Path):
    if not Path("/proc/self/schedstat").exists():
        pytest.skip("this system does not tell")
    pair = make(side(SMALL, tmp_path, "a"), side(SMALL, tmp_path, "b"))
    assert all(len(turn.a_wait_ns) == len(turn.a_ns) for turn in pair.turns)


def test_a_side_that_fails_is_named_and_the_other_is_ended(tmp_path: Path):
    broken = tmp_path / "broken.tflite"
    broken.write_bytes(b"no model")
    pair = make(side(SMALL, tmp_path, "a"), side(broken, tmp_path, "b"))
    assert pair.b.status is Status.FAILED
    assert pair.b.reason is not None
    assert pair.b.reason.startswith("loading failed")
    assert pair.a.status is Status.SKIPPED
    assert failed_side(pair) == ("B", pair.b)
    assert not pair.turns


def test_the_same_order_draws_the_same_chances(tmp_path: Path):
    first = make(side(SMALL, tmp_path, "a"), side(SMALL, tmp_path, "b"), turns=2)
    again = make(side(SMALL, tmp_path, "a"), side(SMALL, tmp_path, "b"), turns=2)
    assert first.a_started_first == again.a_started_first
    assert first.a.padding_bytes == again.a.padding_bytes
    assert [turn.a_first for turn in first.turns] == [turn.a_first for turn in again.turns]
