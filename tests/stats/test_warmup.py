"""Warm-up ends when times are steady: soon where they are, late where they are not, whatever the noise."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.stats.warmup import enough_samples, is_settled

Latency = Callable[[float], float]
"""Milliseconds of an invoke, given the milliseconds since the first one began."""


def warm_up(latency: Latency, *, limit_ms: float) -> tuple[float | None, list[int]]:
    """When the detector, asked after every 30 ms of invokes, says settled; and all times until then."""
    times: list[int] = []
    now = 0.0

    def invoke() -> None:
        nonlocal now
        taken = latency(now)
        times.append(round(1e6 * taken))
        now += taken

    invoke()
    while now < limit_ms:
        for _ in range(max(1, min(1000, int(30e6 / min(times[-3:]))))):
            invoke()
        if is_settled(times):
            return now, times
    return None, times


def settle_times(latency: Latency, *, limit_ms: float, runs: int = 40) -> list[float]:
    ends = [warm_up(latency, limit_ms=limit_ms)[0] for _ in range(runs)]
    return [limit_ms if each is None else each for each in ends]


def noise(rng: np.random.Generator, deviation: float) -> float:
    return float(np.exp(deviation * rng.standard_normal()))


MODELS_MS = [0.05, 2.0, 50.0, 200.0]


@pytest.mark.parametrize("deviation", [0.0, 0.01, 0.1])
@pytest.mark.parametrize("base", MODELS_MS)
def test_steady_times_settle_at_once(base: float, deviation: float):
    rng = np.random.default_rng(1)
    ends = settle_times(lambda now: base * noise(rng, deviation), limit_ms=1000 + 40 * base, runs=20)
    assert median(ends) <= 100 + 8 * base


@pytest.mark.parametrize("base", MODELS_MS)
def test_heavy_tails_do_not_keep_a_model_warming_up(base: float):
    rng = np.random.default_rng(2)

    def latency(now: float) -> float:
        disturbance = rng.pareto(1.5) if rng.random() < 0.1 else 0.0
        return base * noise(rng, 0.02) * (1 + disturbance)

    # One disturbed invoke may itself last longer than the limit in ten thousand.
    ends = settle_times(latency, limit_ms=1000 + 60 * base, runs=20)
    assert median(ends) <= 120 + 12 * base


@pytest.mark.parametrize("tau_ms", [5.0, 50.0])
@pytest.mark.parametrize("base", MODELS_MS)
def test_an_exponential_decay_is_over_when_it_says_settled(base: float, tau_ms: float):
    rng = np.random.default_rng(3)
    for _ in range(10):
        end, times = warm_up(
            lambda now: base * (1 + 0.8 * np.exp(-now / tau_ms)) * noise(rng, 0.01), limit_ms=2000 + 20 * base
        )
        assert end is not None
        assert 0.8 * np.exp(-(end - times[-1] / 1e6) / tau_ms) < 0.02


def test_a_slow_decay_is_mostly_over():
    rng = np.random.default_rng(4)
    leftovers = []
    for _ in range(20):
        end, _ = warm_up(lambda now: 2 * (1 + 0.8 * np.exp(-now / 300)) * noise(rng, 0.01), limit_ms=5000)
        assert end is not None
        leftovers.append(0.8 * np.exp(-end / 300))
    assert median(leftovers) < 0.02


@pytest.mark.parametrize("base", [0.05, 2.0])
@pytest.mark.parametrize("step_ms", [15.0, 40.0])
def test_a_step_of_the_clock_within_the_first_windows_is_waited_for(base: float, step_ms: float):
    rng = np.random.default_rng(5)
    for _ in range(10):
        end, times = warm_up(
            lambda now: base * (1.5 if now < step_ms else 1.0) * noise(rng, 0.01), limit_ms=3000
        )
        assert end is not None
        late = times[-len(times) // 3 :]
        assert median(late) / 1e6 == pytest.approx(base, rel=0.02)


@pytest.mark.parametrize("base", [0.05, 2.0])
def test_a_clock_that_follows_the_load_is_waited_for(base: float):
    """Utilization with PELT's half-life of 32 ms; the clock is 1.25 times as high, as schedutil sets it."""
    rng = np.random.default_rng(6)

    def latency(now: float) -> float:
        utilization = 1 - 0.5 ** (now / 32)
        return base / min(1.0, max(0.3, 1.25 * utilization)) * noise(rng, 0.01)

    for _ in range(10):
        end, times = warm_up(latency, limit_ms=3000)
        assert end is not None
        assert median(times[-len(times) // 3 :]) / 1e6 == pytest.approx(base, rel=0.02)


def test_times_that_rise_are_not_settled_either():
    assert not is_settled([round(1e6 * (10 + 0.5 * i)) for i in range(30)])


@pytest.mark.parametrize("count", range(7))
def test_too_few_samples_are_never_settled(count: int):
    assert not is_settled([200_000_000] * count)


def test_seven_equal_invokes_of_a_slow_model_suffice():
    assert is_settled([200_000_000] * 7)


def test_a_fast_model_must_have_worked_for_a_while():
    assert not is_settled([50_000] * 100)
    assert is_settled([50_000] * 1300)


def test_the_first_inference_is_in_no_window():
    assert is_settled([900_000_000, *[20_000_000] * 6])


# Powers of two, so that rounding cannot decide where a difference just equals its bound.
@given(st.lists(st.integers(1, 10**9), max_size=60), st.sampled_from([2, 4, 1024]))
def test_another_unit_of_time_does_not_change_the_answer(times: list[int], factor: int):
    scaled = [factor * each for each in times]
    assert is_settled(times, window_ms=1.0) == is_settled(scaled, window_ms=1.0 * factor)
    assert enough_samples(times) == enough_samples(scaled)


@pytest.mark.parametrize("count", range(6))
def test_fewer_than_six_samples_are_never_enough(count: int):
    assert not enough_samples([1_000_000] * count, target=0.5)


def test_equal_samples_are_enough_at_six():
    assert enough_samples([1_000_000] * 6, target=0.001)


def test_one_disturbed_sample_of_ten_does_not_ask_for_more():
    assert enough_samples([*[1_000_000] * 9, 50_000_000], target=0.01)


def test_more_scatter_asks_for_more_samples():
    rng = np.random.default_rng(7)

    def needed(deviation: float) -> int:
        times: list[int] = []
        while not enough_samples(times, target=0.01):
            times.append(round(1e6 * noise(rng, deviation)))
        return len(times)

    quiet = median([needed(0.01) for _ in range(9)])
    noisy = median([needed(0.05) for _ in range(9)])
    # (1.96 x 1.2533 x deviation / target)^2 for a normal distribution, looked at after every sample.
    assert quiet <= 25
    assert 40 <= noisy <= 250


def test_when_enough_the_median_is_as_close_as_promised():
    rng = np.random.default_rng(8)
    misses = 0
    for _ in range(200):
        times: list[int] = []
        while not enough_samples(times, target=0.01):
            times += [round(1e6 * noise(rng, 0.04)) for _ in range(20)]
        misses += abs(median(times) / 1e6 - 1) > 0.01
    # Looking again and again costs some coverage of the nominal 95 %.
    assert misses / 200 <= 0.10
