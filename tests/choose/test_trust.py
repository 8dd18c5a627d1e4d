"""What a reader must know first, in one line."""

from __future__ import annotations

import pytest

from harness.choose.trust import CLEAR, doubts_about, marks_of, severity, trust_line
from harness.records.row import Caution
from harness.records.vocabulary import Delegate, Status
from harness.stats.cautions import CODES
from tests.choose.rows import row


def _warned(*codes: str, **changes: object):
    return row(warnings=tuple(Caution(code, f"says {code}") for code in codes), **changes)


def test_rows_without_a_doubt_say_so_and_no_rows_say_nothing():
    assert trust_line([row()]) == CLEAR
    assert trust_line([]) == ""


def test_figures_of_a_phone_of_software_come_before_everything_else():
    line = trust_line([_warned("contended", simulated=True), _warned("drift", simulated=True)])
    assert line.startswith("SIMULATED: these times say nothing of a real device; measured on a busy machine")


def test_a_simulated_phone_beside_a_real_one_is_counted():
    assert "SIMULATED: these times say nothing of a real device (1 of 2 trials)" in trust_line(
        [row(simulated=True), row()]
    )


def test_trials_that_ran_elsewhere_are_counted_and_named():
    fallen = row(
        status=Status.FALLBACK, delegate_requested=Delegate.GPU, delegate_actual=Delegate.CPU, reason="x"
    )
    partly = row(
        status=Status.FALLBACK, delegate_requested=Delegate.NNAPI, delegate_actual=Delegate.NNAPI, reason="x"
    )
    assert (
        trust_line([fallen, partly, row()])
        == "did not run where asked to: gpu ran on cpu and nnapi only partly (2 of 3 trials)"
    )


def test_a_kind_of_doubt_is_counted_once_for_a_row_with_several_of_its_cautions():
    [load] = doubts_about([_warned("high-load", "steal-time"), row()])
    assert (load.kind, load.rows, load.of) == ("load", 1, 2)


def test_an_assumed_input_comes_before_a_wide_interval_whatever_is_more_frequent():
    rows = [_warned("wide-interval"), _warned("wide-interval", "input-assumed")]
    assert [each.kind for each in doubts_about(rows)] == ["input", "wide"]


def test_the_figure_of_a_caution_that_has_one_is_told():
    assert "says easier-images" in trust_line([_warned("easier-images")])


def test_more_doubts_than_one_can_read_are_counted():
    line = trust_line([_warned("software-gpu", "contended", "input-assumed", "drift", "wide-interval")])
    assert line.endswith("; and 1 more")


def test_a_caution_of_a_kind_nobody_foresaw_is_told_last():
    doubts = doubts_about([_warned("new-kind", "wide-interval")])
    assert [each.sentence for each in doubts][-1] == "says new-kind"


@pytest.mark.parametrize("code", CODES)
def test_every_caution_that_can_be_raised_has_its_place(code: str):
    assert severity(Caution(code, "")) < severity(Caution("nobody raises this", ""))


def test_a_row_of_a_stand_in_or_of_an_unfit_phone_is_marked():
    assert marks_of(row()) == ()
    assert marks_of(row(simulated=True)) == ("SIMULATED",)
    unfit = row(warnings=(Caution("allowed", "measured although the phone was not fit: …"),))
    assert marks_of(unfit) == ("PHONE NOT FIT",)
