"""A launch pair: two fresh processes that take turns, so that whatever changes hits both alike.

Everything that could favour a side is drawn anew for each pair: which starts
first, the length of an environment variable (it shifts the stack), which copy of
a file is whose, the order of the cores, and the order within each turn.
"""

from __future__ import annotations

import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from harness.errors import LaunchError
from harness.latency.conversation import Times, failure, load_request, record_of, warm_up
from harness.latency.launcher import LaunchOrder
from harness.latency.process import WorkerProcess
from harness.latency.turns import plan_turns, turn_orders
from harness.records.gate import LaunchPair, PairSide, Turn
from harness.records.launch import DeviceState, Launch
from harness.records.vocabulary import Stage, Status

__all__ = ["LocalPairs", "PairOrder", "SideOrder", "pair_side"]

# A page: the stack of a process starts anywhere in it (Mytkowicz et al., ASPLOS 2009).
_MOST_PADDING = 4096
_NO_LIMIT_MS = 1e9
# Of the latest invokes of warm-up, which say how long one lasts.
_LATEST = 9


@dataclass(frozen=True, slots=True)
class SideOrder:
    """One launch of a pair, the interpreter that hosts it, and extra work for calibration."""

    launch: LaunchOrder
    python: str = sys.executable
    extra_work: int = 0


@dataclass(frozen=True, slots=True)
class PairOrder:
    """Everything one pair needs. `cores`: the CPUs to choose two from and pin both sides to; empty: free."""

    cell: str
    stage: Stage
    index: int
    a: SideOrder
    b: SideOrder
    turns: int
    cores: tuple[int, ...]
    seed: int
    attempt: int = 0


@dataclass(slots=True)
class _Player:
    """A side while its process lives. The error that ended it stays with it."""

    order: SideOrder
    copy: Path
    padding: int
    worker: WorkerProcess
    times: Times
    error: LaunchError | None = None

    def ask(self, op: str, **arguments: object) -> dict[str, Any]:
        try:
            return self.worker.ask(op, **arguments)
        except LaunchError as error:
            self.error = error
            raise

    def load(self) -> None:
        launch = self.order.launch
        on_copy = replace(launch, model=replace(launch.model, path=str(self.copy)))
        self.times.load = self.ask("load", **load_request(on_copy))
        try:
            warm_up(self.worker, launch.sampling, self.times)
        except LaunchError as error:
            self.error = error
            raise

    @property
    def invoke_ms(self) -> float:
        return statistics.median(self.times.warmup_ns[-_LATEST:]) / 1e6


class LocalPairs:
    """Makes launch pairs on this computer. `read_state` is asked before and after every pair."""

    def __init__(self, *, read_state: Callable[[], DeviceState]) -> None:
        self._read_state = read_state

    def make(self, order: PairOrder) -> LaunchPair:
        """Start both, load, warm up, let them take turns, end them.

        Never raises for a side that fails: that is its status, with the reason.
        KeyboardInterrupt ends both processes and passes through.
        """
        draw = random.Random(f"{order.seed}/{order.cell}/{order.stage}/{order.index}/{order.attempt}")
        before = self._read_state()
        started = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        clock = time.monotonic()
        a_first = draw.random() < 0.5
        cores = tuple(draw.sample(order.cores, min(2, len(order.cores))))
        with tempfile.TemporaryDirectory(prefix="harness-pair-") as folder:
            a, b = _players(order, Path(folder), draw)
            turns = _measure((a, b) if a_first else (b, a), a, b, _Script(order.turns, cores, draw))
        return LaunchPair(
            cell=order.cell,
            stage=order.stage,
            index=order.index,
            started_at=started,
            a_started_first=a_first,
            a=_ended(a, started),
            b=_ended(b, started),
            turns=tuple(turns),
            cores=cores,
            attempt=order.attempt,
            state_before=before,
            state_after=self._read_state(),
            duration_s=time.monotonic() - clock,
            log=order.a.launch.log_name,
        )


@dataclass(frozen=True, slots=True)
class _Script:
    turns: int
    cores: tuple[int, ...]
    draw: random.Random


def _players(order: PairOrder, folder: Path, draw: random.Random) -> tuple[_Player, _Player]:
    names = draw.sample(("0.tflite", "1.tflite"), 2)
    a, b = (_player(side, folder / name, draw) for side, name in zip((order.a, order.b), names, strict=True))
    return a, b


def _player(side: SideOrder, copy: Path, draw: random.Random) -> _Player:
    shutil.copyfile(side.launch.model.path, copy)
    padding = draw.randrange(_MOST_PADDING)
    worker = WorkerProcess(
        log=side.launch.log,
        timeout_s=side.launch.timeout_s,
        python=side.python,
        environment={"HARNESS_PADDING": "x" * padding},
    )
    return _Player(side, copy, padding, worker, Times())


def _measure(in_order: tuple[_Player, _Player], a: _Player, b: _Player, script: _Script) -> list[Turn]:
    """The turns until the end or until a side fails."""
    turns: list[Turn] = []
    try:
        with ExitStack() as stack:
            for player in in_order:
                stack.enter_context(player.worker)
            _start(in_order)
            _pin(in_order, script.cores[:1])
            for player in in_order:
                player.load()
            _take_turns(a, b, script, turns)
            for player in in_order:
                player.times.close = player.ask("close")
    except LaunchError:
        if a.error is None and b.error is None:
            raise
    return turns


def _start(players: tuple[_Player, _Player]) -> None:
    """Both import their runtime at the same time; nothing is measured yet."""
    for player in players:
        trial = player.order.launch.trial
        player.worker.send("import", runtime=trial.runtime.value, delegate=trial.delegate.value)
    for player in players:
        try:
            player.worker.answer("import")
        except LaunchError as error:
            player.error = error
            raise


def _pin(players: tuple[_Player, _Player], cores: tuple[int, ...]) -> None:
    if cores:
        for player in players:
            player.ask("pin", cpus=list(cores))


def _take_turns(a: _Player, b: _Player, script: _Script, turns: list[Turn]) -> None:
    """Fine turns; half of them on either core, where the pair is pinned."""
    plan = plan_turns(a.invoke_ms, b.invoke_ms, turns=script.turns)
    swap_at = plan.turns // 2 if len(script.cores) > 1 else None
    for number, a_first in enumerate(turn_orders(plan.turns, script.draw)):
        if number == swap_at:
            _pin((a, b), script.cores[1:])
            _turn(a, b, invokes=2, a_first=a_first)  # the caches of the other core are cold
        turns.append(_turn(a, b, invokes=plan.invokes, a_first=a_first))


def _turn(a: _Player, b: _Player, *, invokes: int, a_first: bool) -> Turn:
    told = {}
    for player in (a, b) if a_first else (b, a):
        told[id(player)] = player.ask(
            "invoke", count=invokes, max_ms=_NO_LIMIT_MS, waits=True, extra_work=player.order.extra_work
        )
    of_a, of_b = told[id(a)], told[id(b)]
    several = a.order.launch.trial.threads > 1 or b.order.launch.trial.threads > 1
    return Turn(
        a_first,
        tuple(of_a["wall_ns"]),
        tuple(of_b["wall_ns"]),
        tuple(of_a["cpu_ns"]),
        tuple(of_b["cpu_ns"]),
        tuple(of_a.get("wait_ns", ())),
        tuple(of_b.get("wait_ns", ())),
        tuple(of_a.get("run_ns", ())) if several else (),
        tuple(of_b.get("run_ns", ())) if several else (),
    )


def _ended(player: _Player, started: str) -> PairSide:
    status, reason = _how_it_ended(player)
    order = player.order
    launch = record_of(order.launch, player.times, started_at=started, status=status, reason=reason)
    return pair_side(launch, padding_bytes=player.padding, extra_work=order.extra_work)


def _how_it_ended(player: _Player) -> tuple[Status, str | None]:
    if player.error is not None:
        return failure(player.error, player.times)
    if not player.times.close:
        return Status.SKIPPED, "the other side failed first"
    return Status.OK, None


def pair_side(launch: Launch, *, padding_bytes: int = 0, extra_work: int = 0) -> PairSide:
    """What a pair keeps of one of its launches, its samples left to the turns."""
    return PairSide(
        status=launch.status,
        reason=launch.reason,
        delegation=launch.delegation,
        init_ms=launch.init_ms,
        first_ms=launch.first_ms,
        peak_memory_bytes=launch.peak_memory_bytes,
        runtime_version=launch.runtime_version,
        warmup_ns=launch.warmup_ns,
        warmup_settled=launch.warmup_settled,
        process_threads=launch.process_threads,
        affinity=launch.affinity,
        threads_ns=launch.threads_ns,
        padding_bytes=padding_bytes,
        extra_work=extra_work,
        reported=launch.reported,
    )
