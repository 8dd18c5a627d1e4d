"""What a run folder already holds, so that a resumed run measures nothing twice. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from harness.records.evaluation import Evaluation
from harness.records.launch import Launch
from harness.records.run import EvaluationTask, Run

__all__ = ["done_launches", "remaining_evaluations"]


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
