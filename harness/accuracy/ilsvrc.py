"""ILSVRC2012's validation images without a list of their own: the number in a file's name says its class.

The classes are those of `imagenet_groundtruth_labels.txt` of XiaoMi/mobile-ai-bench (Apache-2.0),
one English name an image. `crane` and `maillot` are the names of two classes each, so the 200
images of these four cannot be told apart by it; they are left out, each with the reason.
"""

from __future__ import annotations

import gzip
from functools import lru_cache
from pathlib import Path

from harness.accuracy import imagenet
from harness.accuracy.dataset import ClassKeys, Dataset
from harness.accuracy.image_files import image_folder, list_images
from harness.accuracy.truth import items_by_name
from harness.errors import DatasetError

__all__ = ["holds_only_ilsvrc", "load_ilsvrc", "val_class_names"]


@lru_cache(maxsize=1)
def val_class_names() -> tuple[str, ...]:
    """English class name of image 1, 2, …, 50,000."""
    packed = Path(__file__).with_name("ilsvrc2012_val_labels.txt.gz").read_bytes()
    return tuple(gzip.decompress(packed).decode("utf-8").splitlines())


def holds_only_ilsvrc(root: Path) -> bool:
    """Whether a folder (or the usual sub-folder of it) holds validation images and no other ones."""
    files = list_images(image_folder(root))
    return bool(files) and all(map(imagenet.validation_number, files))


def load_ilsvrc(root: Path) -> Dataset:
    """The whole set or a part of it. Raises DatasetError for a folder without such images."""
    folder = image_folder(root)
    names = val_class_names()
    pairs = [
        (file, names[number - 1])
        for file in list_images(folder)
        if (number := imagenet.validation_number(file))
    ]
    if not pairs:
        raise DatasetError(f"{folder} holds no file named like ILSVRC2012_val_00000001.JPEG")
    items, left_out = items_by_name(folder, pairs, imagenet.class_names())
    return Dataset(
        name=root.name,
        root=root,
        image_root=folder,
        items=tuple(items),
        classes=imagenet.CLASSES,
        class_names=imagenet.class_names(),
        keys=ClassKeys.IMAGENET,
        left_out=tuple(left_out),
    )
