"""Is a model fed as it wants to be? Tried in a run where nothing but an assumption says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from harness.accuracy.dataset import Dataset
from harness.accuracy.input_trial import BATCH, better_than_in_use, try_values, values_of
from harness.errors import ModelError
from harness.records.evaluation import Evaluation, OtherInput
from harness.records.model import Model
from harness.records.vocabulary import InputSource, Status

__all__ = ["OtherInputs"]

_MOST_IMAGES = 2 * BATCH
_LEAST_IMAGES = 12
"""Fewer tell a model that is always right from chance, and no other."""

_LONGEST_S = 20.0
"""What looking may cost a model of a run; slow ones are tried on fewer images."""


class OtherInputs:
    """Looks for a better input, once a model, whatever delegates it is scored with."""

    def __init__(self, dataset: Dataset, *, cores: int, on_step: Callable[[str], None]) -> None:
        self._dataset = dataset
        self._cores = cores
        self._on_step = on_step
        self._found: dict[str, OtherInput | None] = {}

    def add(self, evaluation: Evaluation, model: Model, *, evaluations: int) -> Evaluation:
        """The evaluation with what was found; `evaluations` shared its time."""
        if evaluation.status is not Status.OK or not _doubtful(model):
            return evaluation
        if model.sha256 not in self._found:
            images = _affordable(evaluation, model, evaluations)
            self._found[model.sha256] = self._look(model, images) if images >= _LEAST_IMAGES else None
        return replace(evaluation, other_input=self._found[model.sha256])

    def _look(self, model: Model, images: int) -> OtherInput | None:
        self._on_step(f"{model.name}: trying other inputs on {images} images")
        try:
            trial = try_values(model, self._dataset, images=images, cores=self._cores)
        except ModelError:
            return None  # it was scored; that it cannot be fed in other ways says nothing of the figures
        return better_than_in_use(trial)


def _doubtful(model: Model) -> bool:
    known = model.input_convention
    return known is not None and (known.source is InputSource.ASSUMED or known.conflict is not None)


def _affordable(evaluation: Evaluation, model: Model, evaluations: int) -> int:
    """How many images may be tried in all ways within the time, by what one took in the evaluation."""
    if not evaluation.duration_s or not evaluation.images:
        return _MOST_IMAGES
    one_s = evaluation.duration_s / (evaluation.images * max(1, evaluations))
    return int(min(_MOST_IMAGES, _LONGEST_S / (one_s * max(1, len(values_of(model))))))
