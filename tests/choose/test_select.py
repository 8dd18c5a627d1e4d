"""The best under limits: ranks, ties, margins, and who comes closest where nothing fits."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.choose.candidates import Candidate, Objective
from harness.choose.constraints import Limit, Quantity
from harness.choose.select import Certainty, Selection, select
from tests.choose.rows import candidate, image_results

LATENCY = Quantity.LATENCY


def ranks(selection: Selection) -> list[tuple[str, int]]:
    return [(each.candidate.row.model, each.rank) for each in selection.groups[0].ranked]


def test_candidates_are_ranked_by_the_objective():
    candidates = [
        candidate("a", 9.0, 0.9, 3_000_000),
        candidate("b", 1.0, 0.5, 2_000_000),
        candidate("c", 3.0, 0.7, 1_000_000),
    ]
    assert ranks(select(candidates, [], Objective.ACCURACY)) == [("a", 1), ("c", 2), ("b", 3)]
    assert ranks(select(candidates, [], Objective.LATENCY)) == [("b", 1), ("c", 2), ("a", 3)]
    assert ranks(select(candidates, [], Objective.SIZE)) == [("c", 1), ("b", 2), ("a", 3)]


def test_those_that_cannot_be_told_apart_from_the_best_share_its_rank():
    candidates = [candidate("a", 5.0, 0.70), candidate("b", 5.0, 0.69), candidate("c", 5.0, 0.50)]
    selection = select(candidates, [], Objective.ACCURACY)
    assert ranks(selection) == [("a", 1), ("b", 1), ("c", 3)]
    ranked = selection.groups[0].ranked
    assert [[o.row.model for o in each.tied_with] for each in ranked] == [["b"], ["a"], []]


def test_a_chain_of_overlaps_is_no_tie_from_end_to_end():
    candidates = [candidate("a", 10.0), candidate("b", 10.25), candidate("c", 10.5), candidate("d", 10.75)]
    assert ranks(select(candidates, [], Objective.LATENCY)) == [("a", 1), ("b", 1), ("c", 3), ("d", 3)]


def test_the_same_images_separate_what_intervals_do_not():
    candidates = [
        candidate("a", correct=image_results(700)),
        candidate("b", correct=image_results(680)),
    ]
    assert ranks(select(candidates, [], Objective.ACCURACY)) == [("a", 1), ("b", 2)]


def test_equal_estimates_are_ordered_by_latency_then_size():
    candidates = [
        candidate("a", 9.0, threads=1),
        candidate("a", 4.0, threads=2),
        candidate("b", 4.0, size_bytes=10),
    ]
    ranked = select(candidates, [], Objective.ACCURACY).groups[0].ranked
    assert [(each.candidate.row.model, each.candidate.row.threads) for each in ranked] == [
        ("b", 1),
        ("a", 2),
        ("a", 1),
    ]


def test_margins_are_positive_where_a_limit_is_kept():
    chosen = candidate("a", 10.0, 0.7, 4_000_000)
    limits = [Limit(LATENCY, 40.0), Limit(Quantity.SIZE, 5e6), Limit(Quantity.TOP1, 0.6)]
    margins = select([chosen], limits, Objective.ACCURACY).groups[0].ranked[0].margins
    assert [each.absolute for each in margins] == pytest.approx([30.0, 1e6, 0.1])
    assert [each.percent for each in margins] == pytest.approx([75.0, 20.0, 100 / 6])
    assert all(each.certainty is Certainty.CERTAIN for each in margins)


@pytest.mark.parametrize(
    ("bound", "certainty"),
    [
        (10.3, Certainty.CERTAIN),
        (10.1, Certainty.BY_ESTIMATE),
        (9.9, Certainty.NOT_BY_ESTIMATE),
        (9.7, Certainty.MISSED),
    ],
)
def test_a_limit_within_the_interval_is_kept_or_missed_by_the_estimate_only(
    bound: float, certainty: Certainty
):
    group = select([candidate("a", 10.0, spread=0.02)], [Limit(LATENCY, bound)], Objective.SIZE).groups[0]
    margins = (group.ranked or group.missed)[0].margins
    assert margins[0].certainty is certainty
    assert bool(group.ranked) == certainty.kept


def test_a_single_launch_keeps_no_limit_with_certainty():
    alone = candidate("a", 10.0, spread=None)
    margin = select([alone], [Limit(LATENCY, 1000.0)], Objective.SIZE).groups[0].ranked[0].margins[0]
    assert margin.certainty is Certainty.BY_ESTIMATE


def test_an_accuracy_limit_uses_wilsons_interval():
    limit = [Limit(Quantity.TOP1, 0.69)]
    few = select([candidate("a", images=100)], limit, Objective.ACCURACY).groups[0].ranked[0]
    many = select([candidate("a", images=50_000)], limit, Objective.ACCURACY).groups[0].ranked[0]
    assert few.margins[0].certainty is Certainty.BY_ESTIMATE
    assert many.margins[0].certainty is Certainty.CERTAIN


def test_where_nothing_fits_the_closest_come_first_with_what_they_miss():
    candidates = [
        candidate("slow", 60.0, 0.75, 1_000_000),
        candidate("poor", 20.0, 0.45, 1_000_000),
        candidate("both", 36.0, 0.57, 1_000_000),
    ]
    selection = select(candidates, [Limit(LATENCY, 30.0), Limit(Quantity.TOP1, 0.6)], Objective.ACCURACY)
    assert not selection.fits
    missed = selection.groups[0].missed
    assert [(each.candidate.row.model, round(each.percent, 1)) for each in missed] == [
        ("both", 25.0),
        ("poor", 25.0),
        ("slow", 100.0),
    ] or [round(each.percent, 1) for each in missed] == [25.0, 25.0, 100.0]
    both = next(each for each in missed if each.candidate.row.model == "both")
    assert [each.percent for each in both.margins] == pytest.approx([-20.0, -5.0])


def test_a_limit_that_is_kept_does_not_make_up_for_one_that_is_missed():
    spare = candidate("spare", 60.0, size_bytes=1)
    missed = (
        select([spare], [Limit(LATENCY, 30.0), Limit(Quantity.SIZE, 1e9)], Objective.SIZE).groups[0].missed
    )
    assert missed[0].percent == pytest.approx(100.0)


def test_what_was_not_measured_cannot_keep_a_limit():
    untold = candidate("a", top1=None, accuracy_reason="no data set that fits")
    selection = select([untold], [Limit(Quantity.TOP1, 0.6)], Objective.LATENCY)
    assert selection.groups == ()
    assert selection.excluded[0].reason == "top-1 was not measured: no data set that fits"


def test_an_objective_that_was_not_measured_excludes():
    selection = select([candidate("a", latency_ms=None)], [], Objective.LATENCY)
    assert selection.excluded[0].reason == "latency was not measured"


def test_each_device_is_chosen_from_for_itself():
    candidates = [candidate("a", 50.0), candidate("a", 10.0, device="pixel4")]
    selection = select(candidates, [Limit(LATENCY, 33.0)], Objective.ACCURACY)
    assert [(group.group.device, len(group.ranked), len(group.missed)) for group in selection.groups] == [
        ("local", 0, 1),
        ("pixel4", 1, 0),
    ]
    assert selection.fits


def test_no_candidates_no_choice():
    selection = select([], [Limit(LATENCY, 33.0)], Objective.ACCURACY)
    assert selection.groups == ()
    assert not selection.fits


@st.composite
def _candidates(draw: st.DrawFn) -> list[Candidate]:
    return [
        candidate(
            f"m{index}",
            draw(st.floats(0.1, 100)),
            draw(st.floats(0.01, 0.99)),
            draw(st.integers(1, 10**7)),
            spread=draw(st.sampled_from([0.01, 0.1, None])),
        )
        for index in range(draw(st.integers(1, 8)))
    ]


@given(
    _candidates(),
    st.floats(0.1, 100),
    st.floats(0.01, 0.99),
    st.sampled_from(list(Objective)),
)
@settings(deadline=None)
def test_every_candidate_is_ranked_or_missed_and_the_ranking_follows_the_estimates(
    candidates: list[Candidate], bound_ms: float, top1: float, objective: Objective
):
    selection = select(candidates, [Limit(LATENCY, bound_ms), Limit(Quantity.TOP1, top1)], objective)
    group = selection.groups[0]
    assert len(group.ranked) + len(group.missed) == len(candidates)
    values = [each.candidate.figure(objective) for each in group.ranked]
    in_order = [each.value for each in values if each is not None]
    assert in_order == sorted(in_order, reverse=objective is Objective.ACCURACY)
    for position, each in enumerate(group.ranked, start=1):
        assert each.rank <= position
        assert all(margin.absolute >= 0 for margin in each.margins)
        assert len(each.tied_with) == sum(other.rank == each.rank for other in group.ranked) - 1
    misses = [each.percent for each in group.missed]
    assert misses == sorted(misses)
    assert all(miss > 0 and math.isfinite(miss) for miss in misses)
