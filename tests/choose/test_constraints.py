"""Limits are read as people write them, and nonsense is refused in a sentence."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.choose.constraints import (
    Limit,
    Quantity,
    parse_fps,
    parse_latency_ms,
    parse_limits,
    parse_share,
    parse_size_bytes,
)
from harness.errors import UsageError
from tests.choose.rows import candidate


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("33ms", 33.0),
        ("33", 33.0),
        (" 33 ms ", 33.0),
        ("0.033s", 33.0),
        (".033 S", 33.0),
        ("500us", 0.5),
        ("500µs", 0.5),
        ("500μs", 0.5),
        ("2e3us", 2.0),
        ("33.", 33.0),
    ],
)
def test_latencies(text: str, ms: float):
    assert parse_latency_ms(text) == pytest.approx(ms)


@pytest.mark.parametrize(
    ("text", "size_bytes"),
    [
        ("5MB", 5_000_000),
        ("5 mb", 5_000_000),
        ("5MiB", 5_242_880),
        ("800KB", 800_000),
        ("1.5kib", 1536),
        ("5000000", 5_000_000),
        ("12B", 12),
        ("0.1GB", 100_000_000),
    ],
)
def test_sizes(text: str, size_bytes: int):
    assert parse_size_bytes(text) == pytest.approx(size_bytes)


@pytest.mark.parametrize(
    ("text", "ms"), [("30", 1000 / 30), ("60fps", 1000 / 60), ("0.5", 2000.0), ("24 Hz", 1000 / 24)]
)
def test_frames_per_second(text: str, ms: float):
    assert parse_fps(text) == pytest.approx(ms)


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("60", 0.6),
        ("60%", 0.6),
        ("0.6", 0.6),
        ("0.6%", 0.006),
        ("1", 1.0),
        ("1%", 0.01),
        ("100", 1.0),
        ("0", 0.0),
    ],
)
def test_shares(text: str, share: float):
    assert parse_share(text, option="--min-top1") == pytest.approx(share)


NONSENSE = [
    "",
    " ",
    "ms",
    "-5ms",
    "+5",
    "nan",
    "inf",
    "1e999",
    "5 5",
    "5,5",
    "0x10",
    "five",
    "5ms5",
    "--",
    "1e",
    "٣",
]


@pytest.mark.parametrize("text", [*NONSENSE, "0", "0ms", "33h", "33MB"])
def test_latencies_that_make_no_sense_are_refused(text: str):
    with pytest.raises(UsageError, match="--max-latency"):
        parse_latency_ms(text)


@pytest.mark.parametrize("text", [*NONSENSE, "0", "5XB", "5ms", "5 bytes"])
def test_sizes_that_make_no_sense_are_refused(text: str):
    with pytest.raises(UsageError, match="--max-size"):
        parse_size_bytes(text)


@pytest.mark.parametrize("text", [*NONSENSE, "0", "30ms"])
def test_frame_rates_that_make_no_sense_are_refused(text: str):
    with pytest.raises(UsageError, match="--fps"):
        parse_fps(text)


@pytest.mark.parametrize("text", [*NONSENSE, "101", "101%", "60ms"])
def test_shares_that_make_no_sense_are_refused(text: str):
    with pytest.raises(UsageError, match="--min-top5"):
        parse_share(text, option="--min-top5")


def test_a_refusal_says_how_to_write_it():
    with pytest.raises(UsageError) as caught:
        parse_latency_ms("33 parsecs")
    assert str(caught.value) == "--max-latency 33 parsecs: unknown unit 'parsecs'\n  use ms, s, us or ns"


@given(st.text(max_size=12))
@settings(deadline=None)
def test_any_text_is_read_or_refused(text: str):
    for parse in (parse_latency_ms, parse_size_bytes, parse_fps):
        try:
            assert parse(text) > 0
        except UsageError as error:
            assert error.exit_code == 2


@given(st.floats(1e-3, 1e6))
@settings(deadline=None)
def test_units_agree(ms: float):
    assert parse_latency_ms(f"{ms!r}ms") == pytest.approx(parse_latency_ms(f"{ms / 1000!r}s"))
    assert parse_fps(f"{1000 / ms!r}") == pytest.approx(parse_latency_ms(f"{ms!r}"))


def test_limits_are_those_of_the_options_given():
    assert parse_limits() == ()
    assert parse_limits(max_latency="33ms", max_size="5MB", min_top1="60", min_top5="0.8") == (
        Limit(Quantity.LATENCY, 33.0),
        Limit(Quantity.SIZE, 5e6),
        Limit(Quantity.TOP1, 0.6),
        Limit(Quantity.TOP5, 0.8),
    )
    assert parse_limits(fps="25") == (Limit(Quantity.LATENCY, 40.0),)


def test_two_limits_on_latency_are_refused():
    with pytest.raises(UsageError, match="limit the same thing"):
        parse_limits(max_latency="33ms", fps="30")


def test_a_limit_knows_what_it_is_held_against():
    made = candidate("a", 10.0, 0.7, 4_000_000, top5=0.9)
    values = {quantity: Limit(quantity, 1.0).figure(made) for quantity in Quantity}
    assert {quantity: estimate and estimate.value for quantity, estimate in values.items()} == {
        Quantity.LATENCY: 10.0,
        Quantity.SIZE: 4_000_000,
        Quantity.TOP1: 0.7,
        Quantity.TOP5: 0.9,
    }
    assert Limit(Quantity.TOP5, 0.5).figure(candidate(top1=None)) is None
