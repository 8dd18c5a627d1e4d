"""From the command line's words to a plan, and to the live things its pairs need."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from itertools import product
from pathlib import Path

from harness.devices.base import Device
from harness.devices.connect import connect, name_of
from harness.errors import RunFolderError, UsageError
from harness.gate.baseline import find_baseline, read_baseline
from harness.gate.cells import planned_cells
from harness.gate.settings import GateSettings, Margins, unmatched
from harness.gate.sides import Paired, SideSpec, interpreter_of, pair_models, parse_side, with_the_tool
from harness.records.baseline import AdviceOnly, BaselineModel, Rerunnable
from harness.records.gate import Cell, GateDevice, GatePlan, PlannedCell, Side
from harness.records.model import Model
from harness.records.vocabulary import Delegate, Metric, Runtime
from harness.results.provenance import provenance_here
from harness.zoo.fetch.cache import Cache
from harness.zoo.flatbuffer import printable
from harness.zoo.locate import Locate
from harness.zoo.registry import load_zoo
from harness.zoo.resolve import resolve_models

__all__ = ["DEFAULT_TURNS", "GateRequest", "PreparedGate", "Sources", "prepare_again", "prepare_gate"]

DEFAULT_TURNS = 24
_PREFLIGHT_PAIRS = 5


@dataclass(frozen=True, slots=True)
class GateRequest:
    """The options of `harness gate` as given; None: not said. With a `baseline` there is no `a`."""

    b: str
    a: str | None = None
    baseline: Path | None = None
    a_python: str | None = None
    b_python: str | None = None
    threads: tuple[int, ...] | None = None
    delegates: tuple[Delegate, ...] | None = None
    margins: Margins = field(default_factory=Margins)
    metric: Metric | None = None
    dataset: str | None = None
    unpaired: str = "error"
    """error | warn: what a model on one side only does."""
    seed: int | None = None
    preflight: bool = True
    keep_threads: bool = False
    turns: int = DEFAULT_TURNS
    device: GateDevice = field(default_factory=GateDevice)
    settings: GateSettings = field(default_factory=GateSettings)


@dataclass(frozen=True, slots=True)
class Sources:
    """Where models and runtimes come from."""

    locate: Locate
    cache: Cache
    ensure: Callable[[Runtime, str], str]
    """Makes an environment for a version of a runtime and returns its Python."""


@dataclass(frozen=True, slots=True)
class PreparedGate:
    """A plan, and the live things that its pairs need."""

    plan: GatePlan
    device: Device
    models: Mapping[str, tuple[Model, Model]]
    """A's and B's model, by key of the cell."""


def prepare_gate(
    request: GateRequest,
    sources: Sources,
    *,
    device: Device | None = None,
    device_notices: Sequence[str] = (),
) -> PreparedGate:
    """Resolve both sides and check everything the request names. Raises a UsageError.

    `device` is the one that `request.device` names, which the caller has
    connected; without it this computer.
    """
    device = device or connect(request.device.given)
    trusted = _side_a(request, sources)
    spec_b = parse_side(request.b)
    if not device.profile.is_local:
        _refuse_interpreters(request)
        trusted, spec_b = replace(trusted, spec=with_the_tool(trusted.spec)), with_the_tool(spec_b)
    found_b = resolve_models([spec_b.models], load_zoo(), locate=sources.locate)
    pythons = (
        interpreter_of(trusted.spec, request.a_python, flag="--a-python", ensure=sources.ensure),
        interpreter_of(spec_b, request.b_python, flag="--b-python", ensure=sources.ensure),
    )
    name_of_device = name_of(request.device.given, device)
    models: dict[str, tuple[Model, Model]] = {}
    cells: list[Cell] = []
    paired = trusted.paired_with(found_b, unpaired=request.unpaired)
    for (name, a, b), (delegate, threads) in product(paired.pairs, _ways(request)):
        sides = (_side(trusted.spec, a, pythons[0]), _side(spec_b, b, pythons[1]))
        cells.append(Cell(name, name_of_device, delegate, threads, *sides))
        models |= dict.fromkeys(_keys(cells[-1]), (a, b))
    planned = planned_cells(
        cells,
        request.settings,
        given=request.margins,
        metric=request.metric or request.settings.metric or Metric.LATENCY,
        preflight=request.preflight,
    )
    notices = (
        *device_notices,
        *trusted.notices,
        *paired.notices,
        *unmatched(request.settings, planned),
        *_quota_notice(device),
    )
    return PreparedGate(_plan(request, planned, device, notices, trusted.advisory), device, models)


def prepare_again(plan: GatePlan, device: Device) -> PreparedGate:
    """The live things of a plan made before. Raises RunFolderError where a model's file has changed."""
    models: dict[str, tuple[Model, Model]] = {}
    for planned in plan.cells:
        sides = (planned.cell.a, planned.cell.b)
        found = [resolve_models([side.path], load_zoo())[0] for side in sides]
        for side, model in zip(sides, found, strict=True):
            if model.sha256 != side.sha256:
                raise RunFolderError(
                    f"{side.path} is not the file that was measured (sha256 {side.sha256[:12]}…)",
                    next_step="begin a new gate run",
                )
        models |= dict.fromkeys(_keys(planned.cell), (found[0], found[1]))
    return PreparedGate(plan, device, models)


def _keys(cell: Cell) -> tuple[str, str]:
    """That of the cell, and of the same with one thread, which may be judged in its place."""
    return cell.key, replace(cell, threads=1).key


@dataclass(frozen=True, slots=True)
class _Trusted:
    """Side A: its models, and those of a baseline whose files are lost."""

    spec: SideSpec
    models: Sequence[Model]
    lost: tuple[AdviceOnly, ...] = ()

    @property
    def notices(self) -> tuple[str, ...]:
        return tuple(
            f"{printable(each.wanted.name)} has no verdict: {each.reason}{_as_stored(each.wanted)}"
            for each in self.lost
        )

    @property
    def advisory(self) -> str | None:
        """Why nothing can be decided at all."""
        if self.models or not self.lost:
            return None
        return f"nothing of {self.spec.spec} can be measured again; its stored figures decide nothing"

    def paired_with(self, others: Sequence[Model], *, unpaired: str) -> Paired:
        if self.advisory is not None:
            return Paired(())
        lost = {each.wanted.name for each in self.lost}
        left = [model for model in others if model.name not in lost]
        return pair_models(self.models, left, unpaired=unpaired)


def _as_stored(wanted: BaselineModel) -> str:
    """What is known of a model that is lost: figures of another day, for a reader only."""
    known = [
        f"{each.latency_ms:.3g} ms on {printable(each.device)} ({each.delegate}, {each.threads} thread(s))"
        for each in wanted.figures
        if each.latency_ms is not None
    ]
    return f". When it was saved it took {', '.join(known)}" if known else ""


def _refuse_interpreters(request: GateRequest) -> None:
    for flag, given in (("--a-python", request.a_python), ("--b-python", request.b_python)):
        if given is not None:
            raise UsageError(f"{flag} is for this computer: a phone runs models with benchmark_model")


def _quota_notice(device: Device) -> tuple[str, ...]:
    """A control group stops a process in the middle of an invoke when its share of time is used up."""
    quota = dict(device.fingerprint()).get("cpu_quota")
    if quota is None or float(quota) >= device.cpu_count:
        return ()
    return (f"a control group allows {quota} of {device.cpu_count} CPUs: times scatter more than they must",)


def _ways(request: GateRequest) -> list[tuple[Delegate, int]]:
    """Delegates and threads; a GPU's work does not depend on the threads of the CPU."""
    delegates = request.delegates or request.settings.delegates or (Delegate.CPU,)
    threads = request.threads or request.settings.threads or (1,)
    return [
        (delegate, count)
        for delegate in delegates
        for count in (threads[:1] if delegate is Delegate.GPU else threads)
    ]


def _side_a(request: GateRequest, sources: Sources) -> _Trusted:
    if request.baseline is None:
        if request.a is None:
            raise UsageError("two sides are needed: A and B", next_step="harness gate old.tflite new.tflite")
        spec = parse_side(request.a)
        return _Trusted(spec, resolve_models([spec.models], load_zoo(), locate=sources.locate))
    if request.a is not None:
        raise UsageError("--baseline is side A already: name only B beside it")
    path = request.baseline
    folder = path.absolute().parent
    found = find_baseline(
        read_baseline(path), load_zoo(), sources.cache, folder=folder, locate=sources.locate
    )
    return _Trusted(
        SideSpec(str(path), str(path)),
        [each.model for each in found if isinstance(each, Rerunnable)],
        tuple(each for each in found if isinstance(each, AdviceOnly)),
    )


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


def _plan(
    request: GateRequest,
    cells: tuple[PlannedCell, ...],
    device: Device,
    notices: tuple[str, ...],
    advisory: str | None,
) -> GatePlan:
    started = datetime.now(timezone.utc)
    return GatePlan(
        name=f"{started:%Y-%m-%dT%H-%M-%S}_gate",
        started_at=started.isoformat(timespec="seconds"),
        cells=cells,
        seed=random.SystemRandom().randrange(1 << 32) if request.seed is None else request.seed,
        turns=request.turns,
        preflight_pairs=_PREFLIGHT_PAIRS if request.preflight else 0,
        provenance=provenance_here(((device.profile.name, device.fingerprint()),)),
        dataset=request.dataset,
        advisory=advisory,
        one_thread_instead=not request.keep_threads,
        notices=notices,
        device=replace(request.device, simulated=device.simulated),
    )
