from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.errors import (
    HarnessError,
    MissingExtraError,
    UnfitError,
    UnknownNameError,
    UsageError,
    near_matches,
)


def test_what_a_user_can_mend_exits_2_and_what_fails_exits_1():
    assert HarnessError("x").exit_code == 1
    assert UsageError("x").exit_code == 2
    assert UnfitError("x").exit_code == 4


def test_the_next_step_follows_the_message():
    assert str(UsageError("no such file", next_step="ls")) == "no such file\n  ls"
    assert str(UsageError("no such file")) == "no such file"


def test_an_unknown_name_brings_its_near_matches_and_how_to_list_all():
    error = UnknownNameError(
        "model", "mobilenet_v2_qant", ["mobilenet_v2_quant", "nasnet"], list_command="harness zoo list"
    )
    assert "mobilenet_v2_quant" in error.message
    assert "nasnet" not in error.message
    assert "harness zoo list" in str(error)


def test_a_missing_extra_is_named_with_the_command_that_installs_it():
    assert "pip install 'tflite-harness[parquet]'" in str(
        MissingExtraError("Parquet export", extra="parquet")
    )


@given(st.text(), st.lists(st.text()))
def test_near_matches_are_always_known_names(name: str, known: list[str]):
    assert set(near_matches(name, known)) <= set(known)
