"""Carry out a plan: what is missing in the run folder is measured and evaluated, then reported."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from pathlib import Path

from harness.accuracy.evaluate import evaluate
from harness.devices.local import LocalDevice
from harness.latency.launcher import ModelInput
from harness.latency.local import LocalLauncher
from harness.latency.measure import FINAL, LatencyJob, measure
from harness.latency.random_input import random_input
from harness.latency.sampling import sampling_for
from harness.latency.schedule import Turn, interleave
from harness.records.evaluation import Evaluation
from harness.records.launch import Delegation, Launch
from harness.records.model import Model
from harness.records.run import EvaluationTask, Run
from harness.records.trial import Trial
from harness.records.vocabulary import Job, Status
from harness.results.remaining import done_launches, remaining_evaluations
from harness.results.run_folder import RunFolder
from harness.sweep.inputs import image_inputs
from harness.sweep.prepare import Prepared
from harness.sweep.watcher import Watcher

__all__ = ["execute"]


def execute(prepared: Prepared, folder: RunFolder, watcher: Watcher, *, timeout_s: float) -> None:
    """Measure and evaluate what `folder` does not hold yet.

    Every launch and every evaluation is on disk when the next one starts, so
    an interruption at any moment loses at most the one that was running.
    """
    options = prepared.run.options
    _record_problems(prepared.run, folder)
    if Job.LATENCY in options.jobs:
        _measure(prepared, folder, watcher, timeout_s)
    if Job.ACCURACY in options.jobs:
        _evaluate(prepared, folder, watcher)
    folder.finalise()


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


def _measure(prepared: Prepared, folder: RunFolder, watcher: Watcher, timeout_s: float) -> None:
    run = prepared.run
    launches = folder.launches()
    done = done_launches(launches)
    decided = {
        launch.trial
        for launch in launches
        if launch.status in FINAL or (launch.contaminated is not None and not launch.needs_retake)
    }
    turns = list(interleave(run.trials, launches=run.options.launches, seed=run.options.seed, done=done))
    waiting = [turn for turn in turns if turn.trial.key not in decided]
    watcher.phase("latency", len(waiting))

    def started(turn: Turn) -> None:
        watcher.step(f"round {turn.round + 1}/{run.options.launches}: {turn.trial.title}")

    def ended(launch: Launch) -> None:
        folder.append_launch(launch)
        if launch.contaminated is not None:
            watcher.notice(f"{launch.trial}: launch {launch.index + 1} does not count: {launch.contaminated}")
        if launch.status in FINAL:
            watcher.notice(f"{launch.trial}: {launch.status}: {launch.reason}")
        watcher.advance(_steps(launch, waiting))

    measure(
        _latency_job(prepared, folder, timeout_s), waiting, decided=decided, on_start=started, on_launch=ended
    )


def _steps(launch: Launch, waiting: Iterable[Turn]) -> int:
    """None for one to be made again, else one, or all launches the trial will not need any more."""
    if launch.needs_retake:
        return 0
    if launch.status not in FINAL and launch.contaminated is None:
        return 1
    return sum(turn.trial.key == launch.trial and turn.index >= launch.index for turn in waiting)


def _latency_job(prepared: Prepared, folder: RunFolder, timeout_s: float) -> LatencyJob:
    launchers = {
        name: LocalLauncher(read_state=device.state)
        for name, device in prepared.devices.items()
        if isinstance(device, LocalDevice)
    }
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
    return {model.name: random_input(model.preprocess, seed=options.seed) for model in prepared.usable}


def _evaluate(prepared: Prepared, folder: RunFolder, watcher: Watcher) -> None:
    """Data set by data set, so that each image is decoded once for all models."""
    by_dataset: dict[str, list[EvaluationTask]] = defaultdict(list)
    for task in remaining_evaluations(prepared.run, folder.evaluations()):
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
    watcher.phase(f"accuracy on {name}", len(dataset.items) * len(tasks))
    seen = 0

    def progress(done: int, total: int) -> None:
        del total  # known already
        nonlocal seen
        watcher.advance(done - seen)
        watcher.step(f"{len(dataset.items)} images, {len(tasks)} evaluation(s)")
        seen = done

    cores = min(device.cpu_count for device in prepared.devices.values())
    for evaluation, predictions in evaluate(tasks, dataset, models, cores=cores, on_progress=progress):
        folder.append_evaluation(evaluation, predictions)
        _notice_of(evaluation, watcher)


def _notice_of(evaluation: Evaluation, watcher: Watcher) -> None:
    if evaluation.status is not Status.OK:
        watcher.notice(f"accuracy of {evaluation.model}: {evaluation.status}: {evaluation.reason}")
    elif evaluation.excluded:
        file, why = evaluation.excluded[0]
        watcher.notice(f"{len(evaluation.excluded)} image(s) left out, the first: {file}: {why}")
