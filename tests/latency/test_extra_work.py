"""From what repetitions were measured to add to the repetitions that make a size, or a refusal."""

from __future__ import annotations

import pytest

from harness.errors import UsageError
from harness.latency.extra_work import repeats_for


def test_the_line_through_the_points_gives_the_repetitions():
    points = [(4, 0.012 + 0.004 * 4), (10, 0.012 + 0.004 * 10), (34, 0.012 + 0.004 * 34)]
    assert repeats_for(points, (0.0, 0.02, 0.052, 0.08), model="m") == (0, 2, 10, 17)


def test_an_invoke_shorter_than_the_work_is_refused_in_a_sentence():
    """As measured with an invoke of 4 microseconds: one repetition is a tenth of it already."""
    points = [(1, 0.1236), (1, 0.1240), (1, 0.1273), (2, 0.2061)]
    with pytest.raises(UsageError, match=r"m is too short for a slowdown of 5\.0%.*adds about 12\.\d%"):
        repeats_for(points, (0.0, 0.05), model="m")


def test_points_that_all_have_one_repetition_make_no_line():
    with pytest.raises(UsageError, match="too short"):
        repeats_for([(1, 0.2), (1, 0.3)], (0.0, 0.05), model="m")


def test_points_without_a_slope_are_refused():
    with pytest.raises(UsageError, match="too short"):
        repeats_for([(1, 0.2), (9, 0.1)], (0.05,), model="m")
