"""The gate's records on disk: a pair is one line, and comes back as it was."""

from __future__ import annotations

import json

import pytest

from harness.errors import RunFolderError
from harness.records.gate import LaunchPair
from harness.results.codec import decode, encode
from tests.gate.pairs import CELL, pair


def test_a_pair_is_one_line_and_comes_back():
    made = pair(1.02)
    line = encode(made)
    assert b"\n" not in line
    assert decode(LaunchPair, line, where="here") == made


def test_an_unknown_key_is_refused():
    line = json.dumps({**json.loads(encode(pair())), "surprise": 1}).encode()
    with pytest.raises(RunFolderError, match="surprise"):
        decode(LaunchPair, line, where="pairs.jsonl:1")


def test_a_newer_schema_is_refused_by_name():
    line = json.dumps({**json.loads(encode(pair())), "schema": 99}).encode()
    with pytest.raises(RunFolderError, match="newer harness"):
        decode(LaunchPair, line, where="pairs.jsonl:1")


def test_the_key_of_a_cell_tells_its_axes():
    assert CELL.key == "new/local/cpu/1t"
