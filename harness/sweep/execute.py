"""Carry out a plan: what is missing in the run folder is measured and evaluated, then reported."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime, timezone
from pathlib import Path

from harness.accuracy.evaluate import evaluate
from harness.devices.local import LocalDevice, seen_measuring
from harness.errors import HarnessError
from harness.latency.launcher import Launcher, ModelInput
from harness.latency.local import LocalLauncher
from harness.latency.measure import FINAL, LatencyJob, measure
from harness.latency.phone.launcher import PhoneLauncher
from harness.latency.random_input import random_input
from harness.latency.sampling import sampling_for
from harness.latency.schedule import Turn
from harness.records.launch import Delegation, Launch
from harness.records.model import Model
from harness.records.run import EvaluationTask, Run
from harness.records.trial import Trial
from harness.records.vocabulary import Job, Runtime, Status
from harness.results.remaining import done_launches, remaining, remaining_evaluations
from harness.results.run_folder import RunFolder
from harness.sweep.extras import profile_trials, sustain_trials
from harness.sweep.inputs import image_inputs
from harness.sweep.other_input import OtherInputs
from harness.sweep.phone_accuracy import evaluate_on_phones
from harness.sweep.phones import phone_launchers, phone_sessions
from harness.sweep.prepare import Prepared
from harness.sweep.watcher import Watcher, tell_evaluation

__all__ = ["execute"]


def execute(prepared: Prepared, folder: RunFolder, watcher: Watcher, *, timeout_s: float) -> tuple[str, ...]:
    """Measure and evaluate what `folder` does not hold yet.

    Every launch and every evaluation is on disk when the next one starts, so
    an interruption at any moment loses at most the one that was running.
    Returns the names of devices that were lost on the way: the rest of their
    work is still to be done.
    """
    run, options = prepared.run, prepared.run.options
    _record_problems(run, folder)
    lost: set[str] = set()
    with phone_sessions(prepared.fleet.phones, options, watcher):
        phones = phone_launchers(prepared.fleet.phones, options, prepared.fetcher, watcher)
        job = _latency_job(prepared, folder, phones, timeout_s)
        if Job.LATENCY in options.jobs:
            with seen_measuring(on_notice=watcher.notice) if _here(prepared) else nullcontext():
                lost |= _measure(prepared, folder, watcher, job)
                lost |= profile_trials(run, folder, watcher, job, phones, lost)
                lost |= sustain_trials(run, folder, watcher, job, lost)
        if Job.ACCURACY in options.jobs:
            lost |= evaluate_on_phones(prepared, folder, watcher, phones, lost)
    if Job.ACCURACY in options.jobs:
        _evaluate(prepared, folder, watcher)
    folder.finalise()
    return tuple(sorted(lost))


def _here(prepared: Prepared) -> bool:
    return any(isinstance(device, LocalDevice) for device in prepared.devices.values())


def _record_problems(run: Run, folder: RunFolder) -> None:
    """A model that cannot do what was asked fails its own trials, once."""
    known = done_launches(folder.launches())
    problems = {model.name: model for model in run.models if model.problem is not None}
    for trial in run.trials:
        if trial.model in problems and trial.key not in known:
            folder.append_launch(_refusal(trial, problems[trial.model]))


def _refusal(trial: Trial, model: Model) -> Launch:
    return Launch(
        trial=trial.key,
        index=0,
        round=0,
        started_at=datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
        status=Status.SKIPPED if model.unreachable else Status.FAILED,
        reason=model.problem,
        delegation=Delegation(requested=trial.delegate, actual=None),
        threads_requested=trial.threads,
    )


def _measure(prepared: Prepared, folder: RunFolder, watcher: Watcher, job: LatencyJob) -> set[str]:
    """The launches of the plan, then as long as there are any those again and those more that it takes."""
    lost: set[str] = set()
    while waiting := _waiting(prepared.run, folder, lost):
        watcher.phase(_phase(prepared.run, waiting), len(waiting))
        lost |= _make(prepared.run, waiting, folder, watcher, job)
    return lost


def _waiting(run: Run, folder: RunFolder, lost: Collection[str]) -> list[Turn]:
    return [turn for turn in remaining(run, folder.launches()).turns if turn.trial.device not in lost]


def _phase(run: Run, waiting: Sequence[Turn]) -> str:
    if waiting[0].attempt:
        return "latency, launches whose cores others had"
    if waiting[0].index >= run.options.launches:
        trials = len({turn.trial.key for turn in waiting})
        return f"latency, more launches for {trials} wide interval{'s' if trials > 1 else ''}"
    return "latency"


def _make(
    run: Run, waiting: Sequence[Turn], folder: RunFolder, watcher: Watcher, job: LatencyJob
) -> set[str]:
    last = max(turn.round for turn in waiting) + 1

    def started(turn: Turn) -> None:
        watcher.step(f"round {turn.round + 1}/{max(run.options.launches, last)}: {turn.trial.title}")

    def ended(launch: Launch) -> None:
        folder.append_launch(launch)
        if launch.contaminated is not None:
            watcher.notice(f"{launch.trial}: launch {launch.index + 1} does not count: {launch.contaminated}")
        if launch.status in FINAL:
            watcher.notice(f"{launch.trial}: {launch.status}: {launch.reason}")
        watcher.advance(_steps(launch, waiting))

    lost: set[str] = set()

    def gone(device: str, error: HarnessError) -> None:
        lost.add(device)
        watcher.notice(f"{device} is lost, the rest of its launches is left out: {error.message}")

    measure(job, waiting, on_start=started, on_launch=ended, on_lost=gone)
    return lost


def _steps(launch: Launch, waiting: Iterable[Turn]) -> int:
    """None for one that is made again at once, else one, or all launches the trial will not need any more."""
    if launch.contaminated is not None and launch.needs_retake:
        return 0
    if launch.status not in FINAL and launch.contaminated is None:
        return 1
    return sum(turn.trial.key == launch.trial and turn.index >= launch.index for turn in waiting)


def _latency_job(
    prepared: Prepared, folder: RunFolder, phones: Mapping[str, PhoneLauncher], timeout_s: float
) -> LatencyJob:
    launchers: dict[str, Launcher] = {
        name: LocalLauncher(read_state=device.state)
        for name, device in prepared.devices.items()
        if isinstance(device, LocalDevice)
    }
    launchers |= phones
    return LatencyJob(
        models={model.name: model for model in prepared.usable},
        inputs=_inputs(prepared, folder),
        launchers=launchers,
        sampling=sampling_for(prepared.run.options.budget),
        timeout_s=timeout_s,
        log_path=folder.log_path,
    )


def _inputs(prepared: Prepared, folder: RunFolder) -> Mapping[str, ModelInput]:
    options = prepared.run.options
    if options.input_image is not None:
        return image_inputs(Path(options.input_image), prepared.usable, folder.path / "inputs")
    return {model.name: random_input(model, seed=options.seed) for model in prepared.usable}


def _evaluate(prepared: Prepared, folder: RunFolder, watcher: Watcher) -> None:
    """Data set by data set, so that each image is decoded once for all models."""
    by_dataset: dict[str, list[EvaluationTask]] = defaultdict(list)
    for task in remaining_evaluations(prepared.run, folder.evaluations()):
        if task.runtime is not Runtime.BENCHMARK_MODEL:
            by_dataset[task.dataset].append(task)
    models = {model.name: model for model in prepared.usable}
    for name, tasks in by_dataset.items():
        _evaluate_on(prepared, name, tasks, models, folder, watcher)


def _evaluate_on(
    prepared: Prepared,
    name: str,
    tasks: list[EvaluationTask],
    models: Mapping[str, Model],
    folder: RunFolder,
    watcher: Watcher,
) -> None:
    options = prepared.run.options
    dataset = prepared.datasets[name].take(options.subset, options.seed)
    watcher.phase(f"accuracy on {name}", len(dataset.items))
    seen = 0

    def progress(done: int, total: int) -> None:
        del total  # known already
        nonlocal seen
        watcher.advance(done - seen)
        watcher.step(f"images, each by {len(tasks)} evaluation(s)")
        seen = done

    cores = prepared.cores_here
    others = OtherInputs(dataset, cores=cores, on_step=watcher.step)
    for evaluation, predictions in evaluate(
        tasks,
        dataset,
        models,
        cores=cores,
        on_progress=progress,
        checkpoints=folder.partial_evaluations,
    ):
        evaluation = others.add(evaluation, models[evaluation.model], evaluations=len(tasks))
        folder.append_evaluation(evaluation, predictions)
        tell_evaluation(evaluation, watcher)
