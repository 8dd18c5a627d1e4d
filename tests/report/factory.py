"""Made-up runs that look like real ones: deterministic, built through the real path from launches to rows."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from harness.records.evaluation import DatasetFacts, Evaluation
from harness.records.launch import Delegation, DeviceState, Launch
from harness.records.model import Model, ModelFacts, PublishedAccuracy, TensorFacts
from harness.records.row import Caution, Row
from harness.records.run import Provenance, Run, RunOptions
from harness.records.trial import Trial
from harness.records.vocabulary import Budget, Delegate, Job, Quantization, Runtime, Status
from harness.report.content import Answer, FrontMark, Mark, MeasuredRun, ReportContent, TrialId, identity
from harness.results.rows import build_rows

NASTY = "</script><img src=x onerror=alert(1)>|`*_[x](javascript:alert(1))\"'&amp;"
IMAGES = 500
VERSIONS = {Runtime.LITERT: "2.3.0", Runtime.TFLITE_RUNTIME: "2.14.0", Runtime.BENCHMARK_MODEL: "2.17"}
_KINDS = (Quantization.FLOAT32, Quantization.FLOAT16, Quantization.DYNAMIC, Quantization.INT8)
_BYTES_PER_WEIGHT = {
    Quantization.FLOAT32: 4.0,
    Quantization.FLOAT16: 2.0,
    Quantization.DYNAMIC: 1.1,
    Quantization.INT8: 1.05,
}
_TIME_FACTOR = {
    Quantization.FLOAT32: 1.0,
    Quantization.FLOAT16: 1.06,
    Quantization.DYNAMIC: 0.8,
    Quantization.INT8: 0.45,
}
_DELEGATE_FACTOR = {
    Delegate.CPU: 1.0,
    Delegate.CPU_BUILTIN: 2.7,
    Delegate.GPU: 1.9,
    Delegate.NNAPI: 0.6,
    Delegate.COREML: 0.5,
}


@dataclass(frozen=True)
class Recipe:
    """What a made-up run holds."""

    models: int = 12
    threads: tuple[int, ...] = (1,)
    delegates: tuple[Delegate, ...] = (Delegate.CPU,)
    runtimes: tuple[Runtime, ...] = (Runtime.LITERT,)
    device: str = "local"
    launches: int = 5
    samples: int = 300
    accuracy: bool = True
    statuses: tuple[tuple[str, Status, str], ...] = ()
    """Part of a trial's key, and how every launch of such a trial ends."""
    warned: str | None = None
    """Part of the key of the trials that carry a warning."""
    rename: Callable[[str], str] = str
    simulated: bool = False
    adapter: str | None = None
    name: str = "2026-11-23T10-15-00_local"
    notices: tuple[str, ...] = ()
    caveat: str | None = (
        "A generated task with 16 classes: good for comparing these models, not for ImageNet."
    )


def measured_run(recipe: Recipe) -> MeasuredRun:
    """The run, its launches and evaluations, and the rows made from them."""
    source = random.Random(f"harness {recipe.name}")
    models = tuple(_model(number, recipe) for number in range(recipe.models))
    trials = tuple(
        Trial(model.name, model.sha256, recipe.device, runtime, delegate, threads)
        for model in models
        for runtime in recipe.runtimes
        for delegate in recipe.delegates
        for threads in recipe.threads
    )
    run = _run(recipe, models, trials)
    by_name = {model.name: (number, model) for number, model in enumerate(models)}
    launches = tuple(
        _launch(trial, index, *by_name[trial.model], recipe, source)
        for index in range(recipe.launches)
        for trial in trials
    )
    evaluations = (
        tuple(_evaluation(number, model, recipe) for number, model in enumerate(models))
        if recipe.accuracy
        else ()
    )
    rows = tuple(_warned(row, recipe) for row in build_rows(run, launches, evaluations))
    return MeasuredRun(run, rows, launches, evaluations)


def content_of(*runs: MeasuredRun, answers: Sequence[Answer] | None = None) -> ReportContent:
    """Content with plain marks: dominated is what another of its run beats in speed and accuracy."""
    marks = {identity(row): _mark(row, each.rows) for each in runs for row in each.rows}
    made = tuple(answers) if answers is not None else tuple(_answers(runs))
    return ReportContent(runs=runs, answers=made, generated_at="2026-11-23T10:21:07+00:00", marks=marks)


def content(recipe: Recipe | None = None) -> ReportContent:
    """Content of one run."""
    return content_of(measured_run(recipe or Recipe()))


def rich_recipe() -> Recipe:
    """Twelve models on three delegates with two thread counts, with everything that may go wrong."""
    return Recipe(
        threads=(1, 2),
        delegates=(Delegate.CPU, Delegate.CPU_BUILTIN, Delegate.GPU),
        adapter="SwiftShader Device (Subzero)",
        statuses=(
            ("starter_w025_int8@", Status.OK, ""),
            ("int8@GPU", Status.UNSUPPORTED, "the GPU delegate takes no int8 graphs: 0 of 31 nodes"),
            ("w050_dynamic@GPU", Status.FALLBACK, "19 of 31 nodes were taken; the rest ran on the CPU"),
            ("w100_dynamic@CPU-BUILTIN", Status.TIMED_OUT, "launch 1: no answer within 300 s"),
            ("w100_float16@GPU", Status.FAILED, "launch 3: the process ended with signal 11 (SIGSEGV)"),
        ),
        warned="w025",
        notices=("photo_embedder.tflite was left out of accuracy: its output has rank 4, no class scores.",),
    )


def _model(number: int, recipe: Recipe) -> Model:
    width = (25, 50, 100)[number // 4 % 3]
    kind = _KINDS[number % 4]
    copy = f"_v{number // 12 + 1}" if recipe.models > 12 else ""
    weights = 3500 * width
    name = recipe.rename(f"starter_w{width:03d}_{kind}{copy}")
    digest = f"{number + 1:04x}" * 16
    facts = ModelFacts(
        sha256=digest,
        size_bytes=int(weights * _BYTES_PER_WEIGHT[kind]),
        inputs=(TensorFacts("input", (1, 64, 64, 3), "float32"),),
        outputs=(TensorFacts("scores", (1, 16), "float32"),),
        quantization=kind,
        operators=(("CONV_2D", 14), ("DEPTHWISE_CONV_2D", 13)),
        custom_operators=(),
        macs=90 * weights,
        parameters=weights,
    )
    return Model(
        name=name,
        path=f"/models/{name}.tflite",
        sha256=digest,
        size_bytes=facts.size_bytes,
        family="starter",
        quantization=kind,
        facts=facts,
        published_accuracy=PublishedAccuracy(61.5, 84.0) if number == 0 else None,
        license="Apache-2.0",
        source="tools/starter",
    )


def _run(recipe: Recipe, models: tuple[Model, ...], trials: tuple[Trial, ...]) -> Run:
    dataset = DatasetFacts(
        "starter-500", "/harness/zoo/starter/images", IMAGES, 16, "9f" * 32, caveat=recipe.caveat
    )
    jobs = (Job.LATENCY, Job.ACCURACY) if recipe.accuracy else (Job.LATENCY,)
    options = RunOptions(
        models=("@starter",),
        devices=(recipe.device,),
        threads=recipe.threads,
        delegates=recipe.delegates,
        runtimes=recipe.runtimes,
        jobs=jobs,
        budget=Budget.NORMAL,
        launches=recipe.launches,
        dataset=None,
        subset=None,
        seed=0,
    )
    host = (
        ("system", "Linux 6.1.0-37-amd64"),
        ("cpu", "Intel(R) Xeon(R) Platinum 8370C CPU @ 2.80GHz"),
        ("memory", "16 GB"),
    )
    fingerprint = (*host, ("cpus_usable", "2"), ("governor", "performance"))
    return Run(
        name=recipe.name,
        started_at="2026-11-23T10:15:00.123+00:00",
        options=options,
        models=models,
        trials=trials,
        evaluations=(),
        datasets=(dataset,) if recipe.accuracy else (),
        provenance=Provenance(
            "0.1.0", "3.11.7", host, ((recipe.device, fingerprint),), "25bc865", "harness run --threads 1,2"
        ),
        notices=recipe.notices,
        simulated=recipe.simulated,
    )


def _ending(trial: Trial, recipe: Recipe) -> tuple[Status, str | None]:
    for part, status, reason in recipe.statuses:
        name, _, delegate = part.partition("@")
        if name in trial.model and delegate.lower() in ("", str(trial.delegate)) and status is not Status.OK:
            return status, reason
    return Status.OK, None


def _launch(
    trial: Trial, index: int, number: int, model: Model, recipe: Recipe, source: random.Random
) -> Launch:
    status, reason = _ending(trial, recipe)
    ran = status in (Status.OK, Status.FALLBACK)
    base_ms = _base_ms(trial, number, model) * (1 + 0.012 * source.gauss(0, 1))
    samples = _samples(base_ms, recipe.samples, source) if ran else ()
    fallback = status is Status.FALLBACK
    return Launch(
        trial=trial.key,
        index=index,
        round=index,
        started_at=f"2026-11-23T10:15:{index:02d}.000+00:00",
        status=status,
        reason=reason,
        delegation=Delegation(
            requested=trial.delegate,
            actual=(Delegate.CPU if fallback else trial.delegate) if ran else None,
            delegated_nodes=(19 if fallback else 31) if ran else None,
            total_nodes=31 if ran else None,
            partitions=(3 if fallback else 1) if ran else None,
            adapter=recipe.adapter if trial.delegate is Delegate.GPU else None,
            evidence="execution plan: 1 delegate kernel" if ran else None,
        ),
        samples_ns=samples,
        cpu_ns=samples,
        warmup_ns=_samples(2 * base_ms, 12, source) if ran else (),
        warmup_settled=True if ran else None,
        init_ms=6 * base_ms if ran else None,
        first_ms=2 * base_ms if ran else None,
        peak_memory_bytes=int(4e7 + 6 * model.size_bytes) if ran else None,
        runtime_version=VERSIONS[trial.runtime],
        threads_requested=trial.threads,
        process_threads=trial.threads + 1 if ran else None,
        affinity=(0, 1, 2, 3, 6),
        input_description="random data, seed 0, float32 in [-1, 1)",
        state_before=DeviceState(load_1m=1.2, governor="performance", cpu_frequency_mhz=2793.4),
        state_after=DeviceState(load_1m=1.3, steal_percent=0.1, cpu_frequency_mhz=2793.4),
        duration_s=1.4,
        log=None if ran else f"logs/{number}-{index}.txt",
    )


def _base_ms(trial: Trial, number: int, model: Model) -> float:
    kind = model.quantization or Quantization.FLOAT32
    width = (25, 50, 100)[number // 4 % 3]
    alone = 0.0042 * width**1.35 * _TIME_FACTOR[kind] * (1 + 0.07 * (number // 12))
    legacy = 1.8 if trial.runtime is Runtime.TFLITE_RUNTIME else 1.0
    parallel = 1.0 if trial.delegate is Delegate.GPU else 0.25 + 0.75 / trial.threads
    return alone * _DELEGATE_FACTOR[trial.delegate] * legacy * parallel


def _samples(base_ms: float, number: int, source: random.Random) -> tuple[int, ...]:
    """Most near the base, some slow by a scheduling quantum: the usual shape."""
    return tuple(
        int(1e6 * base_ms * (1 + 0.02 * source.random() + 0.03 * source.expovariate(1.0) ** 1.6))
        for _ in range(number)
    )


def _evaluation(number: int, model: Model, recipe: Recipe) -> Evaluation:
    share = (0.58, 0.71, 0.83)[number // 4 % 3] - (0, 0, 0.008, 0.022)[number % 4] - 0.004 * (number // 12)
    return Evaluation(
        model=model.name,
        sha256=model.sha256,
        runtime=recipe.runtimes[0],
        runtime_version=VERSIONS[recipe.runtimes[0]],
        delegate=Delegate.CPU,
        delegate_actual=Delegate.CPU,
        dataset="starter-500",
        dataset_fingerprint="9f" * 32,
        status=Status.OK,
        reason=None,
        images=IMAGES,
        top1_correct=int(IMAGES * share),
        top5_correct=int(IMAGES * (0.5 + 0.5 * share)),
        preprocess="central square crop 0.875, bilinear to 64×64, (pixel - 127.5) / 127.5",
        label_offset=0,
        duration_s=4.2,
    )


def _warned(row: Row, recipe: Recipe) -> Row:
    own = tuple(caution for caution in row.warnings if caution.code == "never")
    if recipe.warned is None or recipe.warned not in row.trial:
        return replace(row, warnings=own)
    load = Caution(
        "high-load",
        "the load was up to 3.7 on 2 CPUs: other work competed",
        "close other programs and run again",
        "--allow high-load",
    )
    return replace(row, warnings=(load,))


def _mark(row: Row, rows: Iterable[Row]) -> FrontMark:
    if row.status is not Status.OK:
        return FrontMark(Mark.UNRANKED, f"{row.status} is never ranked")
    if row.latency_ms is None or row.top1 is None:
        return FrontMark(Mark.UNRANKED, "latency or accuracy is missing")
    for other in rows:
        if other.status is not Status.OK or other.latency_ms is None or other.top1 is None or other is row:
            continue
        if other.latency_ms.median < row.latency_ms.median and other.top1 >= row.top1:
            if row.top1_high is not None and row.top1_high > other.top1 and "dynamic" in row.model:
                return FrontMark(Mark.TIED, f"{other.model} may only seem to be better")
            return FrontMark(Mark.DOMINATED, f"{other.model} is faster and at least as accurate")
    return FrontMark(Mark.FRONT, "no other trial is faster and at least as accurate")


def _answers(runs: Sequence[MeasuredRun]) -> Iterable[Answer]:
    rows = [row for each in runs for row in each.rows if row.status is Status.OK]
    timed = [row for row in rows if row.latency_ms is not None]
    scored = [row for row in timed if row.top1 is not None]
    if scored:
        best = max(scored, key=lambda row: (row.top1 or 0, -row.latency_ms.median))
        yield Answer(
            "Most accurate",
            "2.2 points ahead of the next one; the intervals of 3 others overlap with it.",
            _ids(best),
        )
        slow = [row for row in scored if row.latency_ms.median < 1.0]
        if slow:
            close = sorted(slow, key=lambda row: -(row.top1 or 0))[:2]
            yield Answer(
                "Most accurate under 1 ms",
                "On these images the two cannot be told apart (McNemar, p = 0.41); either will do.",
                _ids(*close),
            )
    if timed:
        fast = min(timed, key=lambda row: row.latency_ms.median)
        yield Answer("Fastest", "1.9 times as fast as the most accurate one.", _ids(fast))
        yield Answer("Smallest", "0.09 MB, a quarter of its float form.", _ids(fast))
    yield Answer("At least 95 % Top-1", "No model reaches it; the closest misses it by 12 points.")


def _ids(*rows: Row) -> tuple[TrialId, ...]:
    return tuple(identity(row) for row in rows)
