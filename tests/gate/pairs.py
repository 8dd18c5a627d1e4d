"""Launch pairs made by hand: what tests of the gate's pure parts judge."""

from __future__ import annotations

from collections.abc import Sequence

from harness.records.gate import Cell, LaunchPair, PairSide, Side, Turn
from harness.records.launch import Delegation
from harness.records.vocabulary import Delegate, Runtime, Stage, Status

OLD = Side("old.tflite", "old", "/models/old.tflite", "a" * 64, 1_000_000)
NEW = Side("new.tflite", "new", "/models/new.tflite", "b" * 64, 1_010_000, Runtime.LITERT, "2.1.0")
CELL = Cell("new", "local", Delegate.CPU, 1, OLD, NEW)


def side(**changes: object) -> PairSide:
    values: dict[str, object] = {
        "status": Status.OK,
        "delegation": Delegation(Delegate.CPU, Delegate.CPU, 31, 31, 1),
        "init_ms": 3.0,
        "first_ms": 4.5,
        "peak_memory_bytes": 60_000_000,
        "runtime_version": "2.3.0",
        "affinity": (1,),
    }
    return PairSide(**{**values, **changes})  # type: ignore[arg-type]


def turn(a_ms: float, b_ms: float, *, a_first: bool = True, invokes: int = 4) -> Turn:
    a, b = round(a_ms * 1e6), round(b_ms * 1e6)
    a_ns, b_ns = (2 * a, *[a] * (invokes - 1)), (2 * b, *[b] * (invokes - 1))
    return Turn(a_first, a_ns, b_ns, a_ns, b_ns)


def pair(
    ratio: float = 1.0,
    *,
    index: int = 0,
    stage: Stage = Stage.SCREEN,
    cell: Cell = CELL,
    turns: int = 6,
    a: PairSide | None = None,
    b: PairSide | None = None,
    **changes: object,
) -> LaunchPair:
    """A pair whose every turn shows `ratio`."""
    return LaunchPair(
        cell=cell.key,
        stage=stage,
        index=index,
        started_at="2026-11-23T10:15:00.000+00:00",
        a_started_first=index % 2 == 0,
        a=a or side(),
        b=b or side(),
        turns=tuple(turn(3.0, 3.0 * ratio, a_first=number % 2 == 0) for number in range(turns)),
        cores=(0, 1),
        **changes,  # type: ignore[arg-type]
    )


def pairs(ratios: Sequence[float], *, stage: Stage = Stage.SCREEN, cell: Cell = CELL) -> list[LaunchPair]:
    return [pair(ratio, index=index, stage=stage, cell=cell) for index, ratio in enumerate(ratios)]
