"""Results of gate runs made by hand: one of every verdict, and one of hostile names."""

from __future__ import annotations

from dataclasses import replace

from harness.records.gate import (
    Cell,
    CellVerdict,
    Decision,
    GateResult,
    Look,
    MetricVerdict,
    Preflight,
    Rule,
)
from harness.records.row import Caution
from harness.records.run import Provenance
from harness.records.vocabulary import Delegate, Metric, Stage, Verdict
from tests.gate.pairs import NEW, OLD
from tests.report.factory import NASTY

CAUTION = Caution("steal-time", "the hypervisor took 3.1 % of CPU time", "use a machine that is not shared")
PROVENANCE = Provenance(
    "0.1.0",
    "3.11.7",
    (("system", "Linux-6.1"),),
    (("local", (("processor", "EPYC"), ("cpus_usable", "2"))),),
    "c0ffee" * 6,
    "harness gate old.tflite new.tflite",
)


def decision(
    ratio: float, verdict: Verdict | None, *, stage: Stage = Stage.SCREEN, pairs: int = 15
) -> Decision:
    low, high = ratio * 0.991, ratio * 1.009
    looks = (Look(1, 10, ratio, low * 0.99, high * 1.01, None), Look(2, pairs, ratio, low, high, verdict))
    return Decision(stage, verdict, ratio, low, high, looks, pairs, 2, 0.011, 0.031)


def cell_verdict(
    name: str, ratio: float, verdict: Verdict, *, threads: int = 1, metrics: tuple[MetricVerdict, ...] = ()
) -> CellVerdict:
    return CellVerdict(
        cell=Cell(name, "local", Delegate.CPU, threads, OLD, replace(NEW, model=name)),
        rule=Rule(),
        verdict=verdict,
        decisions=(decision(ratio, verdict),),
        metrics=metrics,
        a_version="2.3.0",
        b_version="2.1.0",
        a_ms=3.0,
        b_ms=3.0 * ratio,
        reason=f"B took ×{ratio:.3f}",
        next_step=None if verdict is Verdict.PASS else "find the change that costs this",
    )


MEMORY = MetricVerdict(
    Metric.MEMORY,
    Verdict.REGRESSION,
    6e7,
    7e7,
    0.167,
    0.15,
    0.18,
    0.05,
    0.05,
    15,
    "peak memory grew by 16.7%",
)
TOP1 = MetricVerdict(
    Metric.TOP1,
    Verdict.INCONCLUSIVE,
    0.7,
    0.69,
    0.01,
    -0.005,
    0.025,
    0.01,
    0.01,
    500,
    "500 images do not tell",
)


def result(*cells: CellVerdict, **changes: object) -> GateResult:
    order = (Verdict.REGRESSION, Verdict.UNFIT, Verdict.INCONCLUSIVE, Verdict.PASS)
    verdict = next((each for each in order if any(cell.verdict is each for cell in cells)), Verdict.PASS)
    values: dict[str, object] = {
        "name": "2026-11-23T10-15-00_gate",
        "started_at": "2026-11-23T10:15:00+00:00",
        "verdict": verdict,
        "cells": cells,
        "preflights": tuple(
            Preflight(cell.cell.key, 5, 0.009, 0.02, 0.05, 12.0, 1.3, 0.99) for cell in cells[:1]
        ),
        "provenance": PROVENANCE,
        "duration_s": 61.5,
    }
    return GateResult(**{**values, **changes})  # type: ignore[arg-type]


def every_verdict() -> GateResult:
    """A pass, a regression confirmed on fresh pairs, an inconclusive one, and one on an unfit machine."""
    confirmed = replace(
        cell_verdict("mobilenet_v2_1.0_224_quant", 1.047, Verdict.REGRESSION, metrics=(MEMORY, TOP1)),
        decisions=(
            decision(1.052, Verdict.REGRESSION),
            decision(1.047, Verdict.REGRESSION, stage=Stage.CONFIRM),
        ),
        cautions=(CAUTION,),
    )
    unfit = replace(
        cell_verdict("inception_v4", 1.0, Verdict.UNFIT),
        decisions=(),
        a_ms=None,
        b_ms=None,
        reason="the power at the last look would be 31 %",
    )
    return result(
        cell_verdict("starter_small_int8", 0.998, Verdict.PASS),
        confirmed,
        cell_verdict("efficientnet_lite0", 1.035, Verdict.INCONCLUSIVE, threads=2),
        unfit,
        notices=("gate.yaml: 'news' fits no comparison of this run",),
    )


def hostile() -> GateResult:
    """Names and sentences that would be markup, commands or broken XML."""
    bad = f"{NASTY}\r\n::error::owned\n%0A]]>\0\x1b[31m\ud800"
    side = replace(OLD, model=bad, sha256=bad, spec=bad, path=bad)
    cell = Cell(bad, bad, Delegate.CPU, 1, side, side)
    metric = replace(MEMORY, reason=bad)
    caution = Caution(bad, bad, bad, bad)
    verdict = replace(
        cell_verdict("x", 1.1, Verdict.REGRESSION, metrics=(metric,)),
        cell=cell,
        cautions=(caution,),
        a_version=bad,
        b_version=bad,
        reason=bad,
        next_step=bad,
    )
    provenance = replace(
        PROVENANCE, command=bad, git_commit=bad, host=((bad, bad),), devices=((bad, ((bad, bad),)),)
    )
    return result(verdict, name=bad, notices=(bad,), advisory=None, provenance=provenance)
