"""Labels in a CSV: a column of files with one of classes or a column a class; Kaggle's ILSVRC solution."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from harness.accuracy import imagenet
from harness.accuracy.class_names import ClassNames, is_number
from harness.accuracy.dataset import ClassKeys, Dataset
from harness.accuracy.image_files import list_images, make_item, visible_folders
from harness.accuracy.label_files import normalised_name, numbered_lines
from harness.accuracy.parts import Part, part_of
from harness.errors import DatasetError

__all__ = ["find_table", "load_table"]

SOLUTION = "LOC_val_solution.csv"
_SOLUTION_FOLDERS = ("ILSVRC/Data/CLS-LOC/val", "Data/CLS-LOC/val", "CLS-LOC/val", "val")
_LABEL_COLUMNS = re.compile(
    r"(class|label|breed|species|category|target)s?([ _]?name)?|diagnosis|variety|predictionstring", re.I
)
_SPLIT_COLUMNS = re.compile(r"split|set|data ?set|subset|usage|phase", re.I)
_LOOKED_AT = 50
"""So many rows tell which column names files."""
_RESOLVED = 0.5
"""Of these, so many must: a part of a set may be all there is."""


@dataclass(frozen=True)
class _Table:
    path: Path
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    files: Mapping[str, str]
    """Image by what a cell calls it."""
    file_column: int
    ragged: tuple[tuple[str, ...], ...] = ()
    """Rows of another length than the header, which cannot be read."""

    @property
    def others(self) -> list[int]:
        return [n for n in range(len(self.header)) if n != self.file_column]

    @property
    def tells_classes(self) -> bool:
        """Whether its header says that it is about classes, or it has a column a class."""
        named = any(_LABEL_COLUMNS.fullmatch(self.header[n]) for n in self.others)
        return named or self.path.name == SOLUTION or _one_hot(self, self.others) is not None


def find_table(root: Path) -> Path | None:
    """The CSV of a folder that says its images' classes. Raises DatasetError where several do."""
    if (root / SOLUTION).is_file():
        return root / SOLUTION
    found = [path for path in _candidates(root) if _read(path, root) is not None]
    parts = {path: part_of(path.stem) for path in found}
    told = [part for part in parts.values() if part is not None]
    best = [path for path in found if not told or parts[path] is min(told)]
    if len(best) > 1:
        raise DatasetError(
            f"{root}: {best[0].name} and {best[1].name} both name images",
            next_step="leave the one that is meant",
        )
    return best[0] if best else None


def load_table(root: Path, path: Path, *, names: Sequence[str] | None) -> Dataset:
    """Load the data set of a CSV. Raises DatasetError."""
    table = _read(path, root)
    if table is None:
        raise DatasetError(f"{path} names no image of {root}")
    pairs, split = _pairs(table)
    told = _texts_by_image(table, pairs)
    several = {file: texts for file, texts in told.items() if len(texts) > 1}
    present = {file: texts[0] for file, texts in told.items() if file not in several}
    if not present:
        raise DatasetError(
            f"{path} gives every image several classes, the first: {_several_words(several)}",
            next_step="leave one row an image",
        )
    _check_folders(table, present)
    known = _known(path, sorted(set(present.values()), key=os.fsencode), names)
    items = tuple(make_item(root, file, known.label[text]) for file, text in present.items())
    unnamed = sorted(set(table.files.values()) - set(told)) if not split else []
    left_out = ((file, f"no line of {path.name} names it") for file in unnamed)
    gone = {cell for cell, _ in pairs if cell not in table.files}
    return Dataset(
        name=root.name,
        root=root,
        image_root=root,
        items=tuple(sorted(items, key=lambda item: os.fsencode(item.file))),
        classes=known.count,
        class_names=known.names,
        keys=known.keys,
        order=known.order,
        order_of=known.order_of,
        left_out=(
            *((file, f"{path.name} gives it several classes") for file in several),
            *(left_out if len(unnamed) < len(items) else ()),
        ),
        notices=tuple(_notices(table, split, gone=len(gone), images=len(told) + len(gone), several=several)),
    )


def _texts_by_image(table: _Table, pairs: Sequence[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """The different classes that the rows of each image that is there say."""
    told: dict[str, dict[str, None]] = {}
    for cell, text in pairs:
        if cell in table.files:
            told.setdefault(table.files[cell], {})[text] = None
    return {file: tuple(texts) for file, texts in told.items()}


def _notices(
    table: _Table, split: str | None, *, gone: int, images: int, several: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    name = table.path.name
    yield f"its classes are those of {name}" + (f", rows {split!r}" if split else "")
    if gone:
        yield f"{gone} of {images} images of {name} are not there"
    if several:
        yield (
            f"{len(several)} of {images} images are left out: {name} gives them several classes,"
            f" the first: {_several_words(several)}"
        )
    if table.ragged:
        yield (
            f"{len(table.ragged)} row(s) of {name} are left out: they have not as many cells as its first,"
            f" such as {','.join(table.ragged[0])[:80]!r}; quote a name that holds a comma"
        )


def _several_words(several: Mapping[str, Sequence[str]]) -> str:
    file, texts = next(iter(several.items()))
    return f"{file} ({', '.join(text[:40] for text in texts[:3])})"


def _check_folders(table: _Table, present: Mapping[str, str]) -> None:
    """Refuse a table that may not be about classes where the images' folders may be: predictions, sizes."""
    texts = {normalised_name(text) for text in present.values()}
    folders = {file: normalised_name(PurePosixPath(file).parent.name) for file in present}
    for file, text in present.items():
        if folders[file] in texts and folders[file] != normalised_name(text):
            raise DatasetError(
                f"{table.path} says {text[:80]!r} of {file}, whose folder is another of its classes",
                next_step=f"move {table.path.name} out of the data set if the folders are right",
            )
    places = {folder for folder in folders.values() if part_of(folder) is None}
    if len(places) > 1 and not places <= texts and not table.tells_classes:
        raise DatasetError(
            f"whether {table.path} or the images' folders ({', '.join(sorted(places)[:5])}) say the classes"
            " is not known",
            next_step=f"move {table.path.name} out of the data set, or call its column of classes label",
        )


# Reading.


def _candidates(root: Path) -> list[Path]:
    found = sorted(path for path in root.iterdir() if path.suffix.lower() in (".csv", ".tsv"))
    return [path for path in found if "submission" not in path.name.casefold() and path.name[0] != "."]


def _read(path: Path, root: Path) -> _Table | None:
    """The table, where one of its columns names images of the folder and another says more."""
    try:
        rows = _rows(path)
    except (DatasetError, csv.Error):
        return None
    if len(rows) < 2 or len(rows[0]) < 2:
        return None
    files = _files(root)
    if any(_resolved(cell, files) for cell in rows[0]):  # no header: its first row is an image's
        rows.insert(0, tuple(f"column {number}" for number in range(1, len(rows[0]) + 1)))
    header, body = rows[0], tuple(row for row in rows[1:] if len(row) == len(rows[0]))
    ragged = tuple(row for row in rows[1:] if len(row) != len(header))
    for column in range(len(header)):
        cells = [row[column] for row in body]
        called = {cell: found for cell in cells if (found := _resolved(cell, files)) is not None}
        looked = cells[:_LOOKED_AT]
        enough = sum(cell in called for cell in looked) >= _RESOLVED * len(looked)
        if called and (enough or path.name == SOLUTION):
            return _Table(path, header, body, called, column, ragged)
    return None


def _rows(path: Path) -> list[tuple[str, ...]]:
    lines = [line for _, line in numbered_lines(path)]
    delimiter = max(",;\t", key=lines[0].count) if lines else ","
    return [tuple(cell.strip() for cell in row) for row in csv.reader(lines, delimiter=delimiter)]


def _files(root: Path) -> Mapping[str, str]:
    """Images in the folder, the folders in it and those of Kaggle's tree, by path, name and bare name."""
    folders = ["", *visible_folders(root), *(f for f in _SOLUTION_FOLDERS if (root / f).is_dir())]
    paths = [str(PurePosixPath(folder) / name) for folder in folders for name in list_images(root / folder)]
    by_name: dict[str, set[str]] = {}
    for path in paths:
        for key in {path, PurePosixPath(path).name, PurePosixPath(path).stem}:
            by_name.setdefault(key, set()).add(path)
    return {key: found.pop() for key, found in by_name.items() if len(found) == 1}


def _resolved(cell: str, files: Mapping[str, str]) -> str | None:
    path = cell.replace("\\", "/").removeprefix("./")
    return files.get(path) or files.get(PurePosixPath(path).name)


# Meaning.


def _pairs(table: _Table) -> tuple[list[tuple[str, str]], str | None]:
    """Cell of the file and text of the class, of the part that is taken; and that part's name."""
    others = table.others
    if table.path.name == SOLUTION:
        return [(row[table.file_column], row[others[0]].split(" ")[0]) for row in table.rows], None
    rows, split = _taken(table, others)
    if one_hot := _one_hot(table, others):
        return [(row[table.file_column], one_hot[row]) for row in rows], split
    column = _label_column(table, others)
    return [(row[table.file_column], row[column]) for row in rows if row[column]], split


def _taken(table: _Table, others: Sequence[int]) -> tuple[Sequence[tuple[str, ...]], str | None]:
    for column in others:
        texts = {row[column] for row in table.rows}
        parts = {text: part for text in texts if (part := part_of(text)) is not None}
        if _SPLIT_COLUMNS.fullmatch(table.header[column]) and len(parts) == len(texts):
            best = min(parts, key=lambda text: parts[text])
            if parts[best] is not Part.TRAINING:
                return [row for row in table.rows if row[column] == best], best
    return table.rows, None


def _one_hot(table: _Table, others: Sequence[int]) -> dict[tuple[str, ...], str] | None:
    """Class by row, where each class has a column of its own with a single 1 in every row."""
    found: dict[tuple[str, ...], str] = {}
    if len(others) < 2:
        return None
    for row in table.rows:
        ones = [column for column in others if row[column] in ("1", "1.0")]
        if len(ones) != 1 or any(row[n] not in ("0", "0.0", "1", "1.0") for n in others):
            return None
        found[row] = table.header[ones[0]]
    return found


def _label_column(table: _Table, others: Sequence[int]) -> int:
    told = [n for n in others if _LABEL_COLUMNS.fullmatch(table.header[n])] or (
        list(others) if len(others) == 1 else []
    )
    # Where there are numbers and names, names say more.
    told.sort(key=lambda column: all(is_number(row[column]) for row in table.rows))
    if not told:
        raise DatasetError(
            f"{table.path}: which of the columns {', '.join(table.header[n] for n in others)[:200]}"
            " says the class is not known",
            next_step="call it label",
        )
    return told[0]


@dataclass(frozen=True)
class _Known:
    label: Mapping[str, int]
    count: int
    names: tuple[str, ...] | None
    keys: ClassKeys
    order: tuple[int, ...]
    order_of: str


def _known(path: Path, texts: Sequence[str], names: Sequence[str] | None) -> _Known:
    """What the class texts mean: declared names, WordNet ids, numbers, ImageNet's names, or their own."""
    if names is not None:
        label = _looked_up(path, texts, names)
        return _Known(
            label,
            len(names),
            tuple(names),
            ClassKeys.NAMES,
            tuple(range(len(names))),
            "the order of its labels.txt",
        )
    order_of = f"the bytewise order of the classes in {path.name}"
    if all(map(is_number, texts)):
        label = {text: int(text) for text in texts}
        order = tuple(dict.fromkeys(label.values()))
        return _Known(label, max(label.values()) + 1, None, ClassKeys.NUMBERS, order, order_of)
    of_imagenet = ClassNames(imagenet.class_names())
    by_id = {wnid: index for index, wnid in enumerate(imagenet.wnids())}
    if all(text in by_id for text in texts):
        label = {text: by_id[text] for text in texts}
    elif all(len(of_imagenet.positions(text)) == 1 for text in texts):
        label = {text: of_imagenet.positions(text)[0] for text in texts}
    else:
        own = {text: number for number, text in enumerate(texts)}
        return _Known(own, len(own), tuple(texts), ClassKeys.NAMES, tuple(own.values()), order_of)
    names = imagenet.class_names()
    return _Known(label, len(names), tuple(names), ClassKeys.IMAGENET, tuple(label.values()), order_of)


def _looked_up(path: Path, texts: Iterable[str], names: Sequence[str]) -> dict[str, int]:
    known = ClassNames(names)
    label: dict[str, int] = {}
    for text in texts:
        if len(found := known.positions(text)) != 1:
            reason = known.shared(text) or f"{text[:80]!r} is none of the {len(names)} class names"
            raise DatasetError(f"{path}: {reason}", next_step=known.nearest(text))
        label[text] = found[0]
    return label
