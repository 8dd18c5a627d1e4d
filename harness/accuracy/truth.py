"""Layouts with a ground truth file: ILSVRC2012's validation set, and that of TFLite's evaluation tool.

ILSVRC's file holds one number an image, which is an id of the development kit
and no class index; the kit's `meta.mat` translates it. The tool's file holds one
class name an image, in bytewise order of the file names.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from harness.accuracy import imagenet
from harness.accuracy.class_names import ClassNames
from harness.accuracy.dataset import ClassKeys, Dataset, Item
from harness.accuracy.image_files import image_folder, list_images, make_item
from harness.accuracy.label_files import numbered_lines
from harness.errors import DatasetError

__all__ = ["find_truth", "items_by_name", "load_truth"]

_TRUTH_NAME = re.compile(r".*ground_?truth.*\.txt", re.IGNORECASE)
_ID_DIGITS = 20
"""Numbers of more digits are no ids, and Python takes its time to read them."""
_KIT_FOLDERS = (".", "data", "ILSVRC2012_devkit_t12/data", "devkit/data")


class _Truth(NamedTuple):
    """One label of the file, with the line it stands in."""

    line: int
    text: str


def find_truth(root: Path) -> Path | None:
    """The ground truth file of a folder, or of the development kit within it.

    Raises DatasetError where there are several.
    """
    for folder in (root / name for name in _KIT_FOLDERS):
        found = sorted(path for path in folder.glob("*.txt") if _TRUTH_NAME.fullmatch(path.name))
        if len(found) > 1:
            raise DatasetError(f"{folder} holds several ground truth files: {found[0].name}, {found[1].name}")
        if found:
            return found[0]
    return None


def load_truth(root: Path, path: Path, *, names: Sequence[str] | None) -> Dataset:
    """Load either layout. Class names are `names`, ImageNet's, or its own. Raises DatasetError."""
    truths = [_Truth(number, text.strip()) for number, text in numbered_lines(path)]
    folder = image_folder(root)
    files = list_images(folder)
    if not truths or not files:
        what = "labels" if not truths else "images"
        raise DatasetError(f"{path if not truths else folder} holds no {what}")
    pairs = _pair(path, folder, files, truths)
    if all(truth.text.isascii() and truth.text.isdigit() for truth in truths):
        return _dataset(root, folder, _ids_to_items(path, folder, pairs), (), imagenet.class_names())
    if names is not None and _unknown(truths, names) is not None:
        raise _unknown_name(path, truths, names)
    of_imagenet = names is None and _unknown(truths, imagenet.class_names()) is None
    own = sorted({truth.text for truth in truths}, key=os.fsencode)
    candidates = imagenet.class_names() if of_imagenet else names or own
    items, left_out = items_by_name(folder, [(file, truth.text) for file, truth in pairs], candidates)
    dataset = _dataset(root, folder, items, left_out, candidates)
    if of_imagenet:
        return dataset
    order_of = "the order of its labels.txt" if names is not None else "the bytewise order of the class names"
    return replace(dataset, keys=ClassKeys.NAMES, order=tuple(range(len(candidates))), order_of=order_of)


def _dataset(
    root: Path,
    folder: Path,
    items: Iterable[Item],
    left_out: Sequence[tuple[str, str]],
    names: Sequence[str],
) -> Dataset:
    return Dataset(
        name=root.name,
        root=root,
        image_root=folder,
        items=tuple(items),
        classes=len(names),
        class_names=tuple(names),
        keys=ClassKeys.IMAGENET,
        left_out=tuple(left_out),
    )


def _pair(
    path: Path, folder: Path, files: Sequence[str], truths: Sequence[_Truth]
) -> list[tuple[str, _Truth]]:
    """By the number in ILSVRC's file names, which holds for a part of the set too; else by position."""
    numbers = [imagenet.validation_number(name) for name in files]
    if len(truths) == imagenet.VALIDATION_IMAGES and all(numbers):
        return [(name, truths[number - 1]) for name, number in zip(files, numbers, strict=True)]
    if len(files) != len(truths):
        raise DatasetError(
            f"{path} holds {len(truths)} labels, but {folder} holds {len(files)} images",
            next_step="line n must be the label of the n-th image in bytewise order of names",
        )
    return list(zip(files, truths, strict=True))


def _ids_to_items(path: Path, folder: Path, pairs: Sequence[tuple[str, _Truth]]) -> Iterator[Item]:
    index_of = _kit_index(path)
    for name, truth in pairs:
        label = index_of.get(int(truth.text)) if len(truth.text) < _ID_DIGITS else None
        if label is None:
            shown = truth.text[:_ID_DIGITS]
            raise DatasetError(f"{path}:{truth.line}: {shown} is no ILSVRC2012 id from 1 to 1000")
        yield make_item(folder, name, label)


def _kit_index(path: Path) -> dict[int, int]:
    """Class index by ILSVRC2012 id, from the kit's meta.mat beside the ground truth."""
    from scipy.io import loadmat

    meta = path.with_name("meta.mat")
    if not meta.is_file():
        raise DatasetError(
            f"{path} holds the ids of the ILSVRC2012 development kit, which are no class indices",
            next_step=f"put the kit's meta.mat beside it: {meta}",
        )
    known = {wnid: index for index, wnid in enumerate(imagenet.wnids())}
    try:
        synsets = loadmat(str(meta), squeeze_me=True)["synsets"]
        pairs = [(int(row["ILSVRC2012_ID"]), str(row["WNID"])) for row in synsets]
    except Exception as error:  # scipy raises whatever a broken file makes it raise
        raise DatasetError(f"{meta} is not the development kit's meta.mat: {error}") from error
    return {number: known[wnid] for number, wnid in pairs if number <= imagenet.CLASSES and wnid in known}


def items_by_name(
    folder: Path, pairs: Sequence[tuple[str, str]], names: Sequence[str]
) -> tuple[list[Item], list[tuple[str, str]]]:
    """Images with the index of their class name, and those left out because two classes share it."""
    known = ClassNames(names)
    items: list[Item] = []
    left_out: list[tuple[str, str]] = []
    for file, name in pairs:
        shared = known.shared(name)
        if shared is None:
            items.append(make_item(folder, file, known.positions(name)[0]))
        else:
            left_out.append((file, shared))
    return items, left_out


def _unknown(truths: Sequence[_Truth], names: Sequence[str]) -> _Truth | None:
    known = ClassNames(names)
    return next((truth for truth in truths if not known.positions(truth.text)), None)


def _unknown_name(path: Path, truths: Sequence[_Truth], names: Sequence[str]) -> DatasetError:
    truth = _unknown(truths, names)
    assert truth is not None
    return DatasetError(
        f"{path}:{truth.line}: {truth.text!r} is none of the {len(names)} class names",
        next_step=ClassNames(names).nearest(truth.text)
        or "put the class names, one a line, into labels.txt beside it",
    )
