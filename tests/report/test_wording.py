from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.records.vocabulary import Status
from harness.report.wording import (
    MISSING,
    STATUS_MEANING,
    amount,
    and_list,
    count,
    duration,
    interval,
    megabytes,
    ms,
    percent,
    percent_interval,
    share,
    shortened,
    when,
)


@pytest.mark.parametrize("write", [ms, percent, share, megabytes, amount, duration])
def test_missing_is_a_dash_and_never_zero(write):
    assert write(None) == MISSING
    assert write(0.0) != MISSING


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0654321, "0.0654"),
        (0.946, "0.946"),
        (12.34, "12.3"),
        (123.4, "123"),
        (1234.5, "1,234"),
        (0.0, "0"),
        (1e-9, "0.000000"),
    ],
)
def test_milliseconds_show_three_significant_digits(value: float, text: str):
    assert ms(value) == text


@given(st.floats(min_value=1e-3, max_value=1e5))
def test_milliseconds_are_within_half_a_per_cent_and_without_exponent(value: float):
    text = ms(value).replace(",", "")
    assert "e" not in text
    assert float(text) == pytest.approx(value, rel=0.0051)


def test_an_interval_needs_both_ends():
    assert interval(1.0, 2.0) == "1.00–2.00"
    assert interval(None, 2.0) == interval(1.0, None) == ""
    assert percent_interval(0.5, None) == ""
    assert percent_interval(0.0, 0.123) == "0.0–12.3"


@pytest.mark.parametrize(
    ("size", "text"), [(92_000, "0.092"), (1_400_000, "1.40"), (16_900_000, "16.9"), (0, "0.000")]
)
def test_sizes(size: int, text: str):
    assert megabytes(size) == text


def test_lists_and_counts_read_like_a_sentence():
    assert and_list([]) == ""
    assert and_list(["a"]) == "a"
    assert and_list(["a", "b"]) == "a and b"
    assert and_list(list("abcdef")) == "a, b, c, d and 2 more"
    assert count(1, "launch", "launches") == "1 launch"
    assert count(1200, "trial") == "1,200 trials"


@given(st.text(), st.integers(min_value=5, max_value=60))
def test_shortened_text_keeps_both_ends(text: str, most: int):
    short = shortened(text, most=most)
    assert len(short) <= most
    if len(text) > most:
        assert short[0] == text[0]
        assert short[-1] == text[-1]
    else:
        assert short == text


@pytest.mark.parametrize(("seconds", "text"), [(4.2, "4.2 s"), (600.0, "10 min"), (9000.0, "2.5 h")])
def test_durations(seconds: float, text: str):
    assert duration(seconds) == text


def test_a_time_that_is_not_utc_is_left_as_it_is():
    assert when("2026-11-23T10:15:00.123+00:00") == "2026-11-23 10:15 UTC"
    assert when("2026-11-23T10:15:00+02:00") == "2026-11-23T10:15:00+02:00"
    assert when("yesterday") == "yesterday"


def test_every_status_has_a_meaning():
    assert set(STATUS_MEANING) == set(Status)
