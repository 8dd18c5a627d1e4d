from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from harness.devices.android.settle import POLL_S, Settled, settle
from harness.devices.profile import Limits
from harness.records.launch import DeviceState

START = DeviceState(temperature_c=35.0, thermal_status=0)


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


def wait(
    state_at: Callable[[float], DeviceState], *, start: DeviceState = START, cooldown_s: float = 600.0
) -> tuple[Settled, list[str]]:
    """Settle on a phone whose state is a function of the seconds waited."""
    clock, told = Clock(), []
    limits = Limits(cooldown_s=cooldown_s)
    settled = settle(
        lambda: state_at(clock.now_s - 100.0),
        limits,
        start=start,
        clock=clock,
        sleep=clock.sleep,
        on_wait=told.append,
    )
    return settled, told


def test_a_cool_phone_is_not_waited_for():
    settled, told = wait(lambda _: START)
    assert settled == Settled(cool=True, waited_s=0.0, reason=None)
    assert told == []


def test_the_status_and_the_temperature_both_have_to_come_down():
    def state_at(waited_s: float) -> DeviceState:
        return DeviceState(temperature_c=55.0 - waited_s / 2, thermal_status=1 if waited_s < 20 else 0)

    settled, told = wait(state_at)
    assert settled.cool
    assert settled.waited_s == 40.0  # 37 °C at 36 s; polled every 5 s
    assert "thermal status 1" in told[0]
    assert "hottest CPU sensor" in told[-1]


def test_a_phone_that_has_stopped_cooling_is_as_cool_as_it_gets():
    settled, _ = wait(lambda waited_s: replace(START, temperature_c=max(45.0, 60.0 - waited_s)))
    assert settled.cool
    assert 30.0 <= settled.waited_s <= 60.0


def test_a_slope_over_few_seconds_is_not_trusted():
    settled, _ = wait(lambda _: replace(START, temperature_c=45.0))
    assert settled.waited_s == 30.0


def test_a_phone_that_stays_hot_is_given_up_at_the_limit_with_the_reason():
    settled, told = wait(lambda _: replace(START, thermal_status=2), cooldown_s=62.0)
    assert settled == Settled(cool=False, waited_s=62.0, reason="thermal status 2 (moderate)")
    assert len(told) == 13


def test_a_cap_that_came_with_the_heat_has_to_go():
    start = replace(START, cluster_cap_khz=(("7", 2_841_600),))

    def state_at(waited_s: float) -> DeviceState:
        return replace(start, cluster_cap_khz=(("7", 2_841_600 if waited_s >= 25 else 2_000_000),))

    settled, told = wait(state_at, start=start)
    assert settled.waited_s == 25.0
    assert "capped" in told[0]


def test_without_a_temperature_the_status_decides():
    cool_later = wait(lambda s: DeviceState(thermal_status=0 if s >= 10 else 1), start=DeviceState())
    assert cool_later[0].waited_s == 10.0


def test_a_phone_that_tells_nothing_is_left_alone_for_a_while():
    settled, told = wait(lambda _: DeviceState(), start=DeviceState())
    assert settled == Settled(cool=True, waited_s=30.0, reason=None)
    assert len(told) == 30.0 / POLL_S


def test_no_cooldown_means_no_wait():
    settled, _ = wait(lambda _: replace(START, thermal_status=4), cooldown_s=0.0)
    assert settled.waited_s == 0.0
    assert not settled.cool
