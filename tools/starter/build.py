"""Make the whole starter zoo anew: pictures, networks, models, and what training reached.

python build.py ../../harness/zoo/starter
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from preprocess import central_square, shrink
from task import LABELS, draw_picture

TRAINING_IMAGES = 24_000
TRAINING_SEED = 1_000  # every shard of 1,000 pictures has a seed of its own from here on
VALIDATION_IMAGES = 500
VALIDATION_SEED = 7  # far from the training seeds: no picture is drawn twice
NETWORK_SEED = 1
EPOCHS = 14
JPEG_QUALITY = 72
GRAYSCALE_EVERY = 20
SIZES = (32, 48, 64)
_SHARD = 1_000

Images = dict[int, NDArray[np.uint8]]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path, help="folder of the starter zoo")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--keep", type=Path, help="keep the trained networks in this folder, too")
    arguments = parser.parse_args()
    write_validation(arguments.out)
    (arguments.out / "labels.txt").write_text("".join(f"{label}\n" for label in LABELS))
    with ProcessPoolExecutor() as pool:
        shards = list(pool.map(draw_shard, range(TRAINING_IMAGES // _SHARD)))
    images = {size: np.concatenate([shard[size] for shard, _ in shards]) for size in SIZES}
    labels = np.concatenate([of_shard for _, of_shard in shards])
    models = list(
        train_and_convert(
            arguments.out / "models", images, labels, epochs=arguments.epochs, keep=arguments.keep
        )
    )
    record(arguments.out, models, arguments.epochs)


def draw_shard(number: int) -> tuple[Images, NDArray[np.int64]]:
    """A thousand training pictures at every input size, and their classes."""
    generator = np.random.default_rng(TRAINING_SEED + number)
    labels = np.arange(_SHARD) % len(LABELS)
    squares = [central_square(draw_picture(generator, int(label)).pixels) for label in labels]
    return {size: np.stack([shrink(square, size) for square in squares]) for size in SIZES}, labels


def write_validation(out: Path) -> None:
    """The bundled images: JPEG, some of them grayscale, and their classes in `val.txt`."""
    folder = out / "val" / "images"
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(VALIDATION_SEED)
    lines = []
    for number in range(VALIDATION_IMAGES):
        label = number % len(LABELS)
        image = Image.fromarray(draw_picture(generator, label).pixels)
        if number % GRAYSCALE_EVERY == GRAYSCALE_EVERY - 1:
            image = image.convert("L")
        name = f"val_{number:04d}.jpg"
        image.save(folder / name, quality=JPEG_QUALITY, optimize=True)
        lines.append(f"{name} {label}\n")
    (out / "val" / "val.txt").write_text("".join(lines))


def train_and_convert(
    folder: Path, images: Images, labels: NDArray[np.int64], *, epochs: int, keep: Path | None
) -> Iterator[dict[str, object]]:
    """Train every width and write its four variants."""
    from convert import VARIANTS, convert
    from network import WIDTHS, train

    folder.mkdir(parents=True, exist_ok=True)
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
    for width in WIDTHS:
        of_size = images[width.input_size]
        network = train(width, of_size, labels, seed=NETWORK_SEED, epochs=epochs)
        if keep is not None:
            network.save(keep / f"{width.name}.keras")
        for variant in VARIANTS:
            path = folder / f"starter_{width.name}_{variant}.tflite"
            path.write_bytes(convert(width, network, variant, of_size[:320]))
            yield {
                "model": path.stem,
                "parameters": int(network.count_params()),
                "input_size": width.input_size,
            }


def record(out: Path, models: list[dict[str, object]], epochs: int) -> None:
    """Score every file as it lies on disk and write down what was reached, and with what."""
    from score import top1

    for model in models:
        path = out / "models" / f"{model['model']}.tflite"
        model["size_bytes"] = path.stat().st_size
        model["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
        model["top1"] = round(top1(path, out / "val"), 4)
        print(model)
    packages = ("tensorflow-cpu", "keras", "numpy", "pillow", "ai-edge-litert")
    facts = {
        "made_with": {"python": sys.version.split()[0], **{name: version(name) for name in packages}},
        "training_images": TRAINING_IMAGES,
        "training_seed": TRAINING_SEED,
        "validation_images": VALIDATION_IMAGES,
        "validation_seed": VALIDATION_SEED,
        "network_seed": NETWORK_SEED,
        "epochs": epochs,
        "models": models,
    }
    (out / "training.json").write_text(json.dumps(facts, indent=1) + "\n")


if __name__ == "__main__":
    main()
