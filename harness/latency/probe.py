"""Run every model once before anything is planned: does it load, does it invoke, about how long.

One process serves all models; when a model ends it, a new one goes on with the
next. What a model fails with here it would fail with in every launch.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.latency.process import WorkerDied, WorkerProcess, WorkerRefused, WorkerTimeout
from harness.records.model import Model
from harness.zoo.image_form import fed_shape

__all__ = ["Probe", "probe_models"]


@dataclass(frozen=True, slots=True)
class Probe:
    """What one invoke showed: its time, or why there was none."""

    invoke_s: float | None
    problem: str | None


def probe_models(
    models: Sequence[Model],
    *,
    runtime: str = "litert",
    timeout_s: float = 60.0,
    on_model: Callable[[str], None] = lambda name: None,
) -> dict[str, Probe]:
    """Probe each model by name on the CPU, one thread."""
    probes: dict[str, Probe] = {}
    with tempfile.TemporaryDirectory(prefix="harness-probe-") as folder:
        log = Path(folder) / "probe.log"
        pending = list(models)
        while pending:
            pending = _probe_in_one_process(pending, runtime, log, timeout_s, probes, on_model)
    return probes


def _probe_in_one_process(
    models: list[Model],
    runtime: str,
    log: Path,
    timeout_s: float,
    probes: dict[str, Probe],
    on_model: Callable[[str], None],
) -> list[Model]:
    """Probe models until the process ends; returns those still to do."""
    with WorkerProcess(log=log, timeout_s=timeout_s) as worker:
        for number, model in enumerate(models):
            on_model(model.name)
            worker.allow(timeout_s)
            try:
                probes[model.name] = _probe_one(worker, model, runtime)
            except (WorkerDied, WorkerTimeout) as error:
                probes[model.name] = Probe(None, f"{model.name} cannot be run: {error.message}")
                return models[number + 1 :]
    return []


def _probe_one(worker: WorkerProcess, model: Model, runtime: str) -> Probe:
    fed: dict[str, object] = {"seed": 0}
    if model.facts is not None and (shape := fed_shape(model.facts, model.preprocess)) is not None:
        fed["shape"] = list(shape)
    request = {"model": model.path, "runtime": runtime, "delegate": "cpu", "threads": 1, "input": fed}
    phase = "loaded"
    try:
        worker.ask("load", **request)
        phase = "invoked"
        # The first invoke holds one-time work; the second is nearer to what follows.
        wall_ns = worker.ask("invoke", count=2, max_ms=1e9)["wall_ns"]
    except WorkerRefused as error:
        return Probe(None, f"{model.name} cannot be {phase}: {error.message}")
    return Probe(min(wall_ns) / 1e9, None)
