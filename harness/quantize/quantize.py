"""From one float model to its smaller forms in the user's zoo."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.accuracy.dataset import Dataset
from harness.accuracy.decode import decode_image
from harness.accuracy.preprocess import preprocess_for
from harness.errors import DatasetError, ImageError, ModelError
from harness.quantize.variants import Variant, quantized
from harness.records.model import Model
from harness.records.vocabulary import Quantization
from harness.results.atomic import write_bytes
from harness.zoo.add import Added, add_model, entry_name
from harness.zoo.registry import load_zoo, users_zoo_file
from harness.zoo.resolve import problem_error

__all__ = ["check_float", "quantize_model"]


def check_float(model: Model) -> None:
    """Raises ModelError for a model that is broken, no classifier, or not float32."""
    if model.problem is not None:
        raise problem_error(model)
    if model.no_classifier is not None:
        raise ModelError(f"{model.name} is no image classifier: {model.no_classifier}")
    if model.facts is None or model.facts.quantization is not Quantization.FLOAT32:
        kind = model.facts.quantization if model.facts else "unknown"
        raise ModelError(f"{model.name} is {kind} already; only a float32 model can be quantized")


def quantize_model(
    model: Model,
    variants: Sequence[Variant],
    *,
    dataset: Dataset | None,
    images: int,
    seed: int,
    folder: Path | None = None,
    on_step: Callable[[str], None] = lambda text: None,
) -> Iterator[Added]:
    """Make the variants, one after the other, and enter each in the user's zoo file as the model's child.

    Files go to `folder` (default: `models` beside the zoo file). Raises ModelError and
    DatasetError; what was made before stays.
    """
    check_float(model)
    tensors: list[NDArray[np.float32]] = []
    if any(variant.needs_images for variant in variants):
        on_step(f"reading up to {images} images")
        tensors = _calibration(model, dataset, images, seed)
    data = Path(model.path).read_bytes()
    place = folder or users_zoo_file().parent / "models"
    place.mkdir(parents=True, exist_ok=True)
    for variant in variants:
        on_step(f"quantizing {model.name} to {variant}")
        name = _free_name(f"{entry_name(model.name)}_{variant}", place)
        path = place / f"{name}.tflite"
        write_bytes(path, quantized(data, variant, tensors))
        added = add_model(path, load_zoo(), parent=model)
        if added.was_there:
            path.unlink()  # made before, with the same outcome
        yield added


def _free_name(name: str, folder: Path) -> str:
    """The name, or one with a number where the zoo or the folder has it."""
    taken = {each.casefold() for each in load_zoo().items}
    number, candidate = 2, name
    while candidate.casefold() in taken or (folder / f"{candidate}.tflite").exists():
        candidate, number = f"{name}_{number}", number + 1
    return candidate


def _calibration(model: Model, dataset: Dataset | None, images: int, seed: int) -> list[NDArray[np.float32]]:
    if dataset is None:
        raise DatasetError(
            "int8 needs images to learn the ranges of activations from",
            next_step="give some with --dataset NAME|DIR, or leave out int8 with --to float16,dynamic",
        )
    assert model.facts is not None  # check_float
    tensors = []
    for item in dataset.take(images, seed).items:
        try:
            pixels = decode_image(dataset.image_root / item.file, dataset.exif)
        except ImageError:
            continue  # the evaluation names what it leaves out; calibration can do without one image
        tensor = preprocess_for(pixels, model.preprocess, model.facts.inputs[0])
        tensors.append(tensor.astype(np.float32))
    if not tensors:
        raise DatasetError(f"{dataset.name} holds no image that can be read")
    return tensors
