"""The forms in which people keep class names: JSON, CSV, pbtxt, YAML, numbered lines, plain lines. Pure.

Where a form has numbers, they say the order, 0…n-1 or 1…n, whatever the order of the lines.
"""

from __future__ import annotations

import ast
import csv
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml

__all__ = ["LabelTextError", "class_names_in"]

_NESTED_KEYS = (
    *("names", "labels", "classes", "class_names", "id2label", "label2id", "class_indices"),
    *("class_to_idx", "categories", "label_map", "labels_map", "class_labels", "index_to_name"),
)
_NAME_KEYS = ("display_name", "name", "label", "class_name", "class", "title", "value")
_NUMBER_KEYS = ("id", "index", "idx", "class_id", "label_id")
_HEADERS = frozenset({"label", "labels", "name", "names", "class", "classes", "class_name", "class_names"})
_NAME_COLUMNS = re.compile(
    r"(class|label|sign|display)?[ _]?names?|labels?|class(es)?|category|description", re.I
)
_DEEPEST = 20
_MOST_LITERAL_BYTES = 1_000_000
_PBTXT_BLOCK = re.compile(r"(?:item|label|entry|class(?:es)?)\s*:?\s*\{([^{}]*)\}", re.I)
_PBTXT_NUMBER = re.compile(r"\b(?:id|index)\s*:\s*(\d{1,6})")
_PBTXT_NAMES = tuple(
    re.compile(rf"\b{key}\s*:\s*(?:\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)')")
    for key in ("display_name", "name", "label")
)
_NUMBERED = re.compile(r"(?P<number>\d{1,6})(?P<gap>\s*[:=)\t]\s*|\s*\.\s+|\s*-\s+|\s+)(?P<name>\S.*)")
_NUMBER_LAST = re.compile(r"(?P<name>\S.*?)\s*[:=\t]\s*(?P<number>\d{1,6})")


class LabelTextError(Exception):
    """The bytes are no list of class names; says why."""


def class_names_in(text: str) -> list[str]:
    """Class names in the order of the output; "" where an index has none. Raises LabelTextError."""
    document = _document(text)
    if document is not None:
        return _in_value(document)
    lines = [line.strip() for line in text.split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return _in_pbtxt(text) or _in_table(lines) or _in_numbered(lines) or _without_header(lines)


# Documents.


def _document(text: str) -> Any:  # noqa: ANN401
    """JSON, a Python literal (Ultralytics' temp_meta.txt) or YAML with names; None for other text."""
    start = text.lstrip()[:1]
    if start in ("{", "["):
        found = _json(text)
        return found if found is not None else _literal(text)
    if re.search(r"^(?:names|id2label|classes|class_names):", text, re.MULTILINE):
        return _yaml(text)
    return None


def _json(text: str) -> Any:  # noqa: ANN401
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict | list) else None


def _literal(text: str) -> Any:  # noqa: ANN401
    """Bounded in size and depth, because Python's parser is not."""
    if len(text) > _MOST_LITERAL_BYTES or _depth(text) > _DEEPEST or "--" in text:
        return None
    try:
        found = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    return found if isinstance(found, dict | list) else None


def _depth(text: str) -> int:
    depth = deepest = 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        deepest = max(deepest, depth)
    return deepest


def _yaml(text: str) -> Any:  # noqa: ANN401
    if len(text) > _MOST_LITERAL_BYTES or _depth(text) > _DEEPEST:
        return None
    try:
        found = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _in_value(value: Any) -> list[str]:  # noqa: ANN401
    found = _list_of_names(value) if isinstance(value, list) else _mapping_of_names(value)
    if found:
        return found
    for key in _NESTED_KEYS if isinstance(value, Mapping) else ():
        inner = value.get(key)
        found = _list_of_names(inner) if isinstance(inner, list) else _mapping_of_names(inner)
        if found:
            return found
    raise LabelTextError("it holds no list of class names")


def _list_of_names(values: Sequence[Any]) -> list[str] | None:
    if values and all(isinstance(each, str) for each in values):
        return list(values)
    names = [_name_of(each) for each in values]
    if not values or not all(names):
        return None
    numbers = [
        next((each[key] for key in _NUMBER_KEYS if isinstance(each.get(key), int)), None)
        if isinstance(each, Mapping)
        else None
        for each in values
    ]
    if all(number is not None for number in numbers):
        return _ordered(zip(map(int, numbers), map(str, names), strict=True))  # type: ignore[arg-type]
    return [str(name) for name in names]


def _mapping_of_names(value: Any) -> list[str] | None:  # noqa: ANN401
    if not isinstance(value, Mapping) or not value:
        return None
    if all(re.fullmatch(r"\d{1,6}", str(key)) for key in value):
        names = [_name_of(each) for each in value.values()]
        return _ordered(zip(map(int, value), map(str, names), strict=True)) if all(names) else None
    if all(isinstance(each, int) and not isinstance(each, bool) for each in value.values()):
        return _ordered((number, str(name)) for name, number in value.items())
    return None


def _name_of(value: Any) -> str | None:  # noqa: ANN401
    """A name, a record with one, or Keras' pair of a WordNet id and a name."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return next((value[key] for key in _NAME_KEYS if isinstance(value.get(key), str)), None)
    if isinstance(value, list | tuple) and value and isinstance(value[-1], str):
        return value[-1]
    return None


# Lines.


def _in_pbtxt(text: str) -> list[str] | None:
    if not re.match(r"\s*(?:#[^\n]*\n\s*)*(?:item|label|entry|class(?:es)?)\s*:?\s*\{", text, re.I):
        return None
    pairs = []
    for block in _PBTXT_BLOCK.findall(text):
        number = _PBTXT_NUMBER.search(block)
        name = next((found for form in _PBTXT_NAMES if (found := form.search(block))), None)
        if number is None or name is None:
            raise LabelTextError("an entry of it lacks its id or its name")
        pairs.append((int(number[1]), name[1] if name[1] is not None else name[2]))
    return _ordered(pairs)


def _in_table(lines: Sequence[str]) -> list[str] | None:
    """CSV with a column of numbers, with or without a header."""
    filled = [line for line in lines if line]
    for delimiter in (",", ";", "\t"):
        try:
            rows = [[cell.strip() for cell in row] for row in csv.reader(filled, delimiter=delimiter)]
        except csv.Error:
            continue
        if len(rows) > 1 and len(rows[0]) > 1 and len({len(row) for row in rows}) == 1:
            found = _in_rows([], rows) or _in_rows(rows[0], rows[1:])
            if found:
                return found
    return None


def _in_rows(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str] | None:
    columns = list(zip(*rows, strict=True))
    numbers = next((n for n, cells in enumerate(columns) if _is_order(cells)), None)
    texts = [n for n, cells in enumerate(columns) if n != numbers and not all(map(str.isdecimal, cells))]
    if numbers is None or not texts:
        return None
    told = [n for n in texts if header and _NAME_COLUMNS.fullmatch(header[n])]
    names = columns[(told or texts)[0]]
    return _ordered(zip(map(int, columns[numbers]), names, strict=True))


def _is_order(cells: Sequence[str]) -> bool:
    if not all(cell.isascii() and cell.isdecimal() and len(cell) < 7 for cell in cells):
        return False
    return _first_number(sorted(map(int, cells))) is not None


def _in_numbered(lines: Sequence[str]) -> list[str] | None:
    """Teachable Machine's and Coral's `0 name`, `0: name`; also `name: 0`. Names like `1 euro` stay whole."""
    filled = [line for line in lines if line]
    for form in (_NUMBERED, _NUMBER_LAST):
        found = [form.fullmatch(line) for line in filled]
        matches = [each for each in found if each]
        if not matches or len(matches) < len(filled):
            continue
        pairs = {int(each["number"]): each["name"].strip() for each in matches}
        if len(pairs) == len(filled) == len(set(pairs.values())):
            if _first_number(sorted(pairs)) is not None:
                return _ordered(pairs.items())
            if form is _NUMBERED and all(_is_wide(each["gap"]) for each in matches) and min(pairs) == 0:
                return [pairs.get(number, "") for number in range(_highest(pairs, len(filled)) + 1)]
    return None


def _is_wide(gap: str) -> bool:
    """What stands between number and name only in lists of numbers: Coral's leave some out."""
    return ":" in gap or "\t" in gap or len(gap) > 1


def _highest(pairs: Mapping[int, str], count: int) -> int:
    highest = max(pairs)
    if highest > 4 * count:
        raise LabelTextError(f"its numbers go up to {highest} for {count} names")
    return highest


def _without_header(lines: Sequence[str]) -> list[str]:
    if len(lines) > 2 and lines[0].casefold() in _HEADERS:
        return list(lines[1:])
    return list(lines)


# Order.


def _ordered(pairs: Iterable[tuple[int, str]]) -> list[str]:
    found = sorted(pairs)
    numbers = [number for number, _ in found]
    if _first_number(numbers) is None:
        twice = next((one for one, count in Counter(numbers).items() if count > 1), None)
        what = f"{twice} occurs twice" if twice is not None else f"{numbers[0]} to {numbers[-1]} have gaps"
        raise LabelTextError(f"the numbers of its {len(numbers)} names are not 0…n-1 or 1…n: {what}")
    return [name for _, name in found]


def _first_number(numbers: Sequence[int]) -> int | None:
    """0 or 1 where the sorted numbers count on from there."""
    first = numbers[0] if numbers else None
    return first if first in (0, 1) and list(numbers) == list(range(first, first + len(numbers))) else None
