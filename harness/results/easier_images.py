"""Whether the images of a run are easier than those that published figures are of. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import replace

from harness.records.row import Caution, Row
from harness.records.run import Run

__all__ = ["EASIER_IMAGES", "with_easier_images"]

EASIER_IMAGES = "easier-images"

_IMAGENET_CLASSES = 1000
# Below this a publisher's other preprocessing or rounding would do as well.
_POINTS = 3.0


def with_easier_images(run: Run, rows: Sequence[Row]) -> tuple[Row, ...]:
    """Rows scored on images on which models do better than published, with that as a caution first.

    It is told by the models of the run whose figures on ImageNet are published:
    most must lie above them by more than their intervals allow.
    """
    if EASIER_IMAGES in run.options.allow:
        return tuple(rows)
    found = {each.name: _caution(run, rows, each.name) for each in run.datasets if _is_imagenet(each.classes)}
    return tuple(
        replace(row, warnings=(caution, *row.warnings))
        if row.top1 is not None and (caution := found.get(row.dataset or "")) is not None
        else row
        for row in rows
    )


def _is_imagenet(classes: int) -> bool:
    return classes == _IMAGENET_CLASSES


def _caution(run: Run, rows: Sequence[Row], dataset: str) -> Caution | None:
    published = {
        (model.sha256, model.name): model.published_accuracy.top1_percent
        for model in run.models
        if model.published_accuracy is not None and model.dataset is None
    }
    above: dict[str, tuple[float, bool]] = {}
    for row in rows:
        stated = published.get((row.sha256, row.model))
        if row.dataset == dataset and stated is not None and row.top1 is not None:
            outside = row.top1_low is not None and 100 * row.top1_low > stated
            above[row.sha256] = (100 * row.top1 - stated, outside)
    points = [each for each, _ in above.values()]
    certain = sum(outside for _, outside in above.values())
    if not points or 2 * certain <= len(points) or statistics.median(points) < _POINTS:
        return None
    span = f"{min(points):+.0f} to {max(points):+.0f}" if len(points) > 1 else f"{points[0]:+.0f}"
    models = f"{len(points)} models of this run" if len(points) > 1 else "one model of this run"
    return Caution(
        EASIER_IMAGES,
        f"photos easier than ImageNet: {span} points above the published Top-1 of {models}",
        "compare models with each other on these images; for ImageNet's own figure score on imagenet-val",
        f"--allow {EASIER_IMAGES}",
    )
