from __future__ import annotations

import os
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.zoo.model_names import unique_names

PATHS = st.builds(lambda a, b: Path(f"/{a}/{b}.tflite"), st.sampled_from("abA"), st.sampled_from("xyX"))


@settings(deadline=None)
@given(st.lists(PATHS, max_size=12))
def test_names_are_unique_without_case(paths: list[Path]):
    names = unique_names([(path, None) for path in paths])
    assert len({name.casefold() for name in names}) == len(paths)


def test_given_names_are_kept():
    assert unique_names([(Path("/a/x.tflite"), None), (Path("/b/y.tflite"), "x")]) == ["x (a)", "x"]


def test_names_are_text_that_every_file_and_terminal_takes():
    names = unique_names([(Path(os.fsdecode(b"/a/\xff.tflite")), None), (Path("/a/b\x1b[1m.tflite"), None)])
    assert names == ["\\xff", "b\\u001b[1m"]
