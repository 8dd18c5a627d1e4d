"""Accuracy of both sides on the same images, where a data set is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from harness.accuracy.dataset import Dataset
from harness.accuracy.evaluate import EvaluationResult, evaluate
from harness.accuracy.labels import fit_problem, known_match
from harness.errors import DatasetError
from harness.records.evaluation import Evaluation, Prediction
from harness.records.gate import CellAccuracy
from harness.records.model import Model
from harness.records.row import Caution
from harness.records.run import EvaluationTask
from harness.records.vocabulary import Delegate, Runtime, Status
from harness.stats.accuracy_cautions import cautions_for_classes
from harness.zoo.input_convention import input_cautions

__all__ = ["class_notices", "score_both"]


def score_both(
    models: Mapping[str, tuple[Model, Model]],
    dataset: Dataset,
    *,
    cores: int,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Iterator[CellAccuracy]:
    """Score A and B of every comparison, on the CPU of the installed LiteRT; one record each.

    `models` are A's and B's by the comparison's name. Both are scored by the
    same runtime: it is the models that are compared. Raises DatasetError where
    a model does not fit the data set or cannot be scored.
    """
    sides: dict[str, Model] = {}
    for a, b in models.values():
        sides.update({model.sha256: replace(model, name=model.sha256) for model in (a, b)})
    for model in sides.values():
        problem = fit_problem(model, dataset)
        if problem is not None:
            raise DatasetError(f"--dataset {dataset.name}: {problem}")
    tasks = [
        EvaluationTask(sha256, sha256, "local", Runtime.LITERT, Delegate.CPU, dataset.name)
        for sha256 in sides
    ]
    found = {
        result[0].sha256: _scored(result)
        for result in evaluate(tasks, dataset, sides, cores=cores, on_progress=on_progress)
    }
    for name, (a, b) in models.items():
        (fingerprint, of_a, scored_a), (_, of_b, scored_b) = found[a.sha256], found[b.sha256]
        doubts = (*_doubts("A", a, scored_a), *_doubts("B", b, scored_b))
        some, others = scored_a.outputs, scored_b.outputs
        classes = min(some, others) if some is not None and others is not None else None
        yield CellAccuracy(name, dataset.name, fingerprint, of_a, of_b, doubts, classes)


def _doubts(side: str, model: Model, scored: Evaluation) -> Iterator[Caution]:
    """How sure it is which output is which class, and that a side was fed as it wants to be."""
    for each in (*cautions_for_classes(scored, model_file=model.path), *input_cautions(model)):
        yield replace(each, message=f"{side}: {each.message}")


def class_notices(models: Mapping[str, tuple[Model, Model]], dataset: Dataset) -> Iterator[str]:
    """How the classes of each side were matched, where that is not plain, and what the folder was read as."""
    yield from (f"{dataset.name}: {text}" for text in dataset.notices)
    for name, sides in models.items():
        for side, model in zip("AB", sides, strict=True):
            match = known_match(model, dataset) if fit_problem(model, dataset) is None else None
            if match is not None and match.notable:
                yield f"{name}, {side}, on {dataset.name}: class order: {match.order}, {match.words}"


def _scored(result: EvaluationResult) -> tuple[str, str, Evaluation]:
    evaluation, predictions = result
    if evaluation.status is not Status.OK:
        raise DatasetError(f"accuracy {evaluation.status}: {evaluation.reason}")
    return evaluation.dataset_fingerprint, "".join(map(_mark, predictions)), evaluation


def _mark(prediction: Prediction) -> str:
    if prediction.label not in prediction.indices:
        return "0"
    return "1" if prediction.indices[0] == prediction.label else "5"
