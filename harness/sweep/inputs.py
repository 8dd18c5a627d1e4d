"""What each model is fed while it is timed in place of random data: a real image."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import ModelError
from harness.latency.launcher import ModelInput
from harness.records.model import Model
from harness.zoo.image_form import fed_shape

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["check_image_input", "image_inputs"]


def check_image_input(image: Path, models: Sequence[Model]) -> NDArray[np.uint8]:
    """The pixels of an image that every model can be fed.

    Raises ImageError for an image that cannot be read and ModelError for a model that takes none.
    """
    from harness.accuracy.decode import decode_image

    for model in models:
        if model.facts is None or model.no_classifier is not None:
            raise ModelError(
                f"--input {image.name}: {model.name} takes no image ({model.no_classifier or model.problem})",
                next_step="leave out --input to time it with random data",
            )
    return decode_image(image)


def image_inputs(image: Path, models: Sequence[Model], folder: Path) -> dict[str, ModelInput]:
    """The image, preprocessed for each model and written to `folder` as one array a model.

    Raises as `check_image_input`.
    """
    import numpy as np

    from harness.accuracy.preprocess import preprocess_for

    pixels = check_image_input(image, models)
    folder.mkdir(parents=True, exist_ok=True)
    inputs = {}
    for model in models:
        assert model.facts is not None  # checked above
        array = folder / f"{model.sha256[:16]}.npy"
        np.save(array, preprocess_for(pixels, model.preprocess, model.facts.inputs[0]))
        inputs[model.name] = ModelInput(
            array=array,
            description=f"image {image.name}",
            shape=fed_shape(model.facts, model.preprocess),
        )
    return inputs
