"""Predictions of every image: one part an evaluation, merged into one table at the end.

Parts are CSV, written whole or not at all before the evaluation enters its
journal, so a journal never speaks of predictions that are not there.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path

from harness.errors import RunFolderError
from harness.records.evaluation import Evaluation, Prediction
from harness.results.atomic import write_bytes

__all__ = ["read_part", "table_path", "write_part", "write_table"]

_TOP = 5
_IDENTITY = ("model", "sha256", "runtime", "delegate", "dataset")
_COLUMNS = (
    *_IDENTITY,
    "image",
    "label",
    *(f"class_{rank}" for rank in range(1, _TOP + 1)),
    *(f"score_{rank}" for rank in range(1, _TOP + 1)),
)


def write_part(path: Path, evaluation: Evaluation, predictions: Sequence[Prediction]) -> None:
    """Write the predictions of one evaluation."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    identity = [getattr(evaluation, name) for name in _IDENTITY]
    for each in predictions:
        classes = [*each.indices, *[""] * (_TOP - len(each.indices))]
        scores = [*(repr(score) for score in each.scores), *[""] * (_TOP - len(each.scores))]
        writer.writerow([*identity, each.image, each.label, *classes, *scores])
    write_bytes(path, text.getvalue().encode())


def read_part(path: Path) -> tuple[Prediction, ...]:
    """The predictions of one evaluation. Raises RunFolderError."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return tuple(_prediction(row) for row in csv.DictReader(file))
    except (OSError, KeyError, ValueError) as error:
        raise RunFolderError(f"{path}: no predictions can be read: {error}") from error


def table_path(folder: Path) -> Path:
    """Where the merged table lies: Parquet where pyarrow is installed, else CSV."""
    return folder / ("predictions.parquet" if find_spec("pyarrow") else "predictions.csv.gz")


def write_table(path: Path, parts: Iterable[Path]) -> None:
    """Merge parts into the table at `path`; the same parts give the same table."""
    lines = [line for part in parts for line in part.read_text(encoding="utf-8").splitlines()[1:]]
    text = "\n".join([",".join(_COLUMNS), *lines]) + "\n"
    if path.suffix == ".parquet":
        import pandas as pd

        buffer = io.BytesIO()
        text_columns = dict.fromkeys((*_IDENTITY, "image"), "str")
        pd.read_csv(io.StringIO(text), dtype=text_columns, keep_default_na=False, na_values=[""]).to_parquet(
            buffer, index=False
        )
        write_bytes(path, buffer.getvalue())
    else:
        # A fixed time in the header: equal predictions make equal files.
        write_bytes(path, gzip.compress(text.encode(), mtime=0))


def _prediction(row: dict[str, str]) -> Prediction:
    ranks = [rank for rank in range(1, _TOP + 1) if row[f"class_{rank}"] != ""]
    return Prediction(
        image=row["image"],
        label=int(row["label"]),
        indices=tuple(int(row[f"class_{rank}"]) for rank in ranks),
        scores=tuple(float(row[f"score_{rank}"]) for rank in ranks),
    )
