"""The layout with one folder a class, named by WordNet id, by number or by class name."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from harness.accuracy import imagenet
from harness.accuracy.class_names import ClassNames, is_number
from harness.accuracy.dataset import ClassKeys, Dataset, Item
from harness.accuracy.image_files import make_item, visible_folders, walk_images, walk_others
from harness.errors import DatasetError

__all__ = ["class_folders", "load_class_folders"]

_BYTEWISE = "the bytewise order of the folders' names"


@dataclass(frozen=True)
class _Classes:
    """What the folders' names mean."""

    label: Mapping[str, int]
    count: int
    names: tuple[str, ...] | None
    keys: ClassKeys
    order_of: str = _BYTEWISE


def class_folders(root: Path) -> list[str]:
    """Names of the sub-folders that hold images, in bytewise order."""
    return [name for name in visible_folders(root) if next(walk_images(root / name), None)]


def load_class_folders(root: Path, *, names: Sequence[str] | None) -> Dataset:
    """Load the layout from its folder.

    Folder names are looked up in `names` (the data set's own class names), among the
    WordNet ids of ImageNet, as numbers, and among ImageNet's names. Names that are none
    of these are classes of their own. Folders without images are classes without images
    where their names allow it. Raises DatasetError.
    """
    filled = class_folders(root)
    if names is not None:
        classes = _of_declared_names(root, filled, names)
    else:
        classes = _of_folder_names(
            root, filled, [each for each in visible_folders(root) if each not in filled]
        )
    left_out = tuple(
        (f"{folder}/{file}", "no image that can be read, by its suffix or its content")
        for folder in visible_folders(root)
        for file in walk_others(root / folder)
    )
    return Dataset(
        name=root.name,
        root=root,
        image_root=root,
        items=tuple(_items(root, filled, classes.label)),
        classes=classes.count,
        class_names=classes.names,
        keys=classes.keys,
        order=_order(classes),
        order_of=classes.order_of,
        left_out=left_out,
        notices=tuple(_left_out_notice(left_out)),
    )


def _left_out_notice(left_out: Sequence[tuple[str, str]]) -> Iterator[str]:
    """How many of each kind, because images of a phone may all be of one that cannot be read."""
    kinds = Counter(PurePosixPath(file).suffix.lower() or "without a suffix" for file, _ in left_out)
    if kinds:
        counted = ", ".join(f"{number} {kind}" for kind, number in kinds.most_common(5))
        yield (
            f"{sum(kinds.values())} file(s) among the images cannot be read ({counted};"
            f" the first: {left_out[0][0]}); convert them to JPEG or PNG"
        )


def _order(classes: _Classes) -> tuple[int, ...]:
    if classes.order_of != _BYTEWISE:
        return tuple(range(classes.count))
    return tuple(classes.label[name] for name in sorted(classes.label, key=os.fsencode))


def _of_declared_names(root: Path, folders: Sequence[str], names: Sequence[str]) -> _Classes:
    _check_not_shared(root, folders, names)
    label = _lookup(folders, names)
    if label is None and all(map(is_number, folders)):
        label = _numbers_into(root, folders, len(names))
    if label is None:
        unknown = ClassNames(names).unknown(folders) or folders[0]
        raise DatasetError(
            f"{root / unknown}: {unknown!r} is not one class among the {len(names)} class names",
            next_step=ClassNames(names).nearest(unknown),
        )
    return _Classes(label, len(names), tuple(names), ClassKeys.NAMES, "the order of its labels.txt")


def _numbers_into(root: Path, folders: Sequence[str], count: int) -> dict[str, int]:
    """Indices into declared names; 1…n count from 1, because there is no n otherwise."""
    numbers = _distinct_numbers(root, folders)
    highest = max(numbers.values())
    first = int(highest == count and min(numbers.values()) > 0)
    if highest - first >= count:
        name = max(numbers, key=lambda each: numbers[each])
        raise DatasetError(f"{root / name}: there are {count} class names, 0..{count - 1}")
    return {name: number - first for name, number in numbers.items()}


def _of_folder_names(root: Path, filled: Sequence[str], empty: Sequence[str]) -> _Classes:
    if all(map(is_number, filled)):
        numbers = _distinct_numbers(root, [*filled, *filter(is_number, empty)])
        return _Classes(numbers, _number_of_classes(numbers), None, ClassKeys.NUMBERS)
    known = {wnid: index for index, wnid in enumerate(imagenet.wnids())}
    if all(name in known for name in filled):
        label = {name: known[name] for name in (*filled, *empty) if name in known}
    else:
        label = _lookup(filled, imagenet.class_names()) or {}
    if label:
        return _Classes(label, imagenet.CLASSES, imagenet.class_names(), ClassKeys.IMAGENET)
    names = sorted((*filled, *empty), key=os.fsencode)
    return _Classes({name: n for n, name in enumerate(names)}, len(names), tuple(names), ClassKeys.NAMES)


def _distinct_numbers(root: Path, folders: Sequence[str]) -> dict[str, int]:
    numbers = {name: int(name) for name in folders}
    if len(set(numbers.values())) < len(numbers):
        raise DatasetError(f"{root} holds two folders for one class index (such as 7 and 007)")
    return numbers


def _number_of_classes(numbers: Mapping[str, int]) -> int:
    """For the record only; which number is which output, each model's own facts decide."""
    lowest, highest = min(numbers.values()), max(numbers.values())
    if highest - lowest + 1 == len(numbers) and lowest in (0, 1):
        return len(numbers)
    return max(imagenet.CLASSES, highest + 1)


def _lookup(folders: Sequence[str], names: Sequence[str]) -> dict[str, int] | None:
    """Index of every folder's name, if each means exactly one class and one at least is no mere index."""
    known = ClassNames(names)
    found = [known.positions(folder) for folder in folders]
    all_indices = all(map(is_number, folders)) and not set(folders) <= set(names)
    if any(len(each) != 1 for each in found) or all_indices:
        return None
    index_of = {folder: each[0] for folder, each in zip(folders, found, strict=True)}
    return index_of if len(set(index_of.values())) == len(folders) else None


def _check_not_shared(root: Path, folders: Sequence[str], names: Sequence[str]) -> None:
    """A folder whose name two classes bear, among folders that are all names: not to be guessed."""
    known = ClassNames(names)
    if known.unknown(folders) is not None:
        return
    for folder in folders:
        if reason := known.shared(folder):
            index = known.positions(folder)[0]
            raise DatasetError(f"{root / folder}: {reason}", next_step=f"name the folder by it: {index}")


def _items(root: Path, folders: Sequence[str], index: Mapping[str, int]) -> Iterator[Item]:
    for folder in folders:
        for file in walk_images(root / folder):
            yield make_item(root, f"{folder}/{file}", index[folder])
