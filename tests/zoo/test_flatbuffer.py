from __future__ import annotations

import struct
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.zoo.flatbuffer import FlatbufferError, Scalar, Source, printable, root_table
from harness.zoo.tflite_file import TfliteFile, read_tflite
from tests.zoo.tflite_builder import classifier, metadata_bytes, with_files

WHOLE = with_files(classifier(metadata=metadata_bytes()), {"labels.txt": b"a\nb\nc\nd\n"})
MODEL = classifier(metadata=metadata_bytes())


def read_or_refuse(data: bytes) -> TfliteFile | None:
    """The only two outcomes there may be."""
    try:
        return read_tflite(data)
    except FlatbufferError:
        return None


@settings(deadline=None)
@given(st.binary(max_size=2000))
def test_random_bytes_are_refused(data: bytes):
    assert read_or_refuse(data) is None


@settings(deadline=None)
@given(st.binary(max_size=500))
def test_random_bytes_after_a_right_mark_are_read_or_refused(data: bytes):
    read_or_refuse(b"\x10\x00\x00\x00TFL3" + data)


@settings(deadline=None)
@given(st.integers(0, len(MODEL) - 64))
def test_a_truncated_file_is_refused(length: int):
    assert read_or_refuse(MODEL[:length]) is None


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_changed_bytes_are_read_or_refused(changes: list[tuple[int, int]]):
    data = bytearray(WHOLE)
    for position, value in changes:
        data[position] = value
    read_or_refuse(bytes(data))


@settings(deadline=None)
@given(st.integers(0, len(MODEL) // 4 - 1), st.sampled_from([0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]))
def test_extreme_offsets_and_lengths_are_read_or_refused(word: int, value: int):
    data = bytearray(MODEL)
    struct.pack_into("<I", data, 4 * word, value)
    read_or_refuse(bytes(data))


def test_what_shares_its_targets_is_refused_in_time():
    # A vector of two million tables, all of them the same one.
    count = 2_000_000
    tables = b"".join(struct.pack("<I", 4 * (count - index) + 4) for index in range(count))
    vector = struct.pack("<I", count) + tables
    vtable = struct.pack("<HHH", 6, 8, 4) + b"\0\0"
    root = struct.pack("<iI", 8, 4)
    shared_vtable = struct.pack("<i", 4) + struct.pack("<HH", 4, 4)
    data = struct.pack("<I", 12) + vtable + root + vector + shared_vtable
    began = time.perf_counter()
    with pytest.raises(FlatbufferError, match="far more"):
        root_table(data).tables(0)
    assert time.perf_counter() - began < 5


def test_a_vector_longer_than_the_file_is_refused_before_it_is_read():
    source = Source(struct.pack("<I", 0xFFFFFFFF))
    with pytest.raises(FlatbufferError, match="cut off or damaged"):
        source.unpack("1000000I", 0)


@pytest.mark.parametrize("position", [-1, 1, 4, 2**62])
def test_a_number_outside_the_file_is_refused(position: int):
    with pytest.raises(FlatbufferError):
        Source(b"\0\0\0\0").number(Scalar.UINT32, position)


def test_what_steers_a_terminal_is_replaced():
    assert printable("a\x1b[31mb\n\u202ec") == "a\ufffd[31mb\ufffd\ufffdc"
