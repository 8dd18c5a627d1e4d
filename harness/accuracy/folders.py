"""The layout with one folder a class, named by WordNet id, by class index or by class name."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.accuracy import imagenet
from harness.accuracy.class_names import ClassNames
from harness.accuracy.dataset import Dataset, Item
from harness.accuracy.image_files import make_item, walk_images
from harness.errors import DatasetError

__all__ = ["class_folders", "load_class_folders"]

_SPLITS = frozenset({"train", "val", "valid", "validation", "test"})


@dataclass(frozen=True)
class _Classes:
    index: dict[str, int]
    """Class index by folder name."""
    count: int
    names: tuple[str, ...] | None
    own: bool


def class_folders(root: Path) -> list[str]:
    """Names of the sub-folders that hold images, in bytewise order."""
    names = [entry.name for entry in os.scandir(root) if entry.is_dir() and not entry.name.startswith(".")]
    return [name for name in sorted(names, key=os.fsencode) if next(walk_images(root / name), None)]


def load_class_folders(root: Path, *, names: Sequence[str] | None, hint: Sequence[str] | None) -> Dataset:
    """Load the layout from its folder.

    Folder names are looked up in this order: `names` (the data set's own class
    names), `hint` (those of the models), WordNet ids of ImageNet, class indices,
    ImageNet's names. Names that are none of these are classes of their own, in
    bytewise order. Raises DatasetError.
    """
    folders = class_folders(root)
    _check_no_splits(root, folders)
    classes = _classes(root, folders, names, hint)
    return Dataset(
        name=root.name,
        root=root,
        image_root=root,
        items=tuple(_items(root, folders, classes.index)),
        classes=classes.count,
        class_names=classes.names,
        own_names=classes.own,
    )


def _check_no_splits(root: Path, folders: Sequence[str]) -> None:
    splits = [name for name in folders if name.casefold() in _SPLITS]
    if splits and len(splits) == len(folders):
        raise DatasetError(
            f"{root} holds parts of a data set ({', '.join(splits)}), not classes",
            next_step=f"give one part: {root / splits[-1]}",
        )


def _classes(
    root: Path, folders: Sequence[str], names: Sequence[str] | None, hint: Sequence[str] | None
) -> _Classes:
    if names is not None:
        return _by_declared_names(root, folders, names)
    if hint is not None:
        _check_not_shared(root, folders, hint)
        if (index := _lookup(folders, hint)) is not None:
            return _Classes(index, len(hint), tuple(hint), own=False)
    if any(_is_wnid(name) for name in folders):
        return _by_wnid(root, folders)
    if all(map(_is_index, folders)):
        return _by_index(root, folders)
    if (index := _lookup(folders, imagenet.class_names())) is not None:
        return _Classes(index, imagenet.CLASSES, imagenet.class_names(), own=False)
    return _Classes({name: n for n, name in enumerate(folders)}, len(folders), tuple(folders), own=True)


def _by_declared_names(root: Path, folders: Sequence[str], names: Sequence[str]) -> _Classes:
    _check_not_shared(root, folders, names)
    index = _lookup(folders, names)
    if index is None and all(map(_is_index, folders)):
        index = {name: int(name) for name in folders}
        beyond = [name for name in folders if int(name) >= len(names)]
        if beyond:
            raise DatasetError(f"{root / beyond[0]}: there are {len(names)} class names, 0..{len(names) - 1}")
    if index is None:
        unknown = ClassNames(names).unknown(folders) or folders[0]
        raise DatasetError(
            f"{root / unknown}: {unknown!r} is not one class among the {len(names)} class names"
        )
    return _Classes(index, len(names), tuple(names), own=True)


def _by_wnid(root: Path, folders: Sequence[str]) -> _Classes:
    known = {wnid: index for index, wnid in enumerate(imagenet.wnids())}
    unknown = [name for name in folders if name not in known]
    if unknown:
        raise DatasetError(f"{root / unknown[0]}: {unknown[0]!r} is none of ImageNet's 1,000 WordNet ids")
    return _Classes(
        {name: known[name] for name in folders}, imagenet.CLASSES, imagenet.class_names(), own=False
    )


def _by_index(root: Path, folders: Sequence[str]) -> _Classes:
    """Folders 0..n-1 without a gap are n classes; with gaps, they are some of ImageNet's 1,000."""
    index = {name: int(name) for name in folders}
    if len(set(index.values())) < len(index):
        raise DatasetError(f"{root} holds two folders for one class index (such as 7 and 007)")
    highest = max(index.values())
    if highest == len(index) - 1 and highest != imagenet.CLASSES - 1:
        return _Classes(index, len(index), None, own=True)
    if highest >= imagenet.CLASSES:
        raise DatasetError(
            f"{root}: the class index {highest} is not within 0..{imagenet.CLASSES - 1}",
            next_step="for classes other than ImageNet's put their names, one a line, into labels.txt there",
        )
    return _Classes(index, imagenet.CLASSES, imagenet.class_names(), own=False)


def _lookup(folders: Sequence[str], names: Sequence[str]) -> dict[str, int] | None:
    """Index of every folder's name, if each means exactly one class and one at least is no mere index."""
    known = ClassNames(names)
    found = [known.positions(folder) for folder in folders]
    if any(len(each) != 1 for each in found) or all(map(_is_index, folders)):
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


def _is_index(name: str) -> bool:
    return name.isascii() and name.isdigit()


def _is_wnid(name: str) -> bool:
    return len(name) == 9 and name[0] == "n" and name[1:].isascii() and name[1:].isdigit()


def _items(root: Path, folders: Sequence[str], index: dict[str, int]) -> Iterator[Item]:
    for folder in folders:
        for file in walk_images(root / folder):
            yield make_item(root, f"{folder}/{file}", index[folder])
