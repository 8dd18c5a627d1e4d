"""From run folders to a report: rows, front, answers, and the files that show them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from pathlib import Path

from harness.choose.answers import answers
from harness.choose.candidates import Pool, pool_of
from harness.choose.explain import explain
from harness.choose.front import Standing, front
from harness.errors import UsageError
from harness.records.model import Model
from harness.report.content import AgainstParent, Answer, FrontMark, Mark, MeasuredRun, ReportContent, TrialId
from harness.report.html import render_html
from harness.report.markdown import render_markdown
from harness.results.run_folder import RunFolder
from harness.stats.paired import paired_difference

__all__ = ["parent_of", "render_report", "report_content", "write_report"]

_MARKS = {Standing.FRONT: Mark.FRONT, Standing.TIED: Mark.TIED, Standing.DOMINATED: Mark.DOMINATED}


def write_report(folder: RunFolder) -> Path:
    """Write `report.html` and `summary.md` of one run into its folder; returns the report's path."""
    content = report_content([folder])
    folder.write_text("summary.md", render_markdown(content))
    return folder.write_text("report.html", render_html(content))


def render_report(folders: Sequence[RunFolder]) -> str:
    """The HTML of one or more runs."""
    return render_html(report_content(folders))


def report_content(folders: Sequence[RunFolder]) -> ReportContent:
    """What a report of one or more runs shows. Raises UsageError for a run that is named twice."""
    twice = [name for name, count in Counter(folder.run.name for folder in folders).items() if count > 1]
    if twice:
        raise UsageError(f"the run {twice[0]} is named twice")
    runs = tuple(_measured(folder) for folder in folders)
    said: list[Answer] = []
    marks: dict[TrialId, FrontMark] = {}
    for folder, measured in zip(folders, runs, strict=True):
        pool = pool_of(measured.rows, folder.correctness())
        said += _answers(pool, measured.run.name)
        marks.update(_marks(pool, measured.run.name))
    parents = tuple(each for folder in folders for each in _against_parents(folder))
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    return ReportContent(
        runs=runs, answers=tuple(said), generated_at=now, marks=marks, against_parents=parents
    )


def _measured(folder: RunFolder) -> MeasuredRun:
    return MeasuredRun(
        folder.run,
        folder.rows(),
        folder.launches(),
        folder.evaluations(),
        folder.profiles(),
        folder.sustained(),
    )


def _answers(pool: Pool, run: str) -> Iterator[Answer]:
    for answer in answers(pool.candidates):
        yield Answer(answer.need, answer.sentence, tuple(TrialId(run, trial) for trial in answer.trials))


def _marks(pool: Pool, run: str) -> Iterator[tuple[TrialId, FrontMark]]:
    for placement in front(pool.candidates):
        mark = FrontMark(_MARKS[placement.standing], explain(placement, pool.candidates))
        yield TrialId(run, placement.candidate.trial), mark
    for excluded in pool.excluded:
        yield TrialId(run, excluded.row.trial), FrontMark(Mark.UNRANKED, excluded.reason)


def _against_parents(folder: RunFolder) -> Iterator[AgainstParent]:
    """Every model whose parent was evaluated in the same run, in the same way, on the same images."""
    run, correctness = folder.run, folder.correctness()
    by_name = {model.name: model for model in run.models}
    for evaluation in folder.evaluations():
        child = by_name.get(evaluation.model)
        parent = parent_of(child, run.models) if child is not None else None
        if child is None or parent is None:
            continue
        how = (str(evaluation.runtime), str(evaluation.delegate), evaluation.dataset_fingerprint)
        ours, theirs = correctness.get((child.sha256, *how)), correctness.get((parent.sha256, *how))
        if ours is not None and theirs is not None and len(ours) == len(theirs):
            where = f"{evaluation.runtime} {evaluation.delegate} on {evaluation.dataset}"
            paired = paired_difference(ours, theirs)
            by_digest = child.parent_sha256 is not None
            yield AgainstParent(
                run.name, child.name, parent.name, where, len(ours), paired, by_digest=by_digest
            )


def parent_of(child: Model, models: Sequence[Model]) -> Model | None:
    """The model a child was made from, by its digest.

    Entries of before digests were kept name their parent only; half the world's models are called
    `model`, so a name counts where it is that of one model of the run, and an entry of the zoo.
    """
    if child.parent_sha256 is not None:
        return next((model for model in models if model.sha256 == child.parent_sha256), None)
    named = [model for model in models if model.name == child.parent and model.groups]
    return named[0] if len(named) == 1 else None
