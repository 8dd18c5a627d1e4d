from __future__ import annotations

import pytest

from harness.errors import UnknownNameError, UsageError
from harness.plan.trials import fitting
from harness.records.run import PhoneOptions
from harness.sweep.phone_words import phone_options
from harness.sweep.request import parse_duration_s


def test_pairs_become_options():
    found = phone_options(["gpu-backend=cl", "gpu-precision=fp32", "nnapi-accelerator=google-edgetpu"])
    assert found == PhoneOptions(gpu_backend="cl", gpu_precision="fp32", nnapi_accelerator="google-edgetpu")


def test_nothing_said_is_nothing():
    assert phone_options([]) is None
    assert phone_options(["fixed-performance=off"]) is None


def test_clocks_are_held_where_it_is_asked_for():
    assert phone_options(["fixed-performance=on"]) == PhoneOptions(fixed_performance=True)


@pytest.mark.parametrize(
    "text",
    [
        "gpu-backend=vulkan",
        "gpu-precision",
        "nnapi-accelerator=",
        "nnapi-accelerator=a,b",
        "gpu-backend=",
        "fixed-performance=yes",
    ],
)
def test_nonsense_names_the_choices(text: str):
    with pytest.raises(UsageError, match="--phone"):
        phone_options([text])


def test_unknown_keys_have_near_matches():
    with pytest.raises(UnknownNameError, match="Did you mean gpu-backend"):
        phone_options(["gpu-backed=cl"])


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("10m", 600), ("1h", 3600), (" 10S ", 10)])
def test_times_have_a_unit(text: str, seconds: float):
    assert parse_duration_s("--sustained", text) == seconds


@pytest.mark.parametrize("text", ["", "10", "9s", "25h", "-1m", "1.5m", "ten minutes"])
def test_other_times_are_refused(text: str):
    with pytest.raises(UsageError, match="--sustained"):
        parse_duration_s("--sustained", text)


def test_a_device_has_its_own_words_and_those_no_device_has():
    phone, local = ("cpu", "gpu", "nnapi"), ("cpu", "gpu")
    assert fitting(("cpu", "nnapi"), phone, [phone, local]) == ("cpu", "nnapi")
    assert fitting(("cpu", "nnapi"), local, [phone, local]) == ("cpu",)
    assert fitting(("cpu", "nnapi"), local, [local]) == ("cpu", "nnapi")
