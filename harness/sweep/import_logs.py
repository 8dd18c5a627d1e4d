"""Logs of `benchmark_model` from elsewhere: written as a run folder, joined with models and accuracy."""

from __future__ import annotations

import platform
import shlex
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path

from harness import __version__
from harness.errors import UsageError
from harness.records.evaluation import Evaluation
from harness.records.launch import Delegation, Launch
from harness.records.model import Model
from harness.records.run import EvaluationTask, Provenance, Run, RunOptions
from harness.records.trial import Trial
from harness.records.vocabulary import Budget, Delegate, Job, Runtime, Status
from harness.results.run_folder import RunFolder, create_run
from harness.sweep.imported_log import ImportedLog
from harness.sweep.imported_models import Joined, Named, join_models, same_size

__all__ = ["Import", "prepare_import", "write_import"]

_UNKNOWN_DIGEST = "unknown:"


@dataclass(frozen=True, slots=True)
class Import:
    """What is written: the runs that make a trial, those that make none, and the files behind them."""

    told: tuple[ImportedLog, ...]
    untold: tuple[ImportedLog, ...]
    device: str
    titles: Mapping[int, str]
    """What each run of `told`, by its place there, calls its model."""
    copies: tuple[ImportedLog, ...] = ()
    """Runs of files whose bytes were given already: they count once."""
    ends: Mapping[int, str] = field(default_factory=dict)
    """Where each run ended up, for those that shared a request and ended in different places."""
    joined: Joined = field(default_factory=Joined)
    accuracy: RunFolder | None = None

    def trial(self, place: int) -> Trial:
        """The trial of the run at this place of `told`."""
        each, title = self.told[place], self.titles[place]
        file = self.joined.files.get(title)
        return Trial(
            file.name if file else title,
            file.sha256 if file else f"{_UNKNOWN_DIGEST}{title}",
            self.device,
            Runtime.BENCHMARK_MODEL,
            each.delegate or Delegate.CPU,
            each.threads,
            f"{each.variant} {self.ends.get(place, '')}".strip(),
        )

    @property
    def trials(self) -> tuple[Trial, ...]:
        """The trial of each run, in order."""
        return tuple(self.trial(place) for place in range(len(self.told)))


def prepare_import(
    logs: Sequence[ImportedLog],
    *,
    device: str,
    models: Sequence[Model] | None = None,
    accuracy: RunFolder | None = None,
) -> Import:
    """Sort the runs, and join them with `models`, or with those of the run that `accuracy` is.

    A run without a model's name makes no trial, and one that failed is left out
    where others of its trial ran: nobody knows whether they belong together.
    Raises UsageError where no run makes a trial, or several files could be meant.
    """
    first = {(each.content, each.run): each for each in reversed(logs)}
    copies = tuple(each for each in logs if first[each.content, each.run] is not each)
    logs = [each for each in logs if first[each.content, each.run] is each]
    named = [each for each in logs if each.model is not None and each.delegate is not None]
    ran = {_sameness(each) for each in named if each.log.latency is not None}
    told = [each for each in named if each.log.latency is not None or _sameness(each) not in ran]
    if not told:
        raise UsageError(
            f"none of {len(logs)} log(s) is of benchmark_model and names a model",
            next_step="harness import LOG… --json says what each of them is",
        )
    titles, speaks_of = _titles(told)
    files = models if models is not None else accuracy.run.models if accuracy is not None else None
    return Import(
        tuple(told),
        tuple(each for each in logs if each not in told),
        device,
        titles,
        copies,
        _ends(told),
        Joined() if files is None else join_models(speaks_of, files),
        accuracy,
    )


def _sameness(imported: ImportedLog) -> tuple[object, ...]:
    return imported.model, imported.delegate, imported.variant, imported.threads


def _ends(told: Sequence[ImportedLog]) -> dict[int, str]:
    """A run that fell back is never averaged with one that did not: each is a trial of its own."""
    found: dict[tuple[object, ...], set[str]] = defaultdict(set)
    for each in told:
        found[_sameness(each)].add(_end(each))
    return {place: _end(each) for place, each in enumerate(told) if len(found[_sameness(each)]) > 1}


def _end(imported: ImportedLog) -> str:
    judged = imported.log.judgement
    if judged.status is not Status.FALLBACK:
        return ""
    return "in part" if judged.actual in (None, judged.requested) else f"on {judged.actual}"


def _titles(told: Sequence[ImportedLog]) -> tuple[dict[int, str], dict[str, Named]]:
    """A title for the model of each run; two files of one name are told apart by their size."""
    sizes: dict[str, list[int]] = defaultdict(list)
    for each in told:
        stated = each.log.model_size_bytes
        known = sizes[str(each.model)]
        if stated and not any(same_size(stated, size) or same_size(size, stated) for size in known):
            known.append(stated)
    titles: dict[int, str] = {}
    speaks_of: dict[str, Named] = {}
    for place, each in enumerate(told):
        name, stated = str(each.model), each.log.model_size_bytes
        known = sizes[name]
        size = next((s for s in known if stated and (same_size(stated, s) or same_size(s, stated))), None)
        only = known[0] if len(known) == 1 else None
        title = f"{name} of {size:,} bytes" if size and len(known) > 1 else name
        titles[place] = title
        speaks_of[title] = Named(name, size or only)
    return titles, speaks_of


def write_import(plan: Import, *, out: Path) -> RunFolder:
    """A run folder with one launch a run of the tool, the raw logs beside it.

    A notice speaks of each run that is in no trial. Raises RunFolderError where
    the folder cannot be written.
    """
    now = datetime.now(timezone.utc)
    evaluations = _evaluations(plan)
    run = _run(plan, evaluations, out.resolve().name, now)
    trials = plan.trials
    undisturbed = {
        trial.key for trial, each in zip(trials, plan.told, strict=True) if each.log.disturbed is None
    }
    with create_run(out, run) as folder:
        numbers: Counter[str] = Counter()
        kept: dict[Path, str] = {}
        for each, trial in zip(plan.told, trials, strict=True):
            if each.path not in kept:
                log = folder.log_path(f"{len(kept)}.{each.path.name}")
                log.write_bytes(each.content)
                kept[each.path] = f"{log.parent.name}/{log.name}"
            launch = _launch(each, trial, numbers[trial.key], now, kept[each.path])
            # Times taken under a profiler count only where there are no others.
            spoiled = each.log.disturbed if trial.key in undisturbed else None
            folder.append_launch(replace(launch, contaminated=spoiled))
            numbers[trial.key] += 1
        for source, evaluation in evaluations:
            assert plan.accuracy is not None  # evaluations are its own
            folder.append_evaluation(evaluation, plan.accuracy.predictions(source))
        if evaluations:
            folder.finalise()
    return folder


def _evaluations(plan: Import) -> tuple[tuple[Evaluation, Evaluation], ...]:
    """Each evaluation of the other run that is of a joined file, and the same under the name it has here."""
    if plan.accuracy is None:
        return ()
    names = {model.sha256: model.name for model in plan.joined.files.values()}
    return tuple(
        (each, replace(each, model=names[each.sha256]))
        for each in plan.accuracy.evaluations()
        if each.sha256 in names and each.device is None and each.status is Status.OK
    )


def _run(plan: Import, evaluations: Sequence[tuple[Evaluation, Evaluation]], name: str, now: datetime) -> Run:
    trials = tuple(dict.fromkeys(plan.trials))
    scored = tuple(each for _, each in evaluations)
    datasets = {each.dataset for each in scored}
    return Run(
        name=name,
        started_at=now.isoformat(timespec="seconds"),
        options=RunOptions(
            models=tuple(dict.fromkeys(trial.model for trial in trials)),
            devices=(plan.device,),
            threads=tuple(dict.fromkeys(trial.threads for trial in trials)),
            delegates=tuple(dict.fromkeys(trial.delegate for trial in trials)),
            runtimes=(Runtime.BENCHMARK_MODEL,),
            jobs=(Job.LATENCY, Job.ACCURACY) if scored else (Job.LATENCY,),
            budget=Budget.NORMAL,
            launches=1,
            dataset=next(iter(datasets), None),
            subset=None,
            seed=0,
        ),
        models=_models(plan),
        trials=trials,
        evaluations=tuple(
            EvaluationTask(each.model, each.sha256, plan.device, each.runtime, each.delegate, each.dataset)
            for each in scored
        ),
        datasets=tuple(each for each in plan.accuracy.run.datasets if each.name in datasets)
        if plan.accuracy is not None
        else (),
        provenance=Provenance(
            harness_version=__version__,
            python_version=platform.python_version(),
            host=(("system", platform.platform()), ("node", platform.node())),
            devices=(
                (plan.device, (("source", "imported logs: nothing is known of the device but its name"),)),
            ),
            git_commit=None,
            command=shlex.join(["harness", *sys.argv[1:]]),
        ),
        notices=tuple(_notices(plan, len(scored))),
        imported=True,
    )


def _notices(plan: Import, scored: int) -> Iterator[str]:
    yield (
        f"Imported from {len(plan.told)} run(s) of benchmark_model: the figures are the tool's own, without"
        " samples and without the state of the device. A log names its model's file and does not state its"
        " sha256. Several runs of one trial count as its launches."
    )
    if plan.joined.files or plan.joined.left:
        yield f"{plan.joined.summary}."
    if plan.accuracy is not None:
        yield (
            f"{scored} accuracies are those of {plan.accuracy.run.name}, measured on another machine than"
            " the latencies, on the CPU."
        )
    for each in plan.copies:
        yield f"{each.name} holds the same bytes as another log that was given: they count once."
    for each in plan.untold:
        yield f"{each.name} is in no trial: {each.log.judgement.reason or 'it names no model'}"
    for each in plan.told:
        if each.log.threads is None:
            yield f"{each.name} names no number of threads: TFLite's own choice, one thread, is assumed."
        yield from (f"{each.name}: {warning}" for warning in each.log.judgement.warnings)


def _models(plan: Import) -> tuple[Model, ...]:
    """The joined files, and one a name for the rest. The size is the log's where one of its logs says it."""
    found: dict[str, Model] = {}
    for place, each in enumerate(plan.told):
        title, size = plan.titles[place], each.log.model_size_bytes or 0
        file = plan.joined.files.get(title)
        if file is not None:
            found[title] = file
        elif title not in found or not found[title].size_bytes:
            graph = found[title].path if title in found else each.log.graph or title
            found[title] = Model(title, graph, f"{_UNKNOWN_DIGEST}{title}", size)
    return tuple({model.name: model for model in found.values()}.values())


def _launch(each: ImportedLog, trial: Trial, index: int, now: datetime, log_name: str) -> Launch:
    log, judged = each.log, each.log.judgement
    return Launch(
        trial=trial.key,
        index=index,
        round=index,
        started_at=now.isoformat(timespec="milliseconds"),
        status=judged.status,
        reason=judged.reason,
        delegation=Delegation(
            requested=trial.delegate,
            actual=judged.actual,
            delegated_nodes=judged.delegated_nodes,
            total_nodes=judged.total_nodes,
            partitions=judged.partitions,
            evidence=judged.evidence,
        ),
        init_ms=log.init_ms,
        first_ms=log.first_ms,
        peak_memory_bytes=log.peak_memory_bytes,
        threads_requested=trial.threads,
        input_description="the tool's own random input",
        log=log_name,
        reported=log.latency,
    )
