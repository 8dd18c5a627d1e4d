"""Fields of protocol buffers, checked against the library that writes them."""

from __future__ import annotations

import contextlib

import pytest
from google.protobuf import wrappers_pb2
from hypothesis import given
from hypothesis import strategies as st

from harness.latency.benchmark_model.wire import WireError, read_fields


@given(st.integers(0, 2**64 - 1))
def test_a_number_is_read_as_the_library_wrote_it(number: int):
    content = wrappers_pb2.UInt64Value(value=number).SerializeToString()
    assert dict(read_fields(content)).get(1, 0) == number


@given(st.binary(max_size=300))
def test_bytes_are_read_as_the_library_wrote_them(value: bytes):
    content = wrappers_pb2.BytesValue(value=value).SerializeToString()
    assert dict(read_fields(content)).get(1, b"") == value


@given(st.floats(width=32, allow_nan=False))
def test_a_float_is_read_as_the_library_wrote_it(value: float):
    content = wrappers_pb2.FloatValue(value=value).SerializeToString()
    assert dict(read_fields(content)).get(1, 0.0) == value


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\x08", "cut in the middle"),
        (b"\x0a\x05ab", "5 bytes were announced"),
        (b"\x0d\x00\x00", "4 bytes were announced"),
        (b"\x0b", "wire type 3"),
        (b"\x00\x01", "without number"),
        (b"\x08" + b"\xff" * 11, "without end"),
        (b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7f", "were announced"),
    ],
)
def test_what_is_no_protocol_buffer_is_named(content: bytes, what: str):
    with pytest.raises(WireError, match=what):
        list(read_fields(content))


@given(st.binary(max_size=400))
def test_any_bytes_give_fields_or_a_wire_error(content: bytes):
    with contextlib.suppress(WireError):
        list(read_fields(content))
