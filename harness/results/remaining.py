"""What a run folder already holds, so that a resumed run measures nothing twice. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from harness.latency.measure import FINAL
from harness.latency.schedule import Turn, again, batches, interleave
from harness.records.evaluation import Evaluation
from harness.records.launch import Launch
from harness.records.run import EvaluationTask, Run
from harness.records.trial import Trial
from harness.records.vocabulary import Job
from harness.stats.summary import is_wide

__all__ = ["Remaining", "decided_trials", "done_launches", "remaining", "remaining_evaluations"]


@dataclass(frozen=True, slots=True)
class Remaining:
    """What of a plan is still to be done."""

    turns: tuple[Turn, ...]
    """Launches to make, in order."""
    evaluations: tuple[EvaluationTask, ...]


def remaining(
    run: Run, launches: Collection[Launch] = (), evaluations: Iterable[Evaluation] = ()
) -> Remaining:
    """What `launches` and `evaluations` leave of the plan of `run`, without models that cannot be run."""
    jobs = run.options.jobs
    return Remaining(
        turns=_remaining_turns(run, launches) if Job.LATENCY in jobs else (),
        evaluations=remaining_evaluations(run, evaluations) if Job.ACCURACY in jobs else (),
    )


def _remaining_turns(run: Run, launches: Collection[Launch]) -> tuple[Turn, ...]:
    """The launches of the plan; then those again whose cores others had; then more for wide intervals."""
    decided = decided_trials(launches)
    unusable = {model.name for model in run.models if model.problem is not None}
    trials = [each for each in run.trials if each.key not in decided and each.model not in unusable]
    made: dict[str, dict[int, Launch]] = defaultdict(dict)
    for launch in launches:
        if launch.contaminated is None:
            made[launch.trial][launch.index] = launch  # the latest try
    seed = run.options.seed
    planned = interleave(run.trials, launches=run.options.launches, seed=seed, done=made)
    keys = {trial.key for trial in trials}
    turns = tuple(turn for turn in planned if turn.trial.key in keys)
    return turns or _once_more(trials, made, seed) or tuple(_more(run, trials, made))


def _once_more(
    trials: Iterable[Trial], made: Mapping[str, Mapping[int, Launch]], seed: int
) -> tuple[Turn, ...]:
    last = max((launch.round for of_trial in made.values() for launch in of_trial.values()), default=0)
    return again(
        (
            Turn(trial, index, last + 1, launch.attempt + 1)
            for trial in trials
            for index, launch in made[trial.key].items()
            if launch.needs_retake
        ),
        seed=seed,
    )


def _more(run: Run, trials: Iterable[Trial], made: Mapping[str, Mapping[int, Launch]]) -> Iterator[Turn]:
    """The next batch of every trial that is in the middle of one, or whose interval is wide after one."""
    options = run.options
    sizes = list(batches(options.launches, options.launches_most or options.launches))
    for before, size in pairwise(sizes):
        wanted = [
            trial
            for trial in trials
            if before < len(made[trial.key]) < size
            or (len(made[trial.key]) == before and is_wide(made[trial.key].values()))
        ]
        yield from interleave(wanted, launches=size, seed=options.seed, done=made, first=before)


def decided_trials(launches: Iterable[Launch]) -> frozenset[str]:
    """Keys of the trials that more launches would not change."""
    return frozenset(
        launch.trial
        for launch in launches
        if launch.status in FINAL or (launch.contaminated is not None and not launch.needs_retake)
    )


def done_launches(launches: Iterable[Launch]) -> Mapping[str, frozenset[int]]:
    """Indexes of the launches that need not be made, by key of the trial."""
    found: dict[str, set[int]] = defaultdict(set)
    for launch in launches:
        if not launch.needs_retake:
            found[launch.trial].add(launch.index)
    return {key: frozenset(indexes) for key, indexes in found.items()}


def remaining_evaluations(run: Run, evaluations: Iterable[Evaluation]) -> tuple[EvaluationTask, ...]:
    """The tasks of the plan that have no evaluation yet."""
    known = {(e.sha256, e.model, e.runtime, e.delegate, e.dataset, e.device) for e in evaluations}

    def is_done(task: EvaluationTask) -> bool:
        key = (task.sha256, task.model, task.runtime, task.delegate, task.dataset)
        return (*key, None) in known or (*key, task.device) in known

    return tuple(task for task in run.evaluations if not is_done(task))
