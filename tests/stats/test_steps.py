"""History suspects real steps and leaves noise alone: rates from simulation with fixed seeds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import binom, binomtest

from harness.stats.steps import FEWEST_VALUES, find_steps

Noise = Callable[[np.random.Generator, int], NDArray[np.float64]]

SERIES = 2000


def independent(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    return rng.standard_normal(count)


def heavy_tailed(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Student's t with three degrees of freedom, of deviation 1."""
    return rng.standard_t(3, count) / np.sqrt(3)


def with_outliers(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Each tenth value scatters five times as far."""
    return rng.standard_normal(count) * np.where(rng.random(count) < 0.1, 5, 1)


def autoregressive(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    """AR(.5) of deviation 1: a run resembles the one before it."""
    value, values = rng.standard_normal(), []
    for shock in np.sqrt(1 - 0.5**2) * rng.standard_normal(count):
        value = 0.5 * value + shock
        values.append(value)
    return np.array(values)


def two_hosts(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Half of the runs on a host that is 10 % slower, in random order; either scatters by 0.5 %."""
    return (rng.random(count) < 0.5) * 2.5 + 0.125 * rng.standard_normal(count)


def two_hosts_wide(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Three in ten runs on a host that is 10 % slower; either scatters by 1.5 %."""
    return (rng.random(count) < 0.3) * 2.5 + 0.375 * rng.standard_normal(count)


def one_in_eight_odd(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    """One run in eight is a third slower, the others scatter by 1.5 %."""
    return (rng.random(count) < 1 / 8) * 7.5 + 0.375 * rng.standard_normal(count)


def latencies(noise: NDArray[np.float64], scatter: float, *, step: float = 0.0, at: int = 0) -> list[float]:
    """Latencies around 3 ms that scatter by `scatter` and are slower by `step` from index `at` on."""
    slower = np.where(np.arange(len(noise)) < at, 1.0, 1 + step)
    return (3.0 * np.exp(scatter * noise) * slower).tolist()


# Noise of 4 % lies beyond the floor of 3 %: the significance has to do the work.
@pytest.mark.parametrize("count", [30, 100])
@pytest.mark.parametrize("noise", [independent, heavy_tailed, autoregressive])
def test_at_most_one_in_a_hundred_series_of_noise_alarms(noise: Noise, count: int):
    rng = np.random.default_rng(20)
    alarms = sum(bool(find_steps(latencies(noise(rng, count), 0.04))) for _ in range(SERIES))
    # The upper end of the two-sided 90 % interval is the one-sided bound at 95 %.
    assert binomtest(alarms, SERIES).proportion_ci(0.9, "exact").high <= 0.01


@pytest.mark.parametrize("noise", [independent, heavy_tailed, autoregressive, with_outliers])
def test_the_shortest_series_are_no_excuse(noise: Noise):
    rng = np.random.default_rng(21)
    alarms = sum(bool(find_steps(latencies(noise(rng, FEWEST_VALUES), 0.04))) for _ in range(SERIES))
    assert alarms / SERIES <= 0.01


# Values are exchangeable here, and each of these made 2 to 60 % of series alarm when only the rest of a
# series was asked.
@pytest.mark.parametrize("count", [FEWEST_VALUES, 30, 100])
@pytest.mark.parametrize("noise", [two_hosts, two_hosts_wide, one_in_eight_odd])
def test_two_kinds_of_host_and_odd_runs_alarm_in_at_most_one_series_of_a_hundred(noise: Noise, count: int):
    rng = np.random.default_rng(26)
    alarms = sum(bool(find_steps(latencies(noise(rng, count), 0.04))) for _ in range(400))
    # Where the true rate is 1 %, 99 of 100 samples of 400 have at most nine alarms.
    assert alarms <= binom.ppf(0.99, 400, 0.01)


@pytest.mark.parametrize(
    ("noise", "count", "scatter", "step", "found_at_least"),
    [
        (independent, 30, 0.015, 0.05, 0.80),
        (independent, 100, 0.015, 0.05, 0.97),
        (heavy_tailed, 30, 0.015, 0.05, 0.90),
        (autoregressive, 30, 0.015, 0.05, 0.60),
        (autoregressive, 100, 0.015, 0.05, 0.90),
        (autoregressive, 30, 0.02, 0.10, 0.95),
        (autoregressive, 100, 0.03, 0.10, 0.95),
        (with_outliers, 30, 0.02, 0.10, 0.90),
    ],
)
def test_a_real_step_is_found_where_it_is(
    noise: Noise, count: int, scatter: float, step: float, found_at_least: float
):
    rng = np.random.default_rng(22)
    at = 2 * count // 3
    found = 0
    for _ in range(200):
        steps = find_steps(latencies(noise(rng, count), scatter, step=step, at=at))
        found += any(abs(each.index - at) <= 3 and each.change > 0 for each in steps)
    assert found / 200 >= found_at_least


def test_a_large_step_is_found_however_late_it_comes():
    rng = np.random.default_rng(23)
    values = latencies(rng.standard_normal(40), 0.01, step=0.3, at=35)
    [step] = find_steps(values)
    assert step.index == 35
    assert step.change == pytest.approx(0.3, abs=0.02)


def test_two_steps_are_two():
    rng = np.random.default_rng(24)
    values = latencies(rng.standard_normal(60), 0.01, step=0.10, at=20)
    values[40:] = [each * 0.92 for each in values[40:]]
    assert [step.index for step in find_steps(values)] == [20, 40]


def test_one_real_step_seldom_brings_a_second_with_it():
    rng = np.random.default_rng(25)
    found = [len(find_steps(latencies(autoregressive(rng, 100), 0.02, step=0.1, at=50))) for _ in range(300)]
    assert sum(number > 1 for number in found) / 300 <= 0.02


def test_a_step_below_the_floor_is_none_of_ours():
    exact = [1.0] * 20 + [1.029] * 20
    assert find_steps(exact) == ()
    assert len(find_steps([1.0] * 20 + [1.031] * 20)) == 1


def test_a_few_odd_runs_are_no_step():
    values = [1.0, 1.01] * 15
    values[-2:] = [2.0, 2.1]
    values[8] = 3.0
    assert find_steps(values) == ()


def test_short_series_have_no_steps():
    assert find_steps([]) == ()
    assert find_steps([1.0] * 7 + [2.0] * 8) == ()


@pytest.mark.parametrize("bad", [0.0, -1.0, float("nan"), float("inf")])
def test_a_latency_that_is_none_is_refused(bad: float):
    with pytest.raises(ValueError, match="positive"):
        find_steps([1.0, bad])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0.1, 10), max_size=60), st.floats(0.01, 100))
def test_the_unit_does_not_matter(values: list[float], unit: float):
    steps, others = find_steps(values), find_steps([unit * each for each in values])
    assert [step.index for step in steps] == [step.index for step in others]
    assert all(0 < step.p <= 0.01 and abs(step.change) >= 0.03 for step in steps)
