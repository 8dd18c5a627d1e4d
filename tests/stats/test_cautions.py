"""Every caution fires on its own rule, names the number that broke it, and stays silent otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from harness.records.evaluation import OtherInput, OutputDifference
from harness.records.input_convention import InputConvention
from harness.records.launch import Delegation, DeviceState, Launch, ReportedLatency
from harness.records.row import Caution
from harness.records.vocabulary import ChannelOrder, Delegate, InputSource, Status
from harness.stats.accuracy_cautions import (
    cautions_for_difference,
    cautions_for_input,
    cautions_for_other_input,
)
from harness.stats.cautions import (
    CODES,
    cautions_for,
    cautions_for_contended,
)
from harness.stats.phone_cautions import cautions_for_allowed
from harness.stats.summary import summarise, summarise_reported
from tests.stats.launches import launch


def found(launches: Sequence[Launch], *, cpu_count: int = 4) -> dict[str, Caution]:
    cautions = cautions_for(launches, summarise(launches), cpu_count=cpu_count)
    by_code = {each.code: each for each in cautions}
    assert len(by_code) == len(cautions)
    return by_code


def quiet(count: int = 5, **changes) -> list[Launch]:
    levels = [2.00, 2.01, 1.99, 2.005, 1.995, 2.015, 1.985]
    return [launch([levels[i % 7]] * 20, index=i, **changes) for i in range(count)]


def before(**readings) -> DeviceState:
    return DeviceState(**readings)


NOISY: dict[str, tuple[list[Launch], str]] = {
    "software-gpu": (
        quiet(
            delegation=Delegation(
                Delegate.GPU, Delegate.GPU, adapter="Google SwiftShader (Subzero) adapterType=CPU"
            )
        ),
        "SwiftShader",
    ),
    "high-load": (quiet(state_before=before(load_1m=7.3)), "7.3"),
    "steal-time": (quiet(state_after=before(steal_percent=4.2)), "4.2 %"),
    "frequency-scaling": (quiet(state_before=before(governor="schedutil")), "schedutil"),
    "frequency-varied": (
        [
            launch(index=i, state_after=before(cpu_frequency_mhz=clock))
            for i, clock in enumerate([3000.0, 3000.0, 2400.0, 3000.0, 3000.0])
        ],
        "between 2400 and 3000 MHz",
    ),
    "on-battery": (quiet(state_before=before(on_battery=True)), "5 of 5"),
    "few-launches": (quiet(3), "only 3 launch(es)"),
    "drift": ([launch([2.0 + 0.05 * i] * 9, index=i) for i in range(5)], "+9.5%"),
    "waiting": (quiet(cpu_ns=(1_000_000,) * 20), "2.00 times"),
    "wide-interval": (
        [launch([level] * 9, index=i) for i, level in enumerate([2.0, 2.6, 1.9, 2.5, 2.1])],
        "interval reaches",
    ),
    "not-warm": (
        [launch([3.0] * 10 + [2.0] * 10, index=i, warmup_settled=False) for i in range(5)],
        "5 of 5",
    ),
    "launches-differ": (
        [launch([level, level * 1.001, level], index=i) for i, level in enumerate([2.0, 2.2, 1.9, 2.1, 2.3])],
        "launches differ by",
    ),
    "too-many-threads": (quiet(threads_requested=8), "8 threads"),
    "other-cores": (quiet(affinity=(0, 1, 2, 3), affinity_requested=(7,)), "CPUs 0,1,2,3"),
    "unseen-cores": (quiet(affinity_requested=(7,)), "5 launches"),
    "tool-notes": (quiet(notes=("NNAPI ran on its reference",)), "NNAPI ran on its reference"),
}


def told(median_ms: float, *, index: int, **changes) -> Launch:
    """A launch whose tool kept no samples."""
    return launch((), index=index, reported=ReportedLatency(runs=50, median_ms=median_ms), **changes)


def reported(medians_ms: Sequence[float], **changes) -> dict[str, Caution]:
    launches = [told(median_ms, index=index, **changes) for index, median_ms in enumerate(medians_ms)]
    cautions = cautions_for(launches, summarise_reported(launches), cpu_count=4)
    return {each.code: each for each in cautions}


def test_figures_a_tool_printed_are_judged_by_the_same_rules():
    steady = [2.00, 2.01, 1.99, 2.005, 1.995]
    assert reported(steady) == {}
    assert "only 3" in reported(steady[:3])["few-launches"].message
    assert "+9.5%" in reported([2.0 + 0.05 * i for i in range(5)])["drift"].message
    assert set(reported(steady, warmup_settled=False, affinity=(4,), affinity_requested=(7,))) == {
        "other-cores"
    }


@pytest.mark.parametrize("code", NOISY)
def test_a_broken_rule_is_named_with_its_number(code: str):
    launches, number = NOISY[code]
    caution = found(launches)[code]
    assert number in caution.message
    assert caution.next_step
    assert caution.silence == f"--allow {code}"


@pytest.mark.parametrize(
    ("source", "conflict", "codes"),
    [
        (InputSource.DECLARED, None, []),
        (InputSource.PROVEN, None, []),
        (InputSource.ASSUMED, None, ["input-assumed"]),
        (InputSource.DECLARED, "its metadata says -1..1, but", ["input-contradicted"]),
    ],
)
def test_an_input_that_is_assumed_or_contradicted_is_said_with_the_command_that_finds_out(
    source: InputSource, conflict: str | None, codes: list[str]
):
    convention = InputConvention(source, "-1..1", ChannelOrder.RGB, "tf", "why", conflict)
    cautions = cautions_for_input(convention, try_others="harness zoo preprocess m --dataset d")
    assert [each.code for each in cautions] == codes
    assert all("harness zoo preprocess m --dataset d" in str(each.next_step) for each in cautions)


def test_a_better_input_is_said_with_both_shares_and_the_option_that_sets_it():
    other = OtherInput("0..1", ChannelOrder.BGR, 48, 0.98, 0.41, 0.3, 0.8)
    (caution,) = cautions_for_other_input(other)
    assert "98% of 48 images" in caution.message
    assert "41% as it was fed: +57 points [+30, +80]" in caution.message
    assert caution.next_step == "harness run --input-range 0..1 --channels bgr"
    assert cautions_for_other_input(None) == ()


INPUT_CODES = ("input-assumed", "input-contradicted", "other-input-better")


def test_every_code_can_be_silenced_by_name():
    others = {"class-order-assumed", "contended", "delegate-not-proven", *INPUT_CODES}
    assert {*NOISY, *others} == set(CODES)
    assert len(set(CODES)) == len(CODES)


def test_outputs_equal_to_the_last_bit_prove_no_delegate():
    same = OutputDifference(Delegate.CPU, 50, 0.0, 0.0, 1.0, identical=True)
    (caution,) = cautions_for_difference(same)
    assert caution.code == "delegate-not-proven"
    assert "on 50 images its outputs equal those of cpu, to the last bit" in caution.message
    by_tool = replace(same, largest=None, mean=None, top1_agreement=None)
    assert "right exactly as often" in cautions_for_difference(by_tool)[0].message
    assert cautions_for_difference(replace(same, identical=False)) == ()
    assert cautions_for_difference(None) == ()


def test_a_quiet_machine_raises_nothing():
    steady = before(
        load_1m=1.0,
        steal_percent=0.0,
        governor="performance",
        cpu_frequency_mhz=3000.0,
        on_battery=False,
    )
    assert found(quiet(state_before=steady, state_after=steady)) == {}


def test_what_cannot_be_read_raises_nothing():
    assert found(quiet()) == {}


def test_no_figures_no_cautions():
    assert cautions_for([], None, cpu_count=4) == ()
    assert cautions_for([launch(status=Status.FAILED)], None, cpu_count=4) == ()


def test_launches_that_do_not_count_raise_nothing():
    spoiled = launch(status=Status.FAILED, index=5, state_before=before(load_1m=99.0), threads_requested=64)
    assert found([*quiet(), spoiled]) == {}


def test_the_load_of_the_runs_own_threads_is_no_other_work():
    assert "high-load" not in found(quiet(state_before=before(load_1m=4.3)), cpu_count=4)


def test_one_launch_has_no_interval_and_says_so():
    assert "no interval" in found(quiet(1))["few-launches"].message


def test_a_dynamic_governor_and_a_moving_clock_are_one_caution():
    launches = [
        launch(
            index=i,
            state_before=before(governor="powersave"),
            state_after=before(cpu_frequency_mhz=2000.0 + 500 * i),
        )
        for i in range(5)
    ]
    cautions = found(launches)
    assert "between 2000 and 4000 MHz" in cautions["frequency-scaling"].message
    assert "frequency-varied" not in cautions


def test_a_clock_that_moves_a_little_is_steady():
    launches = [launch(index=i, state_after=before(cpu_frequency_mhz=3000.0 + 20 * i)) for i in range(5)]
    assert found(launches) == {}


def test_a_steady_change_that_is_small_is_no_drift():
    assert "drift" not in found([launch([2.0 + 0.005 * i] * 9, index=i) for i in range(5)])


def test_drift_follows_the_rounds_not_the_order_of_the_records():
    rising = [launch([2.0 + 0.05 * i] * 9, index=i) for i in range(5)]
    assert "drift" in found([rising[i] for i in (3, 1, 4, 0, 2)])


def test_scatter_without_direction_is_rarely_called_drift():
    rng = np.random.default_rng(9)
    alarms = 0
    for _ in range(300):
        levels = 2 * np.exp(0.05 * rng.standard_normal(5))
        alarms += "drift" in found([launch([level] * 3, index=i) for i, level in enumerate(levels)])
    # All rising or all falling: 2 of 120 orders.
    assert alarms / 300 <= 0.045


@pytest.mark.parametrize(
    "changes",
    [
        {"threads_requested": 2},
        {"cpu_ns": ()},
        {"delegation": Delegation(Delegate.GPU, Delegate.GPU)},
    ],
    ids=["more threads", "no CPU times", "GPU"],
)
def test_wall_time_is_held_against_cpu_time_only_where_they_should_agree(changes):
    launches = quiet(**({"cpu_ns": (1_000_000,) * 20} | changes))
    assert "waiting" not in found(launches)


def test_a_warm_up_that_was_cut_short_may_have_sufficed():
    assert "not-warm" not in found(quiet(warmup_settled=False))


def test_an_unsettled_warm_up_with_hardly_a_sample_is_not_trusted():
    assert "not-warm" in found([launch([2.0], index=i, warmup_settled=False) for i in range(5)])


def test_launches_that_differ_less_than_their_samples_do_not_differ():
    rng = np.random.default_rng(10)
    launches = [launch(2 * np.exp(0.1 * rng.standard_normal(9)), index=i) for i in range(5)]
    assert "launches-differ" not in found(launches)


def test_a_wait_that_was_taken_off_is_told_all_the_same():
    account = {
        "cpu_ns": (2_000_000,) * 9,
        "wait_ns": (6_000_000,) * 9,
        "threads_ns": ((18_000_000, 54_000_000),),
    }
    both = [launch([8.0] * 9, index=index, **account) for index in range(5)]
    summary = summarise(both)
    assert summary is not None
    assert summary.median == 2.0
    assert "4.00 times their own time" in found(both)["waiting"].message


def test_launches_whose_cores_others_had_are_counted_and_the_last_is_quoted():
    lacking = launch(index=4, contended="0 of 40 invokes had all the cores they needed")
    (caution,) = cautions_for_contended([*quiet()[:4], lacking])
    assert caution.code == "contended"
    assert "1 of 5 launches" in caution.message
    assert "0 of 40 invokes" in caution.message
    assert cautions_for_contended(quiet()) == ()


def test_what_was_allowed_of_an_unfit_phone_is_named_once_each():
    states = [
        DeviceState(allowed=(("battery-low", "battery at 9 %"),)),
        DeviceState(allowed=(("battery-low", "battery at 8 %"), ("power-save", "the battery saver is on"))),
        DeviceState(),
    ]
    [caution] = cautions_for_allowed(states)
    assert caution.code == "allowed"
    assert "battery at 9 % (battery-low); the battery saver is on (power-save)" in caution.message
    assert caution.silence is None
    assert cautions_for_allowed([DeviceState()]) == ()
