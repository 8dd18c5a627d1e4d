"""YAML as plain data that still knows its lines.

Refused: aliases and anchors (a few lines can unfold to gigabytes), deep nesting,
keys given twice, several documents, tags that are not plain data.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.constructor import SafeConstructor

__all__ = ["Document", "Place", "YamlError", "parse_yaml"]

MOST_YAML_BYTES = 5_000_000
_DEEPEST = 12
_TEXT_TAG = "tag:yaml.org,2002:str"

Place = tuple["str | int", ...]
"""Where something stands in a document: keys and indices from the top."""

_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml reads ten times as fast, where PyYAML was built with it."""


class YamlError(Exception):
    """The text is no YAML that harness reads; `line` counts from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


@dataclass(frozen=True, slots=True)
class Document:
    """The data, and the line of every key and list item by its place."""

    data: Any
    lines: dict[Place, int] = field(default_factory=dict)

    def line(self, place: Iterable[str | int]) -> int:
        """Line of a place, or of the nearest thing around it."""
        path = tuple(place)
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def parse_yaml(text: str) -> Document:
    """Parse one document. Raises YamlError."""
    if len(text) > MOST_YAML_BYTES:
        raise YamlError(1, f"larger than {MOST_YAML_BYTES} characters")
    try:
        _check_events(text)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise _from_yaml(error) from error
    if node is None:
        raise YamlError(1, "the file is empty")
    document = Document(None)
    return Document(_value(node, (), document.lines), document.lines)


def _check_events(text: str) -> None:
    """Without recursion: the parser underneath has none of these limits."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark is not None else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise YamlError(line, "anchors and aliases are not read; repeat the value")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEEPEST:
            raise YamlError(line, f"nested deeper than {_DEEPEST} levels")


def _from_yaml(error: yaml.YAMLError) -> YamlError:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    return YamlError(mark.line + 1 if mark is not None else 1, "no valid YAML: " + " ".join(problem.split()))


def _value(node: yaml.Node, place: Place, lines: dict[Place, int]) -> Any:  # noqa: ANN401 (plain data)
    lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, place, lines)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*place, index), lines) for index, item in enumerate(node.value)]
    return _scalar(node)


def _mapping(node: yaml.MappingNode, place: Place, lines: dict[Place, int]) -> dict[Hashable, Any]:
    data: dict[Hashable, Any] = {}
    for key_node, value_node in node.value:
        key, line = key_node.value, key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise YamlError(line, "a key must be a word")
        if key in data:
            raise YamlError(line, f"the key {key!r} is given twice")
        at = (*place, key)
        lines[at] = line
        data[key] = _value(value_node, at, lines)
    return data


def _scalar(node: yaml.Node) -> Any:  # noqa: ANN401 (plain data)
    if node.tag == _TEXT_TAG:  # four of five scalars of a zoo file
        return node.value
    try:
        return SafeConstructor().construct_object(node)
    except (yaml.YAMLError, ValueError) as error:
        raise YamlError(node.start_mark.line + 1, f"cannot be read as a value: {node.value!r}") from error
