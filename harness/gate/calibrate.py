"""Complete gate runs whose truth is known: a model against itself, and against itself with extra work."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path

from harness.errors import RunFolderError
from harness.gate.calibration import next_case, summarise
from harness.gate.judge import judge
from harness.gate.load import under
from harness.gate.measure import measure
from harness.gate.prepare import GateRequest, PreparedGate, Sources, prepare_gate
from harness.gate.progress import Step
from harness.gate.record import pack
from harness.gate.run import local_maker
from harness.gate.settings import Margins
from harness.gate.statistic import counts, log_ratio, wait_share
from harness.latency.extra_work import extra_work_for
from harness.records.calibration import Calibration, CalibrationPlan, CalibrationRun
from harness.records.vocabulary import Condition, Metric, Stage
from harness.results.atomic import write_bytes
from harness.results.codec import decode, encode
from harness.results.journal import Journal

__all__ = ["CalibrationFolder", "CalibrationRequest", "calibrate", "plan_calibration", "prepared_for"]


@dataclass(frozen=True, slots=True)
class CalibrationRequest:
    """The options of `harness gate calibrate`."""

    model: str
    sizes: tuple[float, ...]
    conditions: tuple[Condition, ...]
    threads: int = 1
    runs: int | None = None
    seed: int = 0
    tolerance: float | None = None
    target: float | None = None


class CalibrationFolder:
    """`plan.json`, `runs.jsonl` (the journal), `runs/` (one packed record a run), `calibration.json`."""

    def __init__(self, path: Path, plan: CalibrationPlan) -> None:
        self.path = path
        self.plan = plan
        self._journal = Journal(path / "runs.jsonl", CalibrationRun)
        self._journal.repair()
        (path / "runs").mkdir(exist_ok=True)

    @classmethod
    def create(cls, path: Path, plan: CalibrationPlan) -> CalibrationFolder:
        """A new folder. Raises RunFolderError where there is one already."""
        try:
            path.mkdir(parents=True)
        except OSError as error:
            step = f"go on with: harness gate calibrate --resume {path}"
            raise RunFolderError(f"{path}: cannot be made: {error.strerror}", next_step=step) from error
        write_bytes(path / "plan.json", encode(plan) + b"\n")
        return cls(path, plan)

    @classmethod
    def open(cls, path: Path) -> CalibrationFolder:
        """An existing folder. Raises RunFolderError where it is none."""
        try:
            content = (path / "plan.json").read_bytes()
        except OSError as error:
            raise RunFolderError(f"{path}: no calibration (plan.json: {error.strerror})") from error
        return cls(path, decode(CalibrationPlan, content, where=str(path / "plan.json")))

    def runs(self) -> tuple[CalibrationRun, ...]:
        """Every run so far."""
        return tuple(self._journal.records())

    def append(self, run: CalibrationRun) -> None:
        """Store one run; its record must be there already."""
        self._journal.append(run)

    def write(self, calibration: Calibration) -> Path:
        """Write what the runs say together."""
        write_bytes(self.path / "calibration.json", encode(calibration) + b"\n")
        return self.path / "calibration.json"


def plan_calibration(request: CalibrationRequest, *, sources: Sources, logs: Path) -> CalibrationPlan:
    """Measure how much extra work makes each size, and say what will be run."""
    prepared = _prepared(request, sources)
    cell = prepared.plan.cells[0].cell
    return CalibrationPlan(
        started_at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        model=cell.a.model,
        path=cell.a.path,
        sha256=cell.a.sha256,
        threads=request.threads,
        sizes=request.sizes,
        extra_work=_extra_work(prepared, request.sizes, logs),
        conditions=request.conditions,
        seed=request.seed,
        provenance=prepared.plan.provenance,
        runs=request.runs,
        tolerance=request.tolerance,
        target=request.target,
    )


def prepared_for(plan: CalibrationPlan, *, sources: Sources) -> PreparedGate:
    """What every run of the calibration measures. Raises RunFolderError for another model's file."""
    request = CalibrationRequest(
        plan.path,
        plan.sizes,
        plan.conditions,
        plan.threads,
        seed=plan.seed,
        tolerance=plan.tolerance,
        target=plan.target,
    )
    prepared = _prepared(request, sources)
    if prepared.plan.cells[0].cell.a.sha256 != plan.sha256:
        raise RunFolderError(f"{plan.path} is not the model that the calibration began with")
    return prepared


def calibrate(
    folder: CalibrationFolder,
    prepared: PreparedGate,
    *,
    until: Callable[[], bool],
    on_run: Callable[[Calibration, CalibrationRun], None],
) -> Calibration:
    """Make runs until all are done or `until()` says so; each is on disk when the next begins."""
    while not until():
        runs = folder.runs()
        case = next_case(folder.plan, runs)
        if case is None:
            break
        run = _one(folder, prepared, len(runs), *case)
        folder.append(run)
        on_run(summarise(folder.plan, folder.runs()), run)
    calibration = summarise(folder.plan, folder.runs())
    folder.write(calibration)
    return calibration


def _one(
    folder: CalibrationFolder, prepared: PreparedGate, number: int, condition: Condition, size: float
) -> CalibrationRun:
    name = f"{number:04d}-{condition}-{size:g}"
    seed = folder.plan.seed + number
    told = f"calibration under {condition}: {size:.1%} of extra work in B"
    plan = replace(prepared.plan, name=name, seed=seed, notices=(told,))
    work = folder.plan.extra_work[folder.plan.sizes.index(size)]
    make = local_maker(replace(prepared, plan=plan), folder.path, timeout_s=300.0, extra_work=work)
    started = datetime.now(timezone.utc).isoformat(timespec="seconds")
    clock = time.monotonic()
    with under(condition):
        pairs = measure(plan, (), make=make, on_pair=lambda pair: None)
    duration_s = time.monotonic() - clock
    pack(folder.path / "runs" / f"{name}.jsonl.gz", plan, pairs)
    result = judge(plan, pairs)
    cell, compared = result.cells[0], [p for p in pairs if p.stage is not Stage.PREFLIGHT and counts(p)]
    decision = cell.decision
    waits = [share for share in map(wait_share, compared) if share is not None]
    return CalibrationRun(
        number=number,
        condition=condition,
        size=size,
        verdict=cell.verdict,
        pairs=decision.pairs_used if decision else 0,
        look=decision.look if decision else 0,
        duration_s=duration_s,
        ratio=decision.ratio if decision else None,
        cpu_ratios=tuple(math.exp(log_ratio(pair, Metric.CPU_TIME)) for pair in compared),
        scatter=decision.scatter if decision else None,
        tolerance=cell.rule.tolerance,
        target=cell.rule.target,
        wait_share=statistics.median(waits) if waits else None,
        started_at=started,
        record=f"runs/{name}.jsonl.gz",
        reason=cell.reason,
    )


def _prepared(request: CalibrationRequest, sources: Sources) -> PreparedGate:
    gate = GateRequest(
        request.model,
        request.model,
        threads=(request.threads,),
        margins=Margins(request.tolerance, request.target),
        seed=request.seed,
    )
    return prepare_gate(gate, sources)


def _extra_work(prepared: PreparedGate, sizes: Sequence[float], logs: Path) -> tuple[int, ...]:
    make = local_maker(prepared, logs, timeout_s=300.0)
    return extra_work_for(make.side_a(prepared.plan.cells[0].cell, Step(Stage.SCREEN, 0, 0, 1)), sizes)
