"""Pairs made of whole launches, with the real launcher of this computer, and with one that overheats."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.devices.connect import connect
from harness.gate.statistic import counts, log_ratio
from harness.latency.launch_pair import LaunchedPairs
from harness.latency.launcher import LaunchOrder, ModelInput
from harness.latency.local import LocalLauncher
from harness.latency.pair import PairOrder, SideOrder
from harness.latency.sampling import Sampling
from harness.records.launch import Delegation, Launch, ReportedLatency
from harness.records.model import Model
from harness.records.trial import Trial
from harness.records.vocabulary import Delegate, Runtime, Stage, Status
from harness.resources import starter_path

MODEL = starter_path() / "models" / "starter_small_int8.tflite"
TRIAL = Trial("m", "0" * 64, "phone", Runtime.BENCHMARK_MODEL, Delegate.CPU, 1)


def order(folder: Path, *, index: int = 0, runtime: Runtime = Runtime.LITERT) -> PairOrder:
    trial = replace(TRIAL, runtime=runtime)
    model = Model("m", str(MODEL), "0" * 64, 1)
    log = folder / "launch.log"
    sampling = Sampling(1, 3, 100.0, 10, 50.0, 0.01)
    launch = LaunchOrder(trial, model, ModelInput(), index, 0, sampling, 60.0, log, "logs/launch.log")
    return PairOrder("cell", Stage.SCREEN, index, SideOrder(launch), SideOrder(launch), 0, (), seed=3)


def test_two_launches_make_a_pair_with_everything_that_surrounds_them(tmp_path: Path):
    launcher = LocalLauncher(read_state=connect("local").state)
    pair = LaunchedPairs(launcher).make(order(tmp_path))
    assert counts(pair)
    [turn] = pair.turns
    assert min(len(turn.a_ns), len(turn.b_ns)) >= 10
    assert abs(log_ratio(pair)) < 1
    assert pair.a.init_ms is not None
    assert pair.b.peak_memory_bytes is not None


class Phone:
    """A launcher that prints figures only, as some builds of the tool do, and may overheat."""

    def __init__(
        self, *, contaminated: str | None = None, fails: bool = False, told_ms: float | None = None
    ) -> None:
        self.contaminated = contaminated
        self.fails = fails
        self.told_ms = told_ms
        self.settled = 0
        self.launches: list[float] = []

    def launch(self, order: LaunchOrder) -> Launch:
        self.launches.append(10.0 + len(self.launches))
        return Launch(
            trial=order.trial.key,
            index=order.index,
            round=0,
            started_at="2026-11-23T10:15:00.000+00:00",
            status=Status.FAILED if self.fails else Status.OK,
            reason="no such op" if self.fails else None,
            delegation=Delegation(Delegate.CPU, Delegate.CPU),
            contaminated=self.contaminated if len(self.launches) == 2 else None,
            reported=ReportedLatency(median_ms=self.launches[-1] if self.told_ms is None else self.told_ms),
        )

    def settle(self) -> None:
        self.settled += 1


def test_sides_go_first_in_the_order_a_b_b_a(tmp_path: Path):
    pairs = LaunchedPairs(Phone())
    firsts = [pairs.make(order(tmp_path, index=index)).a_started_first for index in range(8)]
    assert all(one != two for one, two in zip(firsts[::2], firsts[1::2], strict=True))


def test_figures_without_samples_are_compared_as_the_tool_printed_them(tmp_path: Path):
    pair = LaunchedPairs(Phone()).make(order(tmp_path))
    assert not pair.turns
    assert abs(log_ratio(pair)) > 0


def test_a_pair_is_spoiled_as_a_pair_and_the_device_may_settle(tmp_path: Path):
    phone = Phone(contaminated="thermal status 2")
    pair = LaunchedPairs(phone).make(order(tmp_path))
    assert pair.spoiled == "thermal status 2"
    assert not counts(pair)
    assert phone.settled == 1


def test_a_failed_launch_is_the_status_of_its_side(tmp_path: Path):
    pair = LaunchedPairs(Phone(fails=True)).make(order(tmp_path))
    assert pair.a.status is Status.FAILED
    assert pair.a.reason == "no such op"


def test_a_launch_whose_tool_counted_no_microsecond_has_failed(tmp_path: Path):
    pair = LaunchedPairs(Phone(told_ms=0.0)).make(order(tmp_path))
    assert pair.a.status is pair.b.status is Status.FAILED
    assert pair.a.reason == "the tool told no time of an invoke above 0"
