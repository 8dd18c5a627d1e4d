"""Rows as JSON, CSV or Parquet: one row a trial, missing is null, never 0."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import fields
from enum import Enum
from importlib.util import find_spec
from typing import Any, get_args, get_type_hints

from harness.errors import MissingExtraError
from harness.records.evaluation import OutputDifference
from harness.records.input_convention import InputConvention
from harness.records.row import Caution, LatencySummary, Row

__all__ = ["ExportFormat", "export_csv", "export_json", "export_parquet", "render", "row_document"]

_NULLABLE = {bool: "boolean", int: "Int64", float: "Float64"}

# A cell that starts so is a formula to a spreadsheet; names of models come from files.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

_NESTED: dict[str, type[LatencySummary] | type[OutputDifference] | type[InputConvention]] = {
    "latency_ms": LatencySummary,
    "wall_ms": LatencySummary,
    "difference": OutputDifference,
    "input_convention": InputConvention,
}
"""Fields of a row whose own fields are columns."""


class ExportFormat(str, Enum):
    """The formats rows can be written in."""

    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"


def row_document(row: Row) -> dict[str, Any]:
    """A row as plain values, keys in the documented order; warnings as sentences."""
    return {field.name: _plain(getattr(row, field.name)) for field in fields(row)}


def export_json(rows: Sequence[Row]) -> str:
    """An array with one object a trial."""
    return json.dumps([row_document(row) for row in rows], indent=2, allow_nan=False, ensure_ascii=False)


def export_csv(rows: Sequence[Row]) -> str:
    """One line a trial; the latency's figures are columns `latency_ms.median` and so on."""
    text = io.StringIO()
    documents = [_flat(row) for row in rows]
    names = list(documents[0]) if documents else _flat_names()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_cell(value) for value in document.values()] for document in documents)
    return text.getvalue()


def export_parquet(rows: Sequence[Row]) -> bytes:
    """A Parquet file with the columns of the CSV. Raises MissingExtraError without pyarrow."""
    if find_spec("pyarrow") is None:
        raise MissingExtraError("export as Parquet", extra="parquet")
    import pandas as pd

    table = pd.DataFrame([_flat(row) for row in rows], columns=_flat_names(), dtype=object)
    buffer = io.BytesIO()
    table.astype(_column_types()).to_parquet(buffer, index=False)
    return buffer.getvalue()


def render(rows: Sequence[Row], form: ExportFormat) -> bytes:
    """The rows in one of the formats, text as UTF-8."""
    if form is ExportFormat.PARQUET:
        return export_parquet(rows)
    text = export_csv(rows) if form is ExportFormat.CSV else export_json(rows) + "\n"
    return text.encode()


def _flat_names() -> list[str]:
    names: list[str] = []
    for field in fields(Row):
        if field.name in _NESTED:
            names += [f"{field.name}.{inner.name}" for inner in fields(_NESTED[field.name])]
        else:
            names.append(field.name)
    return names


def _column_types() -> dict[str, str]:
    """pandas' nullable type of every column: the same for all runs, whatever is missing in one."""
    hints = get_type_hints(Row)
    for name, kind in _NESTED.items():
        hints |= {f"{name}.{inner}": hint for inner, hint in get_type_hints(kind).items()}
    return {name: _column_type(hints[name]) for name in _flat_names()}


def _column_type(hint: object) -> str:
    kinds = get_args(hint) or (hint,)
    return next((name for kind, name in _NULLABLE.items() if kind in kinds), "string")


def _flat(row: Row) -> dict[str, Any]:
    document = row_document(row)
    document["warnings"] = "; ".join(document["warnings"])
    for name, kind in _NESTED.items():
        inner = document.pop(name) or {}
        document |= {f"{name}.{field.name}": inner.get(field.name) for field in fields(kind)}
    return {name: document[name] for name in _flat_names()}


def _plain(value: object) -> Any:  # noqa: ANN401 - JSON values
    if isinstance(value, LatencySummary | OutputDifference | InputConvention):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Enum | Caution):
        return str(value)
    return value


def _cell(value: object) -> object:
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value
