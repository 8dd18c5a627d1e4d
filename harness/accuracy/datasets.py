"""Data sets by bundled name or folder. The layout of a folder is recognised by what it holds:

1. `val.txt`: one `FILE INDEX` a line, images in `images/` or beside it (module `listed`).
   1,000 classes, unless `labels.txt` names others.
2. a ground truth file: ILSVRC2012's ids or the evaluation tool's names (module `truth`).
3. nothing but images named ILSVRC2012_val_<number> (module `ilsvrc`).
4. one folder a class (module `folders`), directly or under `val/`.

`labels.txt` in the folder holds the data set's own class names, one a line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from harness.accuracy import imagenet
from harness.accuracy.dataset import ClassKeys, Dataset, Item
from harness.accuracy.decode import orientation_of
from harness.accuracy.folders import class_folders, load_class_folders
from harness.accuracy.hosted.catalogue import HOSTED
from harness.accuracy.hosted.load import IMAGENET_VAL, load_hosted, load_imagenet_tar, load_imagenet_val
from harness.accuracy.ilsvrc import holds_only_ilsvrc, load_ilsvrc
from harness.accuracy.label_files import read_label_file, without_background
from harness.accuracy.listed import LIST_NAME, load_listed
from harness.accuracy.parts import next_step_down
from harness.accuracy.subset import stratified_subset
from harness.accuracy.tables import find_table, load_table
from harness.accuracy.truth import find_truth, load_truth
from harness.errors import DatasetError, UnknownNameError
from harness.records.printable_names import escape_name
from harness.records.vocabulary import Exif
from harness.resources import starter_path
from harness.zoo.fetch.fetch import Fetcher
from harness.zoo.fetch.models import users_fetcher

__all__ = ["BUNDLED", "NAMES", "Dataset", "Item", "load_dataset", "stratified_subset"]

_DEEPEST = 6
"""Kaggle's tree of ILSVRC has its images three folders down."""
_PACKED = frozenset({".zip", ".tgz", ".gz", ".bz2", ".xz", ".7z", ".rar"})
_LABELS_NAME = "labels.txt"
_LAYOUTS = "expected images/ + val.txt, a ground truth file, or one folder a class; see docs/accuracy.md"
_TRAINING_NAME = re.compile(r"(?:.*/)?n\d{8}_[^/]*")
_VALIDATION_NAME = re.compile(r"(?:.*/)?ILSVRC2012_val_\d{8}\.\w+")


def load_dataset(
    spec: str,
    *,
    exif: Exif | None = None,
    fetcher: Callable[[], Fetcher] = users_fetcher,
    on_image: Callable[[int, int], None] = lambda done, total: None,
) -> Dataset:
    """The data set of a name, of a folder, or of ImageNet's own validation archive.

    `exif` says whether a folder's pictures are turned upright; where it does not (None), people's
    own photos are, and ImageNet's images are taken as TFLite's evaluation tool takes them.

    `fetcher` is called for a named set that must be fetched or unpacked, and
    `on_image` is told how many images have been unpacked.

    Raises UnknownNameError for a name that is not known and DatasetError, with
    file and line where there is one, for a folder that is no usable data set.
    """
    if spec in BUNDLED:
        return BUNDLED[spec]()
    if spec in HOSTED:
        return load_hosted(spec, fetcher(), on_image=on_image)
    if spec == IMAGENET_VAL:
        dataset = load_imagenet_val(fetcher().cache, on_image=on_image)
        return replace(dataset, caveat=_caveat(dataset))
    root = Path(spec).expanduser()
    if root.is_file() and root.suffix == ".tar":
        return load_imagenet_tar(root, fetcher().cache, on_image=on_image)
    if not root.is_dir():
        raise _no_folder(spec, root)
    dataset = _load_folder(root.resolve())
    if not dataset.items:
        raise DatasetError(f"{root} holds no usable images")
    dataset = replace(dataset, name=escape_name(dataset.name), caveat=dataset.caveat or _caveat(dataset))
    return _with_exif(dataset, exif or (Exif.IGNORE if _is_imagenets(dataset) else Exif.APPLY))


def _is_imagenets(dataset: Dataset) -> bool:
    """Whether the folder is laid out for the evaluation tool, or holds images of ImageNet itself."""
    names = (_TRAINING_NAME, _VALIDATION_NAME)
    if any(name.fullmatch(item.file) for item in dataset.items for name in names):
        return True
    listed = (dataset.root / LIST_NAME).is_file() or find_truth(dataset.root) is not None
    return listed and dataset.keys is ClassKeys.IMAGENET


def _with_exif(dataset: Dataset, exif: Exif) -> Dataset:
    if exif is Exif.IGNORE:
        return dataset
    turned = sum(orientation_of(dataset.image_root / item.file) != 1 for item in dataset.items)
    if not turned:
        return replace(dataset, exif=exif)
    said = (
        f"{turned} of {len(dataset.items)} images are turned upright by their EXIF orientation;"
        " --exif ignore takes them as they are stored"
    )
    return replace(dataset, exif=exif, turned=turned, notices=(*dataset.notices, said))


def _no_folder(spec: str, root: Path) -> DatasetError | UnknownNameError:
    if root.is_file() and root.suffix.lower() in _PACKED:
        return DatasetError(
            f"{spec} is an archive; a data set is a folder", next_step="unpack it, and give its folder"
        )
    if root.exists():
        return DatasetError(
            f"{spec} is a file; a data set is a folder", next_step=f"give its folder: {root.parent}"
        )
    if "/" in spec or "\\" in spec or spec.startswith("."):
        return DatasetError(f"{spec}: there is no such folder")
    return UnknownNameError("data set", spec, NAMES, list_command=f"{', '.join(NAMES)}, or a folder's path")


def _load_folder(root: Path) -> Dataset:
    try:
        return _load_within(root, root, depth=0)
    except OSError as error:
        raise DatasetError(f"{error.filename or root} cannot be read: {error.strerror or error}") from error


def _load_within(root: Path, given: Path, *, depth: int) -> Dataset:
    """The layout of this folder, or of the one within it that holds the classes."""
    names = _own_names(root) or (_own_names(given) if root != given else None)
    labelled = _load_labelled(root, names)
    if labelled is not None:
        return replace(labelled, name=given.name)
    step = next_step_down(root, is_labelled=_is_labelled) if depth < _DEEPEST else None
    if step is not None:
        found = _load_within(step.folder, given, depth=depth + 1)
        notices = (step.notice, *found.notices) if step.notice else found.notices
        return replace(found, root=given, notices=notices)
    if not class_folders(root):
        raise DatasetError(f"{root} is no data set that can be recognised", next_step=_LAYOUTS)
    return replace(load_class_folders(root, names=names), name=given.name)


def _load_labelled(root: Path, names: Sequence[str] | None) -> Dataset | None:
    """The data set of a folder where something beside the images says their classes."""
    if (root / LIST_NAME).is_file():
        return load_listed(root, names=names)
    if (table := find_table(root)) is not None:
        return load_table(root, table, names=names)
    if (truth := find_truth(root)) is not None:
        return load_truth(root, truth, names=names)
    return load_ilsvrc(root) if holds_only_ilsvrc(root) else None


def _is_labelled(root: Path) -> bool:
    return (root / LIST_NAME).is_file() or find_table(root) is not None or holds_only_ilsvrc(root)


def _own_names(root: Path) -> tuple[str, ...] | None:
    path = root / _LABELS_NAME
    return without_background(read_label_file(path)) if path.is_file() else None


def _caveat(dataset: Dataset) -> str | None:
    """What the file names give away of images from ImageNet."""
    if dataset.classes != imagenet.CLASSES:
        return None
    count = len(dataset.items)
    training = sum(_TRAINING_NAME.fullmatch(item.file) is not None for item in dataset.items)
    if training:
        return (
            f"{training} of {count} file names are those of ImageNet's training images:"
            " accuracy is optimistic for models trained on it"
        )
    if count + len(dataset.left_out) < imagenet.VALIDATION_IMAGES and all(
        _VALIDATION_NAME.fullmatch(item.file) for item in dataset.items
    ):
        return (
            f"{count} of ILSVRC2012's {imagenet.VALIDATION_IMAGES} validation images:"
            " accuracy may differ from published figures by more than its interval"
        )
    return None


def _starter_val() -> Dataset:
    root = starter_path() / "val"
    if not root.is_dir():
        raise DatasetError(f"the bundled data set is missing: {root}")
    names = read_label_file(starter_path() / _LABELS_NAME)
    if (root / LIST_NAME).is_file():
        dataset = load_listed(root, names=names)
    else:
        dataset = load_class_folders(root, names=names)
    caveat = "computer-drawn pictures: accuracy here says nothing of photographs"
    return replace(dataset, name="starter-val", caveat=caveat)


BUNDLED: dict[str, Callable[[], Dataset]] = {"starter-val": _starter_val}
"""Loader by name of every data set that ships with harness."""

NAMES = (*BUNDLED, *HOSTED, IMAGENET_VAL)
"""Every data set that can be named."""
