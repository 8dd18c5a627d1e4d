"""Where in a folder the classes are: a part of the set (train, val, test), or a folder around it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

from harness.accuracy.folders import class_folders
from harness.accuracy.image_files import list_images
from harness.errors import DatasetError

__all__ = ["Part", "Step", "next_step_down", "part_of"]

_FILLERS = frozenset({"set", "data", "dataset", "images", "image", "imgs", "img", "seg", "split", "folder"})
_PLAIN_NAMES = frozenset(
    {"images", "image", "img", "imgs", "photos", "pictures", "pics", "jpegimages", "data", "dataset"}
)
"""Names of folders of images, which are no classes."""


class Part(IntEnum):
    """What a part of a data set is for; the least is taken where there are several."""

    VALIDATION = 1
    TEST = 2
    TRAINING = 3


_PARTS = {
    **dict.fromkeys(("val", "valid", "validation", "dev", "eval", "evaluation"), Part.VALIDATION),
    **dict.fromkeys(("test", "testing", "tests"), Part.TEST),
    **dict.fromkeys(("train", "training"), Part.TRAINING),
}


class Step(NamedTuple):
    """A folder to look into instead, and why, in a sentence."""

    folder: Path
    notice: str


def part_of(name: str) -> Part | None:
    """The part that a folder's or file's name says: `Test`, `training_set`, `seg_test`, `valid`."""
    words = [word for word in re.split(r"[^a-z]+", name.casefold()) if word and word not in _FILLERS]
    if len(words) != 1:
        return None
    return _PARTS.get(words[0]) or _PARTS.get(re.sub(r"(set|data|images)$", "", words[0]))


def next_step_down(root: Path, *, is_labelled: Callable[[Path], bool]) -> Step | None:
    """The folder that holds the classes, where it is not `root` itself.

    `is_labelled` tells of a folder with images directly in it whether something there
    says their classes. Raises DatasetError where it takes a person to choose.
    """
    folders = class_folders(root)
    parts = {name: part for name in folders if (part := part_of(name)) is not None}
    classed = [name for name in parts if not list_images(root / name)]
    if classed or len(parts) == len(folders) > 1:
        usable = {name: parts[name] for name in parts if name in classed or is_labelled(root / name)}
        return _chosen_part(root, usable, shown=", ".join(parts))
    if len(folders) == 1 and not list_images(root):
        return _around(root, folders[0], labelled=is_labelled(root / folders[0]))
    _check_not_alike(root, folders)
    return None


def _chosen_part(root: Path, usable: Mapping[str, Part], *, shown: str) -> Step:
    if not usable:
        raise DatasetError(
            f"{root} holds parts of a data set ({shown}), and nothing says the images' classes"
        )
    best = min(usable.values())
    chosen = [name for name, part in usable.items() if part is best]
    if len(chosen) > 1 or best is Part.TRAINING:
        why = "only training images have classes" if best is Part.TRAINING else "several could be meant"
        raise DatasetError(
            f"{root} holds parts of a data set ({shown}), not classes: {why}",
            next_step=f"give the one you mean: {root / chosen[0]}",
        )
    return Step(root / chosen[0], f"of its parts {shown}, {chosen[0]} is used" if "," in shown else "")


def _around(root: Path, name: str, *, labelled: bool) -> Step | None:
    """The only folder, where it is no class: it holds folders, a list, or is called `images`."""
    if not list_images(root / name) or labelled:
        return Step(root / name, f"its classes are the folders in {name}")
    if name.casefold() in _PLAIN_NAMES:
        raise DatasetError(
            f"nothing in {root} says the classes of the images in {name}",
            next_step="expected val.txt, a CSV with classes, or one folder a class; see docs/accuracy.md",
        )
    return None


def _check_not_alike(root: Path, folders: Sequence[str]) -> None:
    """Folders that hold no images but the same folders each are parts of some kind: folds, sites."""
    if len(folders) < 2 or any(list_images(root / name) for name in folders):
        return
    inner = [set(class_folders(root / name)) for name in folders]
    shared = set.intersection(*inner)
    if len(shared) > 1 or (shared and all(each == shared for each in inner)):
        raise DatasetError(
            f"{', '.join(folders[:4])} in {root} hold the same folders ({', '.join(sorted(shared)[:4])}):"
            " they look like parts of a data set, not like classes",
            next_step=f"give the one you mean: {root / folders[-1]}",
        )
