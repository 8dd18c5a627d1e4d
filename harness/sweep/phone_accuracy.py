"""The evaluations of a run that happen on its phones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from pathlib import Path

from harness.errors import DeviceNotFoundError
from harness.latency.phone.launcher import PhoneLauncher
from harness.phone_accuracy.evaluate import evaluate_on_phone
from harness.phone_accuracy.stock_tool import evaluate_with_stock_tool
from harness.records.run import EvaluationTask
from harness.records.vocabulary import Runtime
from harness.results.remaining import remaining_evaluations
from harness.results.run_folder import RunFolder
from harness.sweep.prepare import Prepared
from harness.sweep.watcher import Watcher, tell_evaluation

__all__ = ["evaluate_on_phones"]


def evaluate_on_phones(
    prepared: Prepared,
    folder: RunFolder,
    watcher: Watcher,
    launchers: Mapping[str, PhoneLauncher],
    already_lost: Collection[str],
) -> set[str]:
    """Score what is missing, model by model; the names of phones that were lost."""
    waiting: dict[tuple[str, str, str], list[EvaluationTask]] = defaultdict(list)
    for task in remaining_evaluations(prepared.run, folder.evaluations()):
        if task.runtime is Runtime.BENCHMARK_MODEL:
            waiting[task.device, task.model, task.dataset].append(task)
    if not waiting:
        return set()
    watcher.phase("accuracy on the phone", _pairs(prepared, [t for tasks in waiting.values() for t in tasks]))
    lost = set(already_lost)
    for (device, _, _), tasks in waiting.items():
        if device in lost:
            continue
        try:
            _evaluate(prepared, folder, watcher, launchers[device], tasks)
        except DeviceNotFoundError as error:
            lost.add(device)
            watcher.notice(f"{device} is lost, the rest of its evaluations is left out: {error.message}")
    return lost


def _pairs(prepared: Prepared, tasks: list[EvaluationTask]) -> int:
    """Pairs of an image and a delegate."""
    options = prepared.run.options
    sets = {name: dataset.take(options.subset, options.seed) for name, dataset in prepared.datasets.items()}
    return sum(len(sets[task.dataset].items) for task in tasks)


def _evaluate(
    prepared: Prepared,
    folder: RunFolder,
    watcher: Watcher,
    launcher: PhoneLauncher,
    tasks: list[EvaluationTask],
) -> None:
    """One model on one phone with all delegates that are missing."""
    options, first = prepared.run.options, tasks[0]
    model = next(model for model in prepared.usable if model.name == first.model)
    dataset = prepared.datasets[first.dataset].take(options.subset, options.seed)
    watcher.step(f"{first.model} on {first.device}: {len(dataset.items)} images, {len(tasks)} delegate(s)")
    threads = max(options.threads)
    if options.phone.evaluation_binary is not None:
        binary = Path(options.phone.evaluation_binary)
        for found in evaluate_with_stock_tool(tasks, dataset, model, launcher, binary, threads=threads):
            folder.append_evaluation(found, ())
            watcher.advance(len(dataset.items))
            tell_evaluation(found, watcher)
        return
    for evaluation, predictions in evaluate_on_phone(
        tasks,
        dataset,
        model,
        launcher,
        threads=threads,
        log_path=folder.log_path,
        on_images=watcher.advance,
    ):
        folder.append_evaluation(evaluation, predictions)
        tell_evaluation(evaluation, watcher)
