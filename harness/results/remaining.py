"""What a run folder already holds, so that a resumed run measures nothing twice. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from harness.latency.measure import FINAL
from harness.latency.schedule import Turn, interleave
from harness.records.evaluation import Evaluation
from harness.records.launch import Launch
from harness.records.run import EvaluationTask, Run
from harness.records.vocabulary import Job

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
    unusable = {model.name for model in run.models if model.problem is not None}
    decided = decided_trials(launches)
    every = interleave(
        run.trials, launches=run.options.launches, seed=run.options.seed, done=done_launches(launches)
    )
    return tuple(turn for turn in every if turn.trial.key not in decided and turn.trial.model not in unusable)


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
