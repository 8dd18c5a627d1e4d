"""The shapes of the tool's figures."""

from __future__ import annotations

import pytest

from harness.latency.benchmark_model.lines import clean_lines
from harness.latency.benchmark_model.timings import (
    Statistics,
    Summary,
    parse_number,
    parse_statistics,
    parse_summary,
    read_timings,
)


def test_the_full_shape():
    text = "count=264 first=3834 curr=3723 min=3689 max=4492 avg=3792.45 std=70 p5=3723 median=3779 p95=3876"
    assert parse_statistics(text) == Statistics(
        264, mean=3792.45, first=3834, min=3689, max=4492, std=70, p5=3723, median=3779, p95=3876
    )


def test_one_run_is_its_own_mean_minimum_and_maximum():
    found = parse_statistics("count=1 curr=4014 p5=4014 median=4014 p95=4014")
    assert found == Statistics(1, mean=4014, first=4014, min=4014, max=4014, p5=4014, median=4014, p95=4014)


def test_runs_that_are_all_the_same_state_one_value():
    found = parse_statistics("count=3 curr=2(all same) p5=2 median=2 p95=2")
    assert found == Statistics(3, mean=2, first=2, min=2, max=2, p5=2, median=2, p95=2)


def test_no_run_has_no_figures_although_the_tool_prints_zeros():
    assert parse_statistics("count=0 p5=0 median=0 p95=0") == Statistics(0)


def test_tools_before_percentiles_have_none():
    found = parse_statistics("count=50 first=747738 curr=747428 min=747331 max=748577 avg=747733 std=293")
    assert found is not None
    assert (found.mean, found.median, found.p5, found.p95) == (747733, None, None, None)


@pytest.mark.parametrize(
    "text",
    [
        "Timings (microseconds): count=3219 first=233 curr=260 min=231 max=3500 avg=255.1 std=70",
        "Memory (bytes): count=0",
        "discount=5 curr=2",
        "count=",
        "count=-1 curr=3",
        "count=1e3 curr=3",
        "",
    ],
)
def test_other_lines_are_no_figures(text: str):
    assert parse_statistics(text) is None


@pytest.mark.parametrize(
    ("text", "value"), [("1.26611e+06", 1266110.0), ("2", 2.0), ("9e999", None), ("x", None)]
)
def test_numbers_are_plain_or_scientific_and_finite(text: str, value: float | None):
    assert parse_number(text) == value


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        (
            "Inference timings in us: Init: 7656, First inference: 3942, Warmup (avg): 3828.13,"
            " Inference (avg): 1.26611e+06",
            Summary(1266110.0, init=7656, first=3942, warmup=3828.13),
        ),
        (
            "Average inference timings in us: Warmup: 91471, Init: 4108, Inference: 80660.1",
            Summary(80660.1, init=4108, warmup=91471),
        ),
        (
            "Average inference timings in us: Warmup: 751932, Init: 21039, no stats: 747733",
            Summary(747733, init=21039, warmup=751932),
        ),
        ("Inference timings in us: Init: 7656, First inference: 3942, Warmup (avg): 3828.13", None),
        ("Inference timings in us: Init: 7656, Inference (avg):", None),
        ("no such line", None),
    ],
)
def test_the_line_that_ends_a_run_in_each_version(text: str, summary: Summary | None):
    assert parse_summary(text) == summary


WARM = "count=20 first=9 curr=5 min=5 max=9 avg=6 std=1 p5=5 median=6 p95=9"
MEASURED = "count=50 first=5 curr=5 min=4 max=7 avg=5 std=1 p5=4 median=5 p95=7"
END = "Inference timings in us: Init: 100, First inference: 9, Warmup (avg): 6, Inference (avg): 5"
PROFILE = "Timings (microseconds): count=50 first=5 curr=5 min=4 max=7 avg=5 std=1"


def test_the_measured_runs_are_those_whose_average_the_last_line_repeats():
    timings = read_timings(clean_lines("\n".join([WARM, MEASURED, END, PROFILE])))
    assert timings.measured is not None and timings.warmup is not None
    assert (timings.measured.count, timings.warmup.count) == (50, 20)
    assert timings.contradiction is None


def test_where_the_measured_line_is_missing_only_the_average_is_known():
    timings = read_timings(clean_lines(f"{WARM}\n{END}"))
    assert timings.summary is not None
    assert (timings.measured, timings.summary.inference, timings.contradiction) == (None, 5, None)


def test_figures_that_disagree_with_the_last_line_are_a_contradiction():
    other = MEASURED.replace("avg=5", "avg=5.5")
    assert read_timings(clean_lines(f"{WARM}\n{other}\n{END}")).contradiction is not None


@pytest.mark.parametrize(
    ("was", "became"), [("min=4", "min=6"), ("max=7", "max=4"), ("median=5", "median=1"), ("p95=7", "p95=1")]
)
def test_figures_that_no_set_of_times_can_have_are_a_contradiction(was: str, became: str):
    garbled = MEASURED.replace(was, became)
    assert read_timings(clean_lines(f"{WARM}\n{garbled}\n{END}")).contradiction is not None


def test_a_run_without_its_last_line_has_the_warm_up_and_nothing_more():
    timings = read_timings(clean_lines(f"Initialized session in 9.086ms.\n{WARM}\n{MEASURED}"))
    assert (timings.summary, timings.measured, timings.init) == (None, None, 9086)
