from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import ZooError
from harness.zoo.label_text import LabelTextError, labels_of, read_labels


def test_line_ends_and_byte_order_mark_do_not_count():
    assert labels_of("\ufeffcat\r\ndog\r\n\r\n".encode()) == ("cat", "dog")


def test_a_blank_line_in_between_keeps_its_index():
    assert labels_of(b"a\n\nc\n") == ("a", "", "c")


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes):
    try:
        labels = labels_of(data)
    except LabelTextError:
        return
    assert all(label.isprintable() for label in labels)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path):
    with pytest.raises(ZooError, match=r"names\.txt"):
        read_labels(tmp_path / "names.txt")
