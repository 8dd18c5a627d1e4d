from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.zoo.yaml_lines import YamlError, parse_yaml

LAUGHS = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"


def refusal(text: str) -> YamlError:
    with pytest.raises(YamlError) as raised:
        parse_yaml(text)
    return raised.value


def test_values_and_their_lines_are_kept():
    document = parse_yaml("one: 1\nlist:\n  - a: x\n  - a: y\n    b: 2.5\n")
    assert document.data == {"one": 1, "list": [{"a": "x"}, {"a": "y", "b": 2.5}]}
    assert document.line(("list", 1, "b")) == 5
    assert document.line(("list", 1)) == 4


def test_a_place_that_is_missing_has_the_line_of_what_is_around_it():
    assert parse_yaml("a: 1\nb:\n  c: 2\n").line(("b", "missing", 7)) == 2


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        (LAUGHS, 1, "anchors"),
        ("a: 1\nb: *nothing\n", 2, "alias"),
        ("a: 1\nb: 2\na: 3\n", 3, "twice"),
        ("a: 1\n? [x]\n: 2\n", 2, "word"),
        ("a: [1, 2\nb: 3\n", 2, "YAML"),
        ("a: 1\nb: !!python/object:os.system x\n", 2, "value"),
        ("a: 1\n---\nb: 2\n", 2, "YAML"),
        ("a: 2020-13-45\n", 1, "value"),
        ("", 1, "empty"),
        ("# only a comment\n", 1, "empty"),
        ("[" * 100 + "]" * 100, 1, "nested"),
        ("a: \x00\n", 1, "YAML"),
    ],
)
def test_what_is_refused_names_its_line(text: str, line: int, word: str):
    error = refusal(text)
    assert error.line == line
    assert word in error.message


def test_a_deeply_nested_document_is_refused_in_time():
    began = time.perf_counter()
    refusal("[" * 1_000_000)
    assert time.perf_counter() - began < 5


def test_a_huge_document_is_refused():
    assert "larger" in refusal("a" * 5_000_001).message


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_parsed_or_refused(text: str):
    try:
        parse_yaml(text)
    except YamlError as error:
        assert error.line >= 1
