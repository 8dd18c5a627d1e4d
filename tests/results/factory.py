"""Runs and launches made by hand."""

from __future__ import annotations

from dataclasses import replace

from harness.records.evaluation import DatasetFacts, Evaluation, Prediction
from harness.records.launch import Delegation, DeviceState, Launch
from harness.records.model import Model
from harness.records.run import EvaluationTask, Provenance, Run, RunOptions
from harness.records.trial import Trial
from harness.records.vocabulary import Budget, Delegate, Job, Quantization, Runtime, Status

SHA = "a" * 64
MODEL = Model("m", "/models/m.tflite", SHA, 1_000_000, family="toy", quantization=Quantization.INT8)
TRIAL = Trial("m", SHA, "local", Runtime.LITERT, Delegate.CPU, 1)
DATASET = DatasetFacts("toy-val", "/data/toy", 10, 2, "f" * 64)
OPTIONS = RunOptions(
    models=("m",),
    devices=("local",),
    threads=(1,),
    delegates=(Delegate.CPU,),
    runtimes=(Runtime.LITERT,),
    jobs=(Job.LATENCY, Job.ACCURACY),
    budget=Budget.NORMAL,
    launches=3,
    dataset=None,
    subset=None,
    seed=0,
)
RUN = Run(
    name="2026-01-01T00-00-00_local",
    started_at="2026-01-01T00:00:00+00:00",
    options=OPTIONS,
    models=(MODEL,),
    trials=(TRIAL,),
    evaluations=(EvaluationTask("m", SHA, "local", Runtime.LITERT, Delegate.CPU, "toy-val"),),
    datasets=(DATASET,),
    provenance=Provenance("0.1.0", "3.11", (), (("local", (("cpus_usable", "4"),)),), None, "harness run"),
)


def launch(index: int, *, status: Status = Status.OK, reason: str | None = None, ms: float = 2.0) -> Launch:
    """A launch of TRIAL with 20 samples around `ms`."""
    made = Launch(
        trial=TRIAL.key,
        index=index,
        round=index,
        started_at="2026-01-01T00:00:00+00:00",
        status=status,
        reason=reason,
        delegation=Delegation(Delegate.CPU, Delegate.CPU, 5, 6, 1),
        samples_ns=tuple(int((ms + 0.001 * k) * 1e6) for k in range(20)),
        cpu_ns=tuple(int((ms + 0.001 * k) * 1e6) for k in range(20)),
        warmup_ns=(3_000_000, 2_100_000),
        warmup_settled=True,
        init_ms=5.0,
        first_ms=3.0,
        peak_memory_bytes=50_000_000,
        runtime_version="2.3.0",
        process_threads=1,
        affinity=(0, 1, 2, 3),
        state_before=DeviceState(load_1m=0.1),
    )
    if status in (Status.OK, Status.FALLBACK):
        return made
    return replace(made, samples_ns=(), cpu_ns=())


def evaluation(
    *, correct: int = 7, status: Status = Status.OK, delegate: Delegate = Delegate.CPU
) -> Evaluation:
    """An evaluation of MODEL on ten images."""
    return Evaluation(
        model="m",
        sha256=SHA,
        runtime=Runtime.LITERT,
        runtime_version="2.3.0",
        delegate=delegate,
        delegate_actual=delegate,
        dataset="toy-val",
        dataset_fingerprint=DATASET.fingerprint,
        status=status,
        reason=None if status is Status.OK else "it broke",
        images=10 if status is Status.OK else 0,
        top1_correct=correct if status is Status.OK else 0,
        top5_correct=9 if status is Status.OK else 0,
        preprocess="as it is",
    )


def predictions(correct: int = 7) -> tuple[Prediction, ...]:
    """Ten predictions, the first `correct` of them right."""
    return tuple(
        Prediction(f'{n} of ten, "quoted".jpg', 1, (1, 0) if n < correct else (0, 1), (0.75, 0.25))
        for n in range(10)
    )
