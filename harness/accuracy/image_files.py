"""Image files of a folder, and checked references to them."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from harness.accuracy.dataset import Item
from harness.accuracy.decode import IMAGE_SUFFIXES, is_image
from harness.errors import DatasetError

__all__ = [
    "contained_name",
    "image_folder",
    "list_images",
    "make_item",
    "visible_folders",
    "walk_images",
    "walk_others",
]

_IMAGE_FOLDERS = ("images", "val", "ILSVRC2012_img_val")

_OF_SYSTEMS = frozenset(
    {
        "__macosx",
        "@eadir",
        "@recycle",
        "#recycle",
        "#snapshot",
        "$recycle.bin",
        "lost+found",
        "system volume information",
    }
)
"""Folders that no person made: of macOS's archives, of file servers, of Windows and Linux."""


def image_folder(root: Path) -> Path:
    """Where the images of a list lie: one of the usual sub-folders if it exists, else the folder itself."""
    return next((root / name for name in _IMAGE_FOLDERS if (root / name).is_dir()), root)


def list_images(folder: Path) -> list[str]:
    """Names of the image files directly in a folder, in bytewise order, which is the evaluation tool's."""
    names = [entry.name for entry in os.scandir(folder) if _is_image(entry.path) and entry.is_file()]
    return sorted(names, key=os.fsencode)


def visible_folders(folder: Path) -> list[str]:
    """Names of the sub-folders that people made, in bytewise order; not what systems leave there."""
    names = [entry.name for entry in os.scandir(folder) if entry.is_dir() and _is_visible(entry.name)]
    return sorted(names, key=os.fsencode)


def _is_visible(name: str) -> bool:
    return not name.startswith(".") and name.casefold() not in _OF_SYSTEMS


def walk_images(folder: Path) -> Iterator[str]:
    """Image files in a folder and below, relative to it, in bytewise order; hidden folders are passed by."""
    return (name for name in _walk(folder) if _is_image(folder / name))


def walk_others(folder: Path) -> Iterator[str]:
    """Files among the images that might be meant as images, and are none that can be read."""
    for name in _walk(folder):
        if PurePosixPath(name).suffix.lower() not in _NO_IMAGES and not _is_image(folder / name):
            yield name


def _walk(folder: Path) -> Iterator[str]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(filter(_is_visible, folders), key=os.fsencode)
        for name in sorted(files, key=os.fsencode):
            if not name.startswith(".") and name.casefold() not in _LEFT_BEHIND:
                yield (Path(parent) / name).relative_to(folder).as_posix()


def _is_image(path: str | Path) -> bool:
    """By its suffix, else by its content."""
    name = PurePosixPath(path).name
    suffix = PurePosixPath(path).suffix.lower()
    if name.startswith(".") or name.casefold() in _LEFT_BEHIND or suffix in _NO_IMAGES:
        return False
    return suffix in IMAGE_SUFFIXES or is_image(path)


_NO_IMAGES = frozenset(
    {
        *(".txt", ".md", ".rst", ".json", ".jsonl", ".xml", ".csv", ".tsv", ".yaml", ".yml", ".ini", ".cfg"),
        *(".html", ".htm", ".css", ".js", ".py", ".pyc", ".ipynb", ".sh", ".bat", ".log", ".db", ".lnk"),
        *(".mat", ".npy", ".npz", ".pkl", ".pbtxt", ".zip", ".tar", ".gz", ".tflite", ".h5", ".onnx", ".pt"),
        *(".sha256", ".md5", ".lock", ".tmp", ".doc", ".docx", ".xlsx", ".url"),
    }
)
"""Suffixes of what lies among images and is meant as none: not opened, and not worth a word."""

_LEFT_BEHIND = frozenset({"thumbs.db", "desktop.ini", "ehthumbs.db", "license", "readme", "makefile"})


def make_item(image_root: Path, file: str, label: int) -> Item:
    """Raises FileNotFoundError where there is no such file."""
    path = image_root / file
    if not path.is_file():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    return Item(file, label, path.stat().st_size)


def contained_name(name: str, *, place: str) -> str:
    """The name, if it cannot lead out of the folder it is relative to; DatasetError otherwise."""
    path = PurePosixPath(name)
    windows_drive = re.match(r"[A-Za-z]:", name) is not None and os.name == "nt"
    if path.is_absolute() or ".." in path.parts or "\0" in name or windows_drive:
        raise DatasetError(f"{place}: {name!r} leads out of the data set's folder")
    return name
