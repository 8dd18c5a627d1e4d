"""Whether a model and a data set belong together, and which output stands for which class."""

from __future__ import annotations

from harness.accuracy.class_order import ClassMatch, Head, NoMatch, match_head
from harness.accuracy.dataset import Dataset
from harness.accuracy.preprocess import input_spec
from harness.accuracy.topk import output_problem
from harness.errors import ModelError
from harness.records.model import Model

__all__ = ["fit_problem", "known_match", "match_classes"]


def fit_problem(model: Model, dataset: Dataset) -> str | None:
    """Why the model cannot be scored on the data set, in one sentence; None where it can.

    Looks at what is known of the file. A model without facts is judged when it
    is loaded.
    """
    if model.problem is not None or model.no_classifier is not None:
        return f"{model.name} is no image classifier: {model.problem or model.no_classifier}"
    if model.facts is None:
        return None
    inputs, outputs = model.facts.inputs, model.facts.outputs
    if len(inputs) != 1 or len(outputs) != 1:
        return (
            f"{model.name} has {len(inputs)} inputs and {len(outputs)} outputs; a classifier has one of each"
        )
    try:
        input_spec(model.preprocess, inputs[0])
    except ModelError as error:
        return f"{model.name} cannot be given images: {error.message}"
    if reason := output_problem(outputs[0]):
        return f"{model.name} does not fit {dataset.name}: {reason}"
    try:
        known_match(model, dataset)
    except ModelError as error:
        return error.message
    return None


def known_match(model: Model, dataset: Dataset) -> ClassMatch | None:
    """The match of a model whose number of outputs is known before it is loaded. Raises ModelError."""
    outputs = model.facts.outputs if model.facts else ()
    classes = outputs[0].shape[-1] if len(outputs) == 1 and outputs[0].shape else -1
    return match_classes(model, classes, dataset) if classes > 0 else None


def match_classes(model: Model, outputs: int, dataset: Dataset) -> ClassMatch:
    """Which output stands for which class, by the model's own names and no other model's.

    Raises ModelError, with the list that does not fit, where this cannot be known.
    """
    try:
        return match_head(Head(outputs, model.labels, model.label_offset), dataset)
    except NoMatch as error:
        raise ModelError(f"{model.name} does not fit {dataset.name}: {error}") from error
