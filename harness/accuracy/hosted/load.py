"""A named data set: from the cache, from its archive on the network, or from the user's own copy."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from harness.accuracy import imagenet
from harness.accuracy.dataset import Dataset
from harness.accuracy.hosted.catalogue import HOSTED, HostedSet, Picked
from harness.accuracy.hosted.unpack import unpack_images
from harness.accuracy.ilsvrc import load_ilsvrc
from harness.accuracy.listed import load_listed
from harness.errors import DatasetError
from harness.zoo.fetch.cache import Cache
from harness.zoo.fetch.fetch import Fetcher

__all__ = ["IMAGENET_VAL", "IMAGENET_VARIABLE", "load_hosted", "load_imagenet_val", "load_imagenet_tar"]

IMAGENET_VAL = "imagenet-val"
IMAGENET_VARIABLE = "HARNESS_IMAGENET_VAL"

OnImage = Callable[[int, int], None]


def load_hosted(name: str, fetcher: Fetcher, *, on_image: OnImage = lambda done, total: None) -> Dataset:
    """The set of that name in `HOSTED`, fetched and unpacked where it is not in the cache yet.

    Raises ZooError where it cannot be fetched and DatasetError where it cannot be unpacked.
    """
    hosted = HOSTED[name]
    folder = _folder(fetcher.cache, hosted)
    with fetcher.cache.locked(f"data set {name}"):
        if not folder.is_dir():
            archive = fetcher.fetch(hosted.target)
            unpack_images(archive, folder, hosted.pick, images=hosted.images, on_image=on_image)
            # Its images lie beside it now, and it is large.
            archive.unlink()
    dataset = load_listed(folder, names=None)
    return replace(dataset, name=name, caveat=hosted.caveat)


def load_imagenet_val(cache: Cache, *, on_image: OnImage = lambda done, total: None) -> Dataset:
    """ILSVRC2012's validation set from where HARNESS_IMAGENET_VAL says that it lies. Raises DatasetError."""
    place = os.environ.get(IMAGENET_VARIABLE)
    if not place:
        raise DatasetError(
            f"{IMAGENET_VAL} needs your own copy, because its images may not be handed on",
            next_step=f"set {IMAGENET_VARIABLE} to the folder of its images, or to ILSVRC2012_img_val.tar",
        )
    path = Path(place).expanduser()
    if path.is_file():
        return load_imagenet_tar(path, cache, on_image=on_image)
    if not path.is_dir():
        raise DatasetError(f"{IMAGENET_VARIABLE}={place}: there is no such file or folder")
    return replace(load_ilsvrc(path.resolve()), name=IMAGENET_VAL)


def load_imagenet_tar(path: Path, cache: Cache, *, on_image: OnImage = lambda done, total: None) -> Dataset:
    """The same from the official archive, which is unpacked to the cache once. Raises DatasetError."""
    folder = cache.root / "sets" / f"{IMAGENET_VAL}-{path.stat().st_size}"
    with cache.locked(f"data set {IMAGENET_VAL}"):
        if not folder.is_dir():
            unpack_images(
                path, folder, _official_member, images=imagenet.VALIDATION_IMAGES, on_image=on_image
            )
    return replace(load_ilsvrc(folder), name=IMAGENET_VAL)


def _official_member(member: str) -> Picked | None:
    name = member.rpartition("/")[2]
    # The class comes from the number when the folder is read.
    return Picked(name, None) if imagenet.validation_number(name) else None


def _folder(cache: Cache, hosted: HostedSet) -> Path:
    return cache.root / "sets" / f"{hosted.name}-{(hosted.target.sha256 or '')[:12]}"
