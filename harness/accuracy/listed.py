"""The layout `images/` + `val.txt`: one `FILE INDEX` a line, the index counted from 0, or `FILE LABEL`."""

from __future__ import annotations

import difflib
import os
import posixpath
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from harness.accuracy import imagenet
from harness.accuracy.class_names import ClassNames
from harness.accuracy.dataset import ClassKeys, Dataset, Item
from harness.accuracy.decode import IMAGE_SUFFIXES
from harness.accuracy.image_files import contained_name, image_folder, list_images, make_item
from harness.accuracy.label_files import numbered_lines
from harness.errors import DatasetError

__all__ = ["LIST_NAME", "ListedImage", "load_listed", "parse_list"]

LIST_NAME = "val.txt"

# The name may hold blanks; the index is what follows the last ones.
_LINE = re.compile(r"[ \t]*(?P<file>\S(?:.*\S)?)[ \t]+(?P<label>[+-]?[0-9]{1,18})[ \t]*", re.ASCII)
# A class name may hold blanks too; the file's name then ends with the first suffix of an image.
_SUFFIXES = "|".join(re.escape(each) for each in sorted(IMAGE_SUFFIXES))
_NAMED = re.compile(rf"[ \t]*(?P<file>\S.*?(?:{_SUFFIXES}))[ \t]+(?P<label>\S(?:.*\S)?)[ \t]*", re.I | re.A)


class ListedImage(NamedTuple):
    """One line of the list."""

    line: int
    file: str
    label: int | str
    """The class index, or the class name."""


def parse_list(path: Path, is_file: Callable[[str], bool] = lambda name: True) -> Iterator[ListedImage]:
    """The lines of a list, in order.

    `a.jpg boeing 747` may be the class `boeing 747` or the file `a.jpg boeing`: `is_file`
    decides, and where it knows neither or both, the number is an index.

    Raises DatasetError, with file and line, for a line of another form, a
    negative index, a file that was listed before, or a path out of the folder.
    """
    first_line: dict[str, int] = {}
    for number, text in numbered_lines(path):
        place = f"{path}:{number}"
        file, label = _entry(text, place, is_file)
        if isinstance(label, int) and label < 0:
            raise DatasetError(f"{place}: the class index {label} is negative; indices count from 0")
        path_within = posixpath.normpath(file)
        if path_within in first_line:
            raise DatasetError(f"{place}: {file!r} is listed already in line {first_line[path_within]}")
        first_line[path_within] = number
        yield ListedImage(number, file, label)


def _entry(text: str, place: str, is_file: Callable[[str], bool]) -> tuple[str, int | str]:
    indexed, named = _LINE.fullmatch(text), _NAMED.fullmatch(text)
    if indexed is not None and (named is None or is_file(indexed["file"]) or not is_file(named["file"])):
        return contained_name(indexed["file"], place=place), int(indexed["label"])
    if named is None:
        raise DatasetError(f"{place}: {_shown(text)} is not of the form FILE INDEX or FILE LABEL")
    return contained_name(named["file"], place=place), named["label"]


def load_listed(root: Path, *, names: Sequence[str] | None) -> Dataset:
    """Load the layout from its folder.

    `names` are the data set's own class names. Without them class names are ImageNet's where
    all are, else the set's own; numbers are class indices of the model, counted from 0. An
    image whose class name two classes bear is left out. Raises DatasetError.
    """
    list_path, folder = root / LIST_NAME, image_folder(root)
    listed = list(parse_list(list_path, lambda name: _is_file(folder, name)))
    if not listed:
        raise DatasetError(f"{list_path} lists no images")
    meaning = _meaning(list_path, listed, names)
    indexed, shared = _indexed(listed, meaning.names)
    if meaning.keys is not ClassKeys.NUMBERS:
        _check_range(list_path, indexed, len(meaning.names), declared=names is not None)
    return Dataset(
        name=root.name,
        root=root,
        image_root=folder,
        items=tuple(_items(list_path, folder, indexed)),
        classes=max(len(meaning.names), *(each.label + 1 for each in indexed), 1),
        class_names=tuple(meaning.names),
        keys=meaning.keys,
        order=() if meaning.keys is ClassKeys.NUMBERS else tuple(range(len(meaning.names))),
        order_of=meaning.order_of,
        first_number=None if any(isinstance(each.label, str) for each in listed) else 0,
        left_out=(*shared, *_unlisted(folder, listed)),
    )


class _Meaning(NamedTuple):
    """What the labels of a list are names of, or indices into."""

    names: ClassNames
    keys: ClassKeys
    order_of: str = "the order of its labels.txt"


def _meaning(path: Path, listed: Sequence[ListedImage], names: Sequence[str] | None) -> _Meaning:
    texts = [each.label for each in listed if isinstance(each.label, str)]
    of_imagenet = ClassNames(imagenet.class_names())
    if names is not None:
        if ClassNames(names).unknown(texts) is not None:
            raise _unknown_name(path, listed, ClassNames(names))
        return _Meaning(ClassNames(names), ClassKeys.NAMES)
    if not texts:
        return _Meaning(of_imagenet, ClassKeys.NUMBERS)
    if of_imagenet.unknown(texts) is None:
        return _Meaning(of_imagenet, ClassKeys.IMAGENET)
    if len(texts) < len(listed):
        raise _unknown_name(path, listed, of_imagenet)
    own = ClassNames(sorted(set(texts), key=os.fsencode))
    return _Meaning(own, ClassKeys.NAMES, "the bytewise order of the class names")


def _unknown_name(path: Path, listed: Sequence[ListedImage], names: ClassNames) -> DatasetError:
    text = names.unknown(each.label for each in listed if isinstance(each.label, str))
    line = next((each.line for each in listed if each.label == text), listed[0].line)
    return DatasetError(
        f"{path}:{line}: {_shown(text or '')} is none of the {len(names)} class names",
        next_step=names.nearest(text or "") or "put the class names, one a line, into labels.txt beside it",
    )


def _indexed(
    listed: Sequence[ListedImage], names: ClassNames
) -> tuple[list[_Indexed], list[tuple[str, str]]]:
    """Every image with its class index, and those left out because two classes share their label."""
    indexed: list[_Indexed] = []
    left_out: list[tuple[str, str]] = []
    for each in listed:
        if isinstance(each.label, int):
            indexed.append(_Indexed(each.line, each.file, each.label))
        elif reason := names.shared(each.label):
            left_out.append((each.file, reason))
        else:
            indexed.append(_Indexed(each.line, each.file, names.positions(each.label)[0]))
    return indexed, left_out


class _Indexed(NamedTuple):
    line: int
    file: str
    label: int


def _is_file(folder: Path, name: str) -> bool:
    try:
        return ".." not in PurePosixPath(name).parts and (folder / name).is_file()
    except (OSError, ValueError):  # a name too long, or with a NUL: no file has it
        return False


def _check_range(path: Path, listed: Sequence[_Indexed], classes: int, *, declared: bool) -> None:
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


def _items(path: Path, folder: Path, listed: Sequence[_Indexed]) -> list[Item]:
    items: list[Item] = []
    missing: list[_Indexed] = []
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


def _more(found: Sequence[_Indexed]) -> str:
    others = len(found) - 1
    return f" (nor are those of {others} more line{'s' * (others > 1)})" if others else ""


def _shown(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:77] + "...")
