from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.devices.profile import find_profile
from harness.errors import UnknownNameError, UsageError
from harness.records.vocabulary import Budget, Delegate, Job, Runtime
from harness.sweep.request import (
    RunRequest,
    complete,
    from_options,
    parse_counts,
    parse_delegates,
    parse_words,
)

LOCAL = find_profile("local")


@given(st.lists(st.integers(1, 256), min_size=1))
def test_counts_are_kept_in_order_without_repeats(counts: list[int]):
    parsed = parse_counts("--threads", ",".join(map(str, counts)))
    assert list(parsed) == list(dict.fromkeys(counts))


@pytest.mark.parametrize(
    "text", ["", "0", "-1", "1,,2", "1.5", "two", "257", "²", "1 2", "99999999999999999999"]
)
def test_nonsense_counts_name_the_flag(text: str):
    with pytest.raises(UsageError, match="--threads"):
        parse_counts("--threads", text)


def test_words_are_read_without_case_and_answered_with_near_matches():
    assert parse_words("delegate", "GPU, cpu,gpu", Delegate) == (Delegate.GPU, Delegate.CPU)
    with pytest.raises(UnknownNameError, match="Did you mean nnapi"):
        parse_words("delegate", "nnappi", Delegate)


@pytest.mark.parametrize("name", ["npu", "coreml"])
def test_a_delegate_known_from_logs_only_says_so(name: str):
    with pytest.raises(UsageError, match=f"'{name}': harness measures nothing with it yet") as refused:
        parse_delegates(f"cpu, {name.upper()}")
    assert "harness import" in str(refused.value)


def test_a_delegate_nobody_knows_has_those_that_can_be_measured_as_near_matches():
    assert parse_delegates("CPU,gpu") == (Delegate.CPU, Delegate.GPU)
    with pytest.raises(UnknownNameError, match="Did you mean nnapi") as refused:
        parse_delegates("nnpai")
    assert "npu" not in str(refused.value)


def test_a_runtime_that_no_device_of_the_run_has_is_refused_with_those_it_has():
    with pytest.raises(UsageError, match="benchmark_model: local runs models with litert and tflite-runtime"):
        complete(RunRequest(runtimes=(Runtime.BENCHMARK_MODEL,)), [LOCAL])
    phone = find_profile("pixel4")
    both = (Runtime.LITERT, Runtime.BENCHMARK_MODEL)
    assert complete(RunRequest(runtimes=both), [LOCAL, phone]).runtimes == both


def test_defaults_are_those_of_the_profile():
    options = complete(RunRequest(), [LOCAL])
    assert options.models == ("@starter",)
    assert options.delegates == (Delegate.CPU,)
    assert options.runtimes == (Runtime.LITERT,)
    assert options.threads == LOCAL.defaults.threads
    assert options.jobs == (Job.LATENCY, Job.ACCURACY)
    assert options.launches == 5


def test_a_budget_decides_the_number_of_launches_unless_it_is_said():
    assert complete(RunRequest(budget=Budget.QUICK), [LOCAL]).launches == 3
    assert complete(RunRequest(budget=Budget.QUICK, launches=9), [LOCAL]).launches == 9


def test_accuracy_is_measured_with_a_cpu_delegate_that_was_asked_for():
    def on(*delegates: Delegate) -> tuple[Delegate, ...]:
        return complete(RunRequest(delegates=delegates), [LOCAL]).evaluate_on

    assert on(Delegate.GPU) == (Delegate.CPU,)
    assert on(Delegate.CPU_BUILTIN) == (Delegate.CPU_BUILTIN,)
    assert on(Delegate.CPU_BUILTIN, Delegate.CPU) == (Delegate.CPU,)


@pytest.mark.parametrize(
    "request_",
    [
        RunRequest(launches=0),
        RunRequest(subset=0),
        RunRequest(seed=-1),
        RunRequest(timeout_s=0),
        RunRequest(input_image="no.jpg"),
    ],
)
def test_values_out_of_range_are_refused(request_: RunRequest):
    with pytest.raises(UsageError):
        complete(request_, [LOCAL])


def test_a_resumed_run_has_the_options_it_had():
    asked = RunRequest(models=("a.tflite",), threads=(1, 2), seed=3, subset=10, budget=Budget.THOROUGH)
    options = complete(asked, [LOCAL])
    assert complete(from_options(options, RunRequest()), [LOCAL]) == options


def test_what_is_said_on_resuming_is_laid_over_what_was():
    options = complete(RunRequest(threads=(1, 2)), [LOCAL])
    again = complete(from_options(options, RunRequest(threads=(4,))), [LOCAL])
    assert again == replace(options, threads=(4,))
