"""Top-1 and Top-5 against TFLite's own evaluation tool, on the same images, for every model it was run on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from harness.accuracy.datasets import load_dataset
from harness.accuracy.evaluate import evaluate
from harness.records.evaluation import Evaluation
from harness.records.run import EvaluationTask
from harness.records.vocabulary import Delegate, Quantization, Runtime, Status
from harness.zoo.registry import load_zoo
from harness.zoo.resolve import resolve_models

SETS = ("imagenet_val_650", "imagenet_train_500")
POINTS = 0.3
# The arithmetic of dynamic-range models depends on how the runtime was built.
POINTS_DYNAMIC = 0.5


@pytest.fixture(scope="module")
def reference(assets: Path) -> Mapping[str, Mapping[str, Mapping[str, float]]]:
    images = json.loads((assets / "reference_accuracy.json").read_text())["images"]
    assert images
    return dict(images)


@pytest.mark.parametrize("name", SETS)
def test_every_model_agrees_with_the_official_tool(assets: Path, reference: Mapping, name: str):
    models = resolve_models([str(assets / "models" / file) for file in reference], load_zoo())
    dataset = load_dataset(str(assets / name))
    tasks = [
        EvaluationTask(each.name, each.sha256, "local", Runtime.LITERT, Delegate.CPU, dataset.name)
        for each in models
    ]
    by_name = {each.name: each for each in models}
    results = {each.model: each for each, _ in evaluate(tasks, dataset, by_name, cores=2)}
    assert len(results) == len(reference)
    off = []
    for file, expected in reference.items():
        model = by_name[Path(file).stem]
        allowed = POINTS_DYNAMIC if model.quantization is Quantization.DYNAMIC else POINTS
        off += _differences(results[model.name], expected[name], allowed)
    assert not off


def _differences(found: Evaluation, expected: Mapping[str, float], allowed: float) -> list[str]:
    assert found.status is Status.OK, (found.model, found.reason)
    assert not found.excluded
    pairs = {
        "Top-1": (found.top1_correct / found.images, expected["top1"]),
        "Top-5": (found.top5_correct / found.images, expected["top5"]),
    }
    return [
        f"{found.model}: {what} {ours:.4f} against {theirs:.4f}"
        for what, (ours, theirs) in pairs.items()
        # The reference is rounded to six digits.
        if abs(ours - theirs) * 100 > allowed + 1e-4
    ]
