"""Photos on which models do better than published are called easier, from the run's own models."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.records.evaluation import DatasetFacts
from harness.records.model import Model, PublishedAccuracy
from harness.results.easier_images import with_easier_images
from tests.choose.rows import row
from tests.results.factory import RUN

FACTS = DatasetFacts("photos", "/photos", 650, 1000, "f" * 64)


def messages(*models: tuple[float | None, float], classes: int = 1000, **options: object) -> list[list[str]]:
    """Cautions of a run whose models have such a published Top-1 in per cent, and such a measured share."""
    known = tuple(
        Model(f"m{n}", "/m", f"{n}" * 64, 1, published_accuracy=PublishedAccuracy(p, None) if p else None)
        for n, (p, _) in enumerate(models)
    )
    rows = [row(f"m{n}", top1=t, images=650, sha256=f"{n}" * 64) for n, (_, t) in enumerate(models)]
    run = replace(
        RUN,
        models=known,
        datasets=(replace(FACTS, classes=classes),),
        options=replace(RUN.options, **options),  # type: ignore[arg-type]
    )
    return [[each.message for each in made.warnings] for made in with_easier_images(run, rows)]


def test_every_scored_row_says_how_far_the_published_figures_lie_below():
    first, *others = messages((70.0, 0.84), (60.0, 0.79), (None, 0.5))
    [said] = first
    assert (
        said
        == "photos easier than ImageNet: +14 to +19 points above the published Top-1 of 2 models of this run"
    )
    assert others == [[said], [said]]


@pytest.mark.parametrize(
    "models",
    [((70.0, 0.71), (60.0, 0.61)), ((None, 0.9),), ((70.0, 0.55),), ((70.0, 0.9), (60.0, 0.6), (50.0, 0.5))],
)
def test_what_agrees_with_the_published_or_has_none_says_nothing(
    models: tuple[tuple[float | None, float], ...],
):
    assert not any(messages(*models))


def test_other_classes_are_no_imagenet_and_the_caution_can_be_silenced():
    assert not any(messages((70.0, 0.9), classes=10))
    assert not any(messages((70.0, 0.9), allow=("easier-images",)))
