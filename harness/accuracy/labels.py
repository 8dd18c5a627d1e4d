"""Whether a model and a data set belong together, and which output stands for which class."""

from __future__ import annotations

from harness.accuracy.class_order import ClassMatch, Head, NoMatch, match_head
from harness.accuracy.dataset import Dataset
from harness.accuracy.preprocess import input_spec
from harness.errors import ModelError
from harness.records.model import Model
from harness.records.vocabulary import ClassOrder
from harness.zoo.score_form import score_form, score_sentences

__all__ = ["fit_problem", "form_sentences", "known_match", "match_classes"]


def fit_problem(model: Model, dataset: Dataset) -> str | None:
    """Why the model cannot be scored on the data set, in one sentence; None where it can.

    Looks at what is known of the file. A model without facts is judged when it
    is loaded.
    """
    if model.problem is not None or model.no_classifier is not None:
        return f"{model.name} is no image classifier: {model.problem or model.no_classifier}"
    if model.facts is None:
        return None
    try:
        input_spec(model.preprocess, model.facts.inputs[0])
        score_form(model.facts)
    except ModelError as error:
        return f"{model.name} cannot be scored: {error.message}"
    try:
        known_match(model, dataset)
    except ModelError as error:
        return error.message
    return None


def known_match(model: Model, dataset: Dataset) -> ClassMatch | None:
    """The match of a model whose number of outputs is known before it is loaded. Raises ModelError."""
    classes = score_form(model.facts).classes if model.facts else -1
    return match_classes(model, classes, dataset) if classes > 0 else None


def match_classes(model: Model, outputs: int, dataset: Dataset) -> ClassMatch:
    """Which output stands for which class, by the model's own names and no other model's.

    Raises ModelError, with the list that does not fit, where this cannot be known.
    """
    try:
        return match_head(Head(outputs, model.labels, model.label_offset), dataset)
    except NoMatch as error:
        raise ModelError(f"{model.name} does not fit {dataset.name}: {error}") from error


def form_sentences(model: Model, dataset: Dataset) -> list[str]:
    """How the model's output is read as scores of the data set's classes, where that is not plain."""
    if model.facts is None:
        return []
    said = [f"{model.name}: {each}" for each in score_sentences(model.facts)]
    match = known_match(model, dataset)
    if score_form(model.facts).one_value is None or match is None:
        return said
    high = [dataset.text(label) for label, output in match.outputs.items() if output == 1]
    how = "assumed from their order" if match.order is ClassOrder.ASSUMED else f"known by {match.order}"
    return [*said, *(f"{model.name}: class 1 is {name!r} of {dataset.name}, {how}" for name in high)]
