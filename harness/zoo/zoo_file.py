"""One zoo file, read and validated; every error says `file:line:`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from harness.errors import ZooError, near_matches
from harness.zoo.schema import (
    InputSection,
    LabelsSection,
    LatencySection,
    Mirror,
    PreprocessSection,
    PublishedSection,
    ZooEntry,
    ZooFile,
)
from harness.zoo.yaml_lines import MOST_YAML_BYTES, Document, Place, YamlError, parse_yaml

__all__ = ["ZooItem", "parse_zoo_file", "read_zoo_file"]

_SECTIONS: dict[tuple[str, ...], type[BaseModel]] = {
    (): ZooFile,
    ("models",): ZooEntry,
    ("models", "input"): InputSection,
    ("models", "labels"): LabelsSection,
    ("models", "mirrors"): Mirror,
    ("models", "preprocess"): PreprocessSection,
    ("models", "published"): PublishedSection,
    ("models", "published", "latency"): LatencySection,
}
"""Which class describes the mapping at a place, list indices left out."""


@dataclass(frozen=True, slots=True)
class ZooItem:
    """An entry, where it stands, and the folder its relative paths start from."""

    entry: ZooEntry
    file: Path
    line: int
    base: Path


def read_zoo_file(path: Path, *, base: Path | None = None) -> tuple[ZooItem, ...]:
    """The entries of a zoo file, in its order; paths start from `base` (default: the file's folder).

    Raises ZooError starting with `file:line:`.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MOST_YAML_BYTES + 1)
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise ZooError(f"{path}:1: the zoo file cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ZooError(f"{path}:{line}: no UTF-8 text") from error
    return parse_zoo_file(text, path, base=base or path.parent)


def parse_zoo_file(text: str, path: Path, *, base: Path) -> tuple[ZooItem, ...]:
    """The same for text that was read from `path`. Raises ZooError."""
    try:
        document = parse_yaml(text)
    except YamlError as error:
        raise ZooError(f"{path}:{error.line}: {error.message}") from error
    try:
        file = ZooFile.model_validate(document.data)
    except ValidationError as error:
        raise _zoo_error(path, document, error) from error
    items = tuple(
        ZooItem(entry, path, document.line(("models", index)), base)
        for index, entry in enumerate(file.models)
    )
    _refuse_twins(items)
    return items


def _refuse_twins(items: Iterable[ZooItem]) -> None:
    lines: dict[str, int] = {}
    for item in items:
        name = item.entry.name
        if name.casefold() in lines:
            raise ZooError(
                f"{item.file}:{item.line}: the name {name!r} is taken by line {lines[name.casefold()]}"
            )
        lines[name.casefold()] = item.line


def _zoo_error(path: Path, document: Document, error: ValidationError) -> ZooError:
    """The first mistake in the order of lines, and how many more there are.

    Unknown keys come first: a misspelt key is also reported as missing.
    """
    found = sorted(
        (each["type"] != "extra_forbidden", document.line(_place(each)), _sentence(each))
        for each in error.errors()
    )
    _, line, sentence = found[0]
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return ZooError(f"{path}:{line}: {sentence}{more}", next_step="harness zoo schema prints what is allowed")


def _place(each: Any) -> Place:  # noqa: ANN401 (pydantic's ErrorDetails, or a dict like it)
    return tuple(each["loc"])


def _sentence(each: Any) -> str:  # noqa: ANN401
    place = _place(each)
    where = ".".join(str(part) for part in place)
    if each["type"] == "extra_forbidden":
        return f"unknown key {str(place[-1])!r}{_suggestion(place)}"
    if each["type"] == "missing":
        return f"the key {str(place[-1])!r} is missing"
    message = str(each["msg"]).removeprefix("Value error, ")
    return f"{where}: {message}" if where else message


def _suggestion(place: Place) -> str:
    section = _SECTIONS.get(tuple(part for part in place[:-1] if isinstance(part, str)))
    if section is None:
        return ""
    known = [field.alias or name for name, field in section.model_fields.items()]
    matches = near_matches(str(place[-1]), known)
    return f", did you mean {' or '.join(matches)}?" if matches else f"; known are {', '.join(known)}"
