"""What each model is fed while it is timed in place of random data: a real image."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from harness.errors import ModelError
from harness.latency.launcher import ModelInput
from harness.records.model import Model

__all__ = ["image_inputs"]


def image_inputs(image: Path, models: Sequence[Model], folder: Path) -> dict[str, ModelInput]:
    """The image, preprocessed for each model and written to `folder` as one array a model.

    Raises ImageError for an image that cannot be read and ModelError for a model that takes none.
    """
    import numpy as np

    from harness.accuracy.decode import decode_image
    from harness.accuracy.preprocess import preprocess_for

    pixels = decode_image(image)
    folder.mkdir(parents=True, exist_ok=True)
    inputs = {}
    for model in models:
        if model.facts is None or model.no_classifier is not None:
            raise ModelError(
                f"--input {image.name}: {model.name} takes no image ({model.no_classifier or model.problem})",
                next_step="leave out --input to time it with random data",
            )
        array = folder / f"{model.sha256[:16]}.npy"
        np.save(array, preprocess_for(pixels, model.preprocess, model.facts.inputs[0]))
        inputs[model.name] = ModelInput(array=array, description=f"image {image.name}")
    return inputs
