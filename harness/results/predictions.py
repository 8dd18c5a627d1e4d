"""Predictions of every image: one part an evaluation, merged into one table at the end.

Parts are CSV, written whole or not at all before the evaluation enters its
journal, so a journal never speaks of predictions that are not there. Names are
written in printable form (`escape_name`): no cell of a part holds a line end.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import RunFolderError
from harness.records.evaluation import Evaluation, Prediction
from harness.records.printable_names import escape_name, unescape_name
from harness.results.atomic import write_bytes

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["read_part", "table_path", "write_part", "write_table"]

_TOP = 5
_IDENTITY = ("model", "sha256", "runtime", "delegate", "dataset")
_TEXT = (*_IDENTITY, "image")
_CLASSES = tuple(f"class_{rank}" for rank in range(1, _TOP + 1))
_SCORES = tuple(f"score_{rank}" for rank in range(1, _TOP + 1))
_COLUMNS = (*_TEXT, "label", *_CLASSES, *_SCORES)


def write_part(path: Path, evaluation: Evaluation, predictions: Sequence[Prediction]) -> None:
    """Write the predictions of one evaluation."""
    identity = [escape_name(str(getattr(evaluation, name))) for name in _IDENTITY]
    rows = []
    for each in predictions:
        classes = [*map(str, each.indices), *[""] * (_TOP - len(each.indices))]
        scores = [*map(repr, each.scores), *[""] * (_TOP - len(each.scores))]
        rows.append([*identity, escape_name(each.image), str(each.label), *classes, *scores])
    write_bytes(path, _csv([_COLUMNS, *rows]).encode())


def read_part(path: Path) -> tuple[Prediction, ...]:
    """The predictions of one evaluation. Raises RunFolderError."""
    try:
        return tuple(map(_prediction, _rows(path)))
    except (KeyError, ValueError, OverflowError) as error:
        raise _unreadable(path, error) from error


def table_path(folder: Path) -> Path:
    """Where the merged table lies: Parquet where pyarrow is installed, else CSV."""
    return folder / ("predictions.parquet" if find_spec("pyarrow") else "predictions.csv.gz")


def write_table(path: Path, parts: Iterable[Path]) -> None:
    """Merge parts into the table at `path`; the same parts give the same table. Raises RunFolderError."""
    if path.suffix == ".parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        buffer = io.BytesIO()
        pq.write_table(pa.concat_tables([_arrow(part) for part in parts]), buffer)
        write_bytes(path, buffer.getvalue())
    else:
        rows = ([row[name] for name in _COLUMNS] for part in parts for row in _rows(part))
        # A fixed time in the header: equal predictions make equal files.
        write_bytes(path, gzip.compress(_csv([_COLUMNS, *rows]).encode(), mtime=0))


def _csv(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _rows(path: Path) -> Iterator[dict[str, str]]:
    """The cells of a part as they are written. Raises RunFolderError where some are missing."""
    try:
        text = path.read_bytes().decode()
        if not text.partition("\n")[0].endswith("\r"):
            # Parts were once written with names as they are: a bare CR in them ends no line.
            text = text.replace("\r", "\\u000d")
        for row in csv.DictReader(io.StringIO(text.replace("\0", "\\u0000"), newline="")):
            if None in row or None in row.values():
                raise ValueError(f"{len(_COLUMNS)} cells are expected in {row}")
            yield row
    except (OSError, ValueError, csv.Error) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> RunFolderError:
    return RunFolderError(f"{path}: no predictions can be read: {str(error)[:200]}")


def _prediction(row: dict[str, str]) -> Prediction:
    ranks = [rank for rank in range(1, _TOP + 1) if row[f"class_{rank}"] != ""]
    return Prediction(
        image=unescape_name(row["image"]),
        label=int(row["label"]),
        indices=tuple(int(row[f"class_{rank}"]) for rank in ranks),
        scores=tuple(float(row[f"score_{rank}"]) for rank in ranks),
    )


def _arrow(part: Path) -> pa.Table:
    import pyarrow as pa

    rows = list(_rows(part))
    try:
        return pa.table({name: _column(name, [row[name] for row in rows]) for name in _COLUMNS})
    except (KeyError, ValueError, OverflowError) as error:
        raise _unreadable(part, error) from error


def _column(name: str, cells: Sequence[str]) -> pa.Array:
    import pyarrow as pa

    if name in _TEXT:
        return pa.array(cells, pa.string())
    if name in _SCORES:
        return pa.array([float(cell) if cell else None for cell in cells], pa.float64())
    return pa.array([int(cell) if cell else None for cell in cells], pa.int64())
