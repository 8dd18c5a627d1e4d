"""Records to JSON and back, checked at the edge.

Within one schema version an unknown key, a missing key or a wrong type is an
error: a file that does not say what it should is not guessed at. A file of a
newer version is refused by name.
"""

from __future__ import annotations

import json
from typing import Any, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from harness.errors import RunFolderError
from harness.records.run import SCHEMA_VERSION

__all__ = ["decode", "encode"]

Record = TypeVar("Record")


def encode(record: object) -> bytes:
    """One record as compact JSON on one line; NaN and infinities become null."""
    adapter = _adapter(type(record))
    try:
        return adapter.dump_json(record)
    except PydanticSerializationError:
        return _encode_surrogates(adapter.dump_python(record, mode="json"))


def decode(kind: type[Record], line: bytes, *, where: str) -> Record:
    """The record in one line of JSON. Raises RunFolderError starting with `where`."""
    try:
        document = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise RunFolderError(f"{where}: no valid JSON: {error}") from error
    _check_schema(document, where)
    try:
        record: Record = _adapter(kind).validate_python(document)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise RunFolderError(f"{where}: {key or 'the record'}: {first['msg']}") from error
    return record


def _encode_surrogates(document: object) -> bytes:
    """JSON of a document with text that is no Unicode, as paths may be: JSON has an escape for that."""
    # pydantic turns NaN into null but takes no such text, and `json` the other way round.
    finite = json.loads(json.dumps(document), parse_constant=lambda constant: None)
    return json.dumps(finite, separators=(",", ":")).encode()


def _check_schema(document: object, where: str) -> None:
    version = document.get("schema") if isinstance(document, dict) else None
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise RunFolderError(
            f"{where}: written by a newer harness (schema {version}, this one reads {SCHEMA_VERSION})",
            next_step="pip install --upgrade tflite-harness",
        )


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(_closed(kind))
    return _ADAPTERS[kind]


# Building one takes about a millisecond, and a journal has thousands of lines.
_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}


def _closed(kind: type[Any]) -> type[Any]:
    """The dataclass with unknown keys refused; pydantic reads its settings from this attribute."""
    if not hasattr(kind, "__pydantic_config__"):
        kind.__pydantic_config__ = ConfigDict(extra="forbid")
    return kind
