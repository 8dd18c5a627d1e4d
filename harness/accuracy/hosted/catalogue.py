"""The data sets that can be named: where they lie, which of their images count, and what to beware of.

Addresses, sizes and digests as of 2026-09. fast.ai's archives hold images of ImageNet's training and
validation sets in new folders `train` and `val`; the genuine validation images, 50 a class, are
recognised by their file names in either.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from harness.accuracy import imagenet
from harness.zoo.fetch.source import FetchTarget, Source

__all__ = ["HOSTED", "HostedSet", "Picked"]

_VALIDATION_NAME = re.compile(r"ILSVRC2012_val_\d{8}\.JPEG")
_V2_FOLDER = re.compile(r"\d{1,3}")
_IMAGE_NAME = re.compile(r"[\w.-]{1,100}\.(?:jpe?g|JPE?G)")

_FAST_AI = "https://s3.amazonaws.com/fast-ai-imageclas"
_V2 = (
    "https://huggingface.co/datasets/vaishaal/ImageNetV2/resolve/"
    "d626240be2538720e83103a0e1178d24aca8b12c/imagenetv2-matched-frequency.tar.gz"
)


@dataclass(frozen=True, slots=True)
class Picked:
    """One image of an archive: the name it is kept under, and its class where the archive tells."""

    file: str
    label: int | None


@dataclass(frozen=True, slots=True)
class HostedSet:
    """A data set in an archive. `pick` tells for a member's name whether it belongs to the set."""

    name: str
    target: FetchTarget
    pick: Callable[[str], Picked | None]
    images: int
    caveat: str


def genuine_validation_image(member: str) -> Picked | None:
    """A file `…/<wnid>/ILSVRC2012_val_<number>.JPEG`."""
    path = PurePosixPath(member)
    if not _VALIDATION_NAME.fullmatch(path.name):
        return None
    wnid = path.parent.name
    return Picked(path.name, imagenet.wnids().index(wnid)) if wnid in imagenet.wnids() else None


def numbered_folder(member: str) -> Picked | None:
    """A file `…/<class index>/<name>.jpeg`."""
    path = PurePosixPath(member)
    folder = path.parent.name
    if not _V2_FOLDER.fullmatch(folder) or not _IMAGE_NAME.fullmatch(path.name):
        return None
    return Picked(f"{int(folder):03d}_{path.name}", int(folder))


def _fast_ai(name: str, archive: str, sha256: str, size_bytes: int, caveat: str) -> HostedSet:
    target = FetchTarget(name, (Source(f"{_FAST_AI}/{archive}"),), sha256, size_bytes, ".tgz")
    return HostedSet(name, target, genuine_validation_image, 500, caveat)


_EASY = (
    "500 of ILSVRC2012's 50,000 validation images, of ten classes that are easy to tell apart:"
    " accuracy is optimistic against the full set"
)
_DOGS = (
    "500 of ILSVRC2012's 50,000 validation images, of ten dog breeds, which are hard to tell apart:"
    " accuracy is pessimistic against the full set"
)
_SMALL = "; fast.ai scaled them to 320 pixels on the short side, which changes accuracy a little"

_SETS = (
    _fast_ai(
        "imagenette-val",
        "imagenette2.tgz",
        "6cbfac238434d89fe99e651496f0812ebc7a10fa62bd42d6874042bf01de4efd",
        1_557_161_267,
        _EASY,
    ),
    _fast_ai(
        "imagenette-val-320",
        "imagenette2-320.tgz",
        "569b4497c98db6dd29f335d1f109cf315fe127053cedf69010d047f0188e158c",
        341_663_724,
        _EASY + _SMALL,
    ),
    _fast_ai(
        "imagewoof-val",
        "imagewoof2.tgz",
        "de3f58c4ea3e042cf3f8365fbc699288cfe1d8c151059040d181c221bd5a55b8",
        1_343_715_595,
        _DOGS,
    ),
    _fast_ai(
        "imagewoof-val-320",
        "imagewoof2-320.tgz",
        "7db6120fdb9ae079e26346f89e7b00d7f184f8137791609b97fd0405d3f92305",
        328_387_740,
        _DOGS + _SMALL,
    ),
    HostedSet(
        "imagenetv2",
        FetchTarget(
            "imagenetv2",
            (Source(_V2),),
            "f0c37fdf925916b19ea1323cd9a2208cdb6959ba2c32eef2a7fc393835c9ca7c",
            1_264_079_360,
            ".tar",
        ),
        numbered_folder,
        10_000,
        "ImageNetV2, matched frequency: 10,000 new photographs chosen like ImageNet's;"
        " expect Top-1 10 to 15 points below published figures",
    ),
)

HOSTED = {each.name: each for each in _SETS}
"""By name."""
