"""The layout `images/` + `val.txt`: one `FILE INDEX` a line, the index counted from 0."""

from __future__ import annotations

import difflib
import posixpath
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from harness.accuracy import imagenet
from harness.accuracy.dataset import Dataset, Item
from harness.accuracy.image_files import contained_name, image_folder, list_images, make_item
from harness.accuracy.label_files import numbered_lines
from harness.errors import DatasetError

__all__ = ["LIST_NAME", "ListedImage", "load_listed", "parse_list"]

LIST_NAME = "val.txt"

# The name may hold blanks; the index is what follows the last ones.
_LINE = re.compile(r"[ \t]*(?P<file>\S(?:.*\S)?)[ \t]+(?P<index>[+-]?[0-9]{1,18})[ \t]*", re.ASCII)


class ListedImage(NamedTuple):
    """One line of the list."""

    line: int
    file: str
    label: int


def parse_list(path: Path) -> Iterator[ListedImage]:
    """The lines of a list, in order.

    Raises DatasetError, with file and line, for a line of another form, a
    negative index, a file that was listed before, or a path out of the folder.
    """
    first_line: dict[str, int] = {}
    for number, text in numbered_lines(path):
        place = f"{path}:{number}"
        match = _LINE.fullmatch(text)
        if match is None:
            raise DatasetError(f"{place}: {_shown(text)} is not of the form FILE INDEX")
        file, label = contained_name(match["file"], place=place), int(match["index"])
        if label < 0:
            raise DatasetError(f"{place}: the class index {label} is negative; indices count from 0")
        path_within = posixpath.normpath(file)
        if path_within in first_line:
            raise DatasetError(f"{place}: {file!r} is listed already in line {first_line[path_within]}")
        first_line[path_within] = number
        yield ListedImage(number, file, label)


def load_listed(root: Path, *, names: Sequence[str] | None, hint: Sequence[str] | None) -> Dataset:
    """Load the layout from its folder.

    `names` are the data set's own class names: they fix the number of classes.
    Without them the indices are ImageNet's, unless all of them fit `hint`, the
    class names of the models to be evaluated. Raises DatasetError.
    """
    list_path = root / LIST_NAME
    listed = list(parse_list(list_path))
    if not listed:
        raise DatasetError(f"{list_path} lists no images")
    classes, class_names = _classes(listed, names, hint)
    _check_range(list_path, listed, classes, declared=names is not None)
    folder = image_folder(root)
    return Dataset(
        name=root.name,
        root=root,
        image_root=folder,
        items=tuple(_items(list_path, folder, listed)),
        classes=classes,
        class_names=class_names,
        own_names=names is not None,
        left_out=_unlisted(folder, listed),
    )


def _classes(
    listed: Sequence[ListedImage], names: Sequence[str] | None, hint: Sequence[str] | None
) -> tuple[int, tuple[str, ...]]:
    if names is not None:
        return len(names), tuple(names)
    if hint is not None and len(hint) != imagenet.CLASSES and max(each.label for each in listed) < len(hint):
        return len(hint), tuple(hint)
    return imagenet.CLASSES, imagenet.class_names()


def _check_range(path: Path, listed: Sequence[ListedImage], classes: int, *, declared: bool) -> None:
    beyond = [each for each in listed if each.label >= classes]
    if not beyond:
        return
    first = beyond[0]
    raise DatasetError(
        f"{path}:{first.line}: the class index {first.label} is not within 0..{classes - 1}{_more(beyond)}",
        next_step=None
        if declared
        else "for classes other than ImageNet's put their names, one a line, into labels.txt beside it",
    )


def _items(path: Path, folder: Path, listed: Sequence[ListedImage]) -> list[Item]:
    items: list[Item] = []
    missing: list[ListedImage] = []
    for each in listed:
        try:
            items.append(make_item(folder, each.file, each.label))
        except (FileNotFoundError, OSError):
            missing.append(each)
    if missing:
        first = missing[0]
        raise DatasetError(
            f"{path}:{first.line}: {first.file!r} is not in {folder}{_more(missing)}",
            next_step=_similar(folder, first.file),
        )
    return items


def _unlisted(folder: Path, listed: Sequence[ListedImage]) -> tuple[tuple[str, str], ...]:
    """Images that no line names, each with the reason.

    A list that names the smaller part of a folder chooses; the rest is no slip.
    """
    named = {posixpath.normpath(each.file) for each in listed}
    unlisted = [name for name in list_images(folder) if name not in named]
    if len(unlisted) >= len(listed):
        return ()
    return tuple((name, f"no line of {LIST_NAME} names it") for name in unlisted)


def _similar(folder: Path, name: str) -> str | None:
    near = difflib.get_close_matches(name, list_images(folder), n=1, cutoff=0.8)
    return f"there is {near[0]!r}" if near else None


def _more(found: Sequence[ListedImage]) -> str:
    others = len(found) - 1
    return f" (nor are those of {others} more line{'s' * (others > 1)})" if others else ""


def _shown(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:77] + "...")
