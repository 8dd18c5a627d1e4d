"""What was measured, on what, with which data and which doubts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from harness.choose.trust import severity
from harness.records.evaluation import DatasetFacts, Evaluation
from harness.records.launch import Launch
from harness.records.model import Model
from harness.records.row import Caution
from harness.records.run import Run
from harness.records.vocabulary import Job
from harness.report.content import MeasuredRun
from harness.report.entries import Entry, Panel
from harness.report.wording import amount, count, duration, megabytes, percent, when

__all__ = ["Doubt", "EvaluationLine", "ModelLine", "RunStory", "doubts_of", "run_stories"]

Facts = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Doubt:
    """A warning of the same kind, with all trials it was raised for."""

    caution: Caution
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class ModelLine:
    """What a model is and where it comes from."""

    name: str
    sha256: str
    size_mb: str
    quantization: str
    input: str
    parameters: str
    macs: str
    published: str
    license: str
    source: str
    problem: str


@dataclass(frozen=True, slots=True)
class EvaluationLine:
    """How a model was scored."""

    model: str
    setting: str
    dataset: str
    images: str
    excluded: str
    status: str
    how: str


@dataclass(frozen=True, slots=True)
class RunStory:
    """One run, told in facts."""

    run: Run
    facts: Facts
    host: Facts
    devices: tuple[tuple[str, Facts], ...]
    datasets: tuple[tuple[DatasetFacts, Facts], ...]
    models: tuple[ModelLine, ...]
    evaluations: tuple[EvaluationLine, ...]


def doubts_of(panels: Sequence[Panel]) -> tuple[Doubt, ...]:
    """Warnings by kind, the one that misleads most first; the text is that of the first trial."""
    found: dict[str, list[tuple[Caution, Entry]]] = defaultdict(list)
    for panel in panels:
        for entry in panel.entries:
            for caution in entry.row.warnings:
                found[caution.code].append((caution, entry))
    doubts = (
        Doubt(pairs[0][0], tuple(dict.fromkeys(entry for _, entry in pairs))) for pairs in found.values()
    )
    return tuple(sorted(doubts, key=lambda each: (severity(each.caution), -len(each.entries))))


def run_stories(runs: Sequence[MeasuredRun]) -> tuple[RunStory, ...]:
    """One story for every run."""
    return tuple(
        RunStory(
            run=each.run,
            facts=_facts(each),
            host=each.run.provenance.host,
            devices=each.run.provenance.devices,
            datasets=tuple((dataset, _dataset_facts(dataset)) for dataset in each.run.datasets),
            models=tuple(_model_line(model) for model in each.run.models),
            evaluations=tuple(_evaluation_line(evaluation) for evaluation in each.evaluations),
        )
        for each in runs
    )


def _facts(measured: MeasuredRun) -> Facts:
    run, provenance, options = measured.run, measured.run.provenance, measured.run.options
    jobs = " and ".join(str(job) for job in Job if job in options.jobs)
    facts = (
        ("Started", when(run.started_at)),
        ("Measuring took", _measuring_time(measured.launches, measured.evaluations)),
        ("Command", provenance.command),
        ("Measured", f"{jobs}, budget {options.budget}"),
        (
            "Plan",
            f"{count(len(run.trials), 'trial')} of {count(options.launches, 'launch', 'launches')} each",
        ),
        ("Seed", str(options.seed)),
        ("Input", options.input_image or "reproducible random data of the model's input type"),
        ("harness", provenance.harness_version),
        ("Python", provenance.python_version),
        ("Git commit", provenance.git_commit or ""),
    )
    return tuple((name, value) for name, value in facts if value)


def _measuring_time(launches: Sequence[Launch], evaluations: Sequence[Evaluation]) -> str:
    seconds = [each.duration_s for each in launches if each.duration_s is not None]
    total = sum(seconds)
    scored = max((each.duration_s for each in evaluations if each.duration_s is not None), default=0.0)
    parts = []
    if seconds:
        parts.append(f"{duration(total)} in {count(len(launches), 'launch', 'launches')}")
    if scored:
        parts.append(f"{duration(scored)} for accuracy")
    return ", ".join(parts)


def _dataset_facts(dataset: DatasetFacts) -> Facts:
    subset = f"{amount(dataset.subset)} chosen with seed {dataset.seed}" if dataset.subset is not None else ""
    facts = (
        ("Images", amount(dataset.images)),
        ("Classes", amount(dataset.classes)),
        ("Subset", subset),
        ("Folder", dataset.root),
        ("Fingerprint", dataset.fingerprint),
    )
    return tuple((name, value) for name, value in facts if value)


def _model_line(model: Model) -> ModelLine:
    facts = model.facts
    shapes = [f"{'×'.join(map(str, each.shape))} {each.dtype}" for each in facts.inputs] if facts else []
    return ModelLine(
        name=model.name,
        sha256=model.sha256,
        size_mb=megabytes(model.size_bytes),
        quantization=str(model.quantization or ""),
        input=", ".join(shapes),
        parameters=_millions(facts.parameters if facts else None),
        macs=_millions(facts.macs if facts else None),
        published=_published(model),
        license=model.license or "",
        source=model.source or "",
        problem=model.problem or model.no_classifier or "",
    )


def _millions(number: int | None) -> str:
    return "" if number is None else f"{number / 1e6:,.3g} M"


def _published(model: Model) -> str:
    published = model.published_accuracy
    if published is None or published.top1_percent is None:
        return ""
    return f"{published.top1_percent:g} %"


def _evaluation_line(evaluation: Evaluation) -> EvaluationLine:
    images = evaluation.images
    scored = percent(evaluation.top1_correct / images) if images else ""
    return EvaluationLine(
        model=evaluation.model,
        setting=f"{evaluation.runtime} {evaluation.runtime_version or ''} · {evaluation.delegate}",
        dataset=evaluation.dataset,
        images=f"{evaluation.top1_correct:,} of {images:,} right ({scored} %)" if images else "none",
        excluded=count(len(evaluation.excluded), "image") if evaluation.excluded else "",
        status=str(evaluation.status),
        how=evaluation.reason or evaluation.preprocess,
    )
