"""Which output of a model stands for a class of a data set, and whether they belong together."""

from __future__ import annotations

from collections.abc import Sequence

from harness.accuracy import imagenet
from harness.accuracy.dataset import Dataset
from harness.accuracy.label_files import normalised_name, without_background
from harness.accuracy.preprocess import input_spec
from harness.accuracy.topk import output_problem
from harness.errors import ModelError
from harness.records.model import Model

__all__ = ["ClassMap", "class_map", "fit_problem"]

ClassMap = tuple[int, ...]
"""Output index of every class of a data set."""


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
    reason = output_problem(outputs[0])
    if reason is None and outputs[0].shape[1] > 0:
        reason = _count_problem(model, outputs[0].shape[1], dataset)
    return f"{model.name} does not fit {dataset.name}: {reason}" if reason else None


def class_map(model: Model, outputs: int, dataset: Dataset) -> ClassMap:
    """Output index of every class of the data set, for a model with this many outputs.

    The same names in another order are matched by name. Otherwise class 0 is at
    the model's label offset, or, where that is not known, at 1 if the model has
    one output more than the data set has classes (`background` comes first), else
    at 0. Raises ModelError, with the reason, where the two do not fit.
    """
    problem = _count_problem(model, outputs, dataset)
    if problem is not None:
        raise ModelError(f"{model.name} does not fit {dataset.name}: {problem}")
    offset = model.label_offset if model.label_offset is not None else outputs - dataset.classes
    by_name = _by_name(model, outputs, dataset)
    return by_name or tuple(range(offset, offset + dataset.classes))


def _count_problem(model: Model, outputs: int, dataset: Dataset) -> str | None:
    extra = outputs - dataset.classes
    if extra not in (0, 1):
        return f"it has {outputs} outputs, the data set {dataset.classes} classes"
    if model.label_offset is not None and not 0 <= model.label_offset <= extra:
        return (
            f"with {outputs} outputs and {dataset.classes} classes the label offset"
            f" cannot be {model.label_offset}"
        )
    if _names_disagree(model, dataset):
        return "none of its class names is one of the data set's"
    return None


def _by_name(model: Model, outputs: int, dataset: Dataset) -> ClassMap | None:
    """The map by name, where both sides name each class once and with the same names."""
    if not dataset.own_names or dataset.class_names is None or model.labels is None:
        return None
    of_model, of_dataset = _normalised(model.labels), _normalised(dataset.class_names)
    if len(of_model) != outputs or len(set(of_model)) != outputs or len(set(of_dataset)) != dataset.classes:
        return None
    position = {name: index for index, name in enumerate(of_model)}
    if not position.keys() >= set(of_dataset):
        return None
    return tuple(position[name] for name in of_dataset)


def _names_disagree(model: Model, dataset: Dataset) -> bool:
    """Both sides name their classes, and not one name is shared: different tasks of one size."""
    if not dataset.own_names or dataset.class_names is None or model.labels is None:
        return False
    if dataset.classes == imagenet.CLASSES:
        return False
    return not set(_normalised(without_background(model.labels))) & set(_normalised(dataset.class_names))


def _normalised(names: Sequence[str]) -> list[str]:
    return [normalised_name(name) for name in names]
