"""From the command line's words to a plan, and to the orders its pairs are made by."""

from __future__ import annotations

import math
import platform
import random
import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import product

from harness import __version__
from harness.devices.base import Device
from harness.devices.connect import connect
from harness.errors import RunFolderError, UsageError
from harness.gate.sides import SideSpec, interpreter_of, pair_models, parse_side
from harness.records.gate import Cell, GatePlan, PlannedCell, Rule, Side
from harness.records.model import Model
from harness.records.run import Provenance
from harness.records.vocabulary import Delegate, Metric, Runtime
from harness.zoo.locate import Locate
from harness.zoo.registry import load_zoo
from harness.zoo.resolve import resolve_models

__all__ = ["DEFAULT_TURNS", "GateRequest", "PreparedGate", "as_fraction", "prepare_again", "prepare_gate"]

DEFAULT_TURNS = 24
_DEVICE = "local"


@dataclass(frozen=True, slots=True)
class GateRequest:
    """The options of `harness gate` as given; None: not said."""

    a: str
    b: str
    a_python: str | None = None
    b_python: str | None = None
    threads: tuple[int, ...] = (1,)
    delegates: tuple[Delegate, ...] = (Delegate.CPU,)
    tolerance: float | None = None
    target: float | None = None
    metric: Metric = Metric.LATENCY
    seed: int | None = None
    preflight: bool = True
    turns: int = DEFAULT_TURNS
    offline: bool = False


@dataclass(frozen=True, slots=True)
class PreparedGate:
    """A plan, and the live things that its pairs need."""

    plan: GatePlan
    device: Device
    models: Mapping[str, tuple[Model, Model]]
    """A's and B's model, by key of the cell."""


def prepare_gate(
    request: GateRequest, *, ensure: Callable[[Runtime, str], str], locate: Locate
) -> PreparedGate:
    """Resolve both sides and check everything the request names. Raises a UsageError."""
    device = connect(_DEVICE)
    a, b = parse_side(request.a), parse_side(request.b)
    zoo = load_zoo()
    of_a, of_b = (resolve_models([side.models], zoo, locate=locate) for side in (a, b))
    pythons = (
        interpreter_of(a, request.a_python, flag="--a-python", ensure=ensure),
        interpreter_of(b, request.b_python, flag="--b-python", ensure=ensure),
    )
    cells: list[PlannedCell] = []
    models: dict[str, tuple[Model, Model]] = {}
    for (name, model_a, model_b), delegate, threads in product(
        pair_models(of_a, of_b), request.delegates, request.threads
    ):
        cell = Cell(
            name, _DEVICE, delegate, threads, _side(a, model_a, pythons[0]), _side(b, model_b, pythons[1])
        )
        cells.append(_planned(cell, request))
        models[cell.key] = (model_a, model_b)
    return PreparedGate(_plan(request, tuple(cells), device), device, models)


def prepare_again(plan: GatePlan) -> PreparedGate:
    """The live things of a plan made before. Raises RunFolderError where a model's file has changed."""
    models = {}
    for planned in plan.cells:
        sides = (planned.cell.a, planned.cell.b)
        found = [resolve_models([side.path], load_zoo())[0] for side in sides]
        for side, model in zip(sides, found, strict=True):
            if model.sha256 != side.sha256:
                raise RunFolderError(
                    f"{side.path} is not the file that was measured (sha256 {side.sha256[:12]}…)",
                    next_step="begin a new gate run",
                )
        models[planned.cell.key] = (found[0], found[1])
    return PreparedGate(plan, connect(_DEVICE), models)


def as_fraction(flag: str, text: str | None) -> float | None:
    """`2%` or `0.02` as 0.02; None stays None. Raises UsageError."""
    if text is None:
        return None
    number, per_cent, rest = text.strip().partition("%")
    try:
        value = float(number) / (100 if per_cent else 1)
    except ValueError:
        value = math.nan
    if rest.strip() or not 0 <= value < 1:
        raise UsageError(f"{flag} {text!r} is no share", next_step=f"as in {flag} 2% or {flag} 0.02")
    return value


def _side(spec: SideSpec, model: Model, python: str | None) -> Side:
    return Side(
        spec=spec.spec,
        model=model.name,
        path=model.path,
        sha256=model.sha256,
        size_bytes=model.size_bytes,
        runtime=spec.runtime,
        runtime_version=spec.version,
        python=python,
    )


def _planned(cell: Cell, request: GateRequest) -> PlannedCell:
    if request.metric is Metric.CPU_TIME and (cell.threads != 1 or cell.delegate is Delegate.GPU):
        raise UsageError(
            f"{cell.title}: CPU time can be the verdict for one thread on a CPU only",
            next_step="elsewhere it counts threads that only spin, and nothing of what a GPU does",
        )
    tolerance, target = _margins(request)
    rule = Rule(metric=request.metric, tolerance=tolerance, target=target)
    chosen = request.tolerance is None and request.target is None and request.preflight
    return PlannedCell(cell, rule, choose_margins=chosen)


def _margins(request: GateRequest) -> tuple[float, float]:
    """Both margins; the one that is not given keeps the usual proportion of the default's."""
    default = Rule()
    if request.tolerance is None and request.target is None:
        return default.tolerance, default.target
    tolerance = request.tolerance
    target = request.target
    if tolerance is None:
        assert target is not None
        tolerance = min(default.tolerance, target * default.tolerance / default.target)
    if target is None:
        target = max(default.target, tolerance * default.target / default.tolerance)
    if not 0 <= tolerance < target:
        raise UsageError(
            f"--tolerance {tolerance:.2%} and --target {target:.2%}: the target must lie above the tolerance",
            next_step="a slowdown up to the tolerance is accepted, one of the target is found",
        )
    return tolerance, target


def _plan(request: GateRequest, cells: tuple[PlannedCell, ...], device: Device) -> GatePlan:
    started = datetime.now(timezone.utc)
    return GatePlan(
        name=f"{started:%Y-%m-%dT%H-%M-%S}_gate",
        started_at=started.isoformat(timespec="seconds"),
        cells=cells,
        seed=random.SystemRandom().randrange(1 << 32) if request.seed is None else request.seed,
        turns=request.turns,
        preflight_pairs=5 if request.preflight else 0,
        provenance=Provenance(
            harness_version=__version__,
            python_version=platform.python_version(),
            host=(("system", platform.platform()), ("node", platform.node())),
            devices=((device.profile.name, device.fingerprint()),),
            git_commit=None,
            command=shlex.join(["harness", *sys.argv[1:]]),
        ),
    )
