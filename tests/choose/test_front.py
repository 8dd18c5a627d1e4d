"""The front under uncertainty, held against the definitions written out pair by pair."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.choose.candidates import Candidate, Objective, pool_of
from harness.choose.compare import bounds, certainly_better, exactly_equal
from harness.choose.explain import explain
from harness.choose.front import Placement, Standing, front
from harness.stats.contrast import ratio
from harness.stats.intervals import Estimate, median_of_launches
from harness.stats.paired import paired_difference
from tests.choose.rows import candidate, image_results, row

IMAGES = 40


@st.composite
def candidate_lists(draw: st.DrawFn, *, most: int = 7) -> list[Candidate]:
    """Few distinct values, so that ties and equal sizes are frequent; with or without results by image."""
    rows, keys = [], {}
    paired = draw(st.booleans())
    for index in range(draw(st.integers(1, most))):
        bits = draw(st.integers(0, 2**IMAGES - 1)) if paired else 0
        sha256 = f"m{draw(st.integers(0, 4))} {bits}"
        correct = tuple(bool(bits >> i & 1) for i in range(IMAGES))
        made = row(
            "m",
            draw(st.sampled_from([1.0, 1.02, 1.5, 2.0, 4.0])),
            sum(correct) / IMAGES if paired else draw(st.sampled_from([0.1, 0.5, 0.55, 0.9])),
            draw(st.sampled_from([100, 200, 300])),
            spread=draw(st.sampled_from([0.0, 0.01, 0.2, None])),
            images=IMAGES if paired else 1000,
            sha256=sha256,
            trial=f"t{index}",
            threads=index + 1,
        )
        rows.append(made)
        if paired:
            keys[sha256, "litert", "cpu", "f"] = correct
    return list(pool_of(rows, keys).candidates)


def better(a: Candidate, b: Candidate, objective: Objective) -> bool:
    """The definition, one pair and one objective at a time."""
    if objective is Objective.ACCURACY and a.scores and b.scores:
        return paired_difference(a.scores.correct, b.scores.correct).low > 0
    first, second = a.figure(objective), b.figure(objective)
    assert first is not None
    assert second is not None
    if objective is Objective.ACCURACY:
        return bounds(first).low > bounds(second).high
    if objective is Objective.LATENCY:
        estimates = [Estimate(each.value, bounds(each)) for each in (first, second)]
        found = ratio(*estimates).interval
        return found is not None and found.low > 1
    return bounds(first).high < bounds(second).low


def equal(a: Candidate, b: Candidate, objective: Objective) -> bool:
    if objective is Objective.SIZE:
        return a.size_bytes == b.size_bytes
    same_model = a.row.sha256 == b.row.sha256
    return objective is Objective.ACCURACY and same_model and a.row.top1 == b.row.top1


def dominates(a: Candidate, b: Candidate) -> bool:
    sure = [(better(a, b, each), equal(a, b, each)) for each in Objective]
    return all(x or y for x, y in sure) and any(x for x, _ in sure)


def may_dominate(a: Candidate, b: Candidate) -> bool:
    return not any(better(b, a, each) for each in Objective)


def point_dominates(a: Candidate, b: Candidate) -> bool:
    def costs(c: Candidate) -> tuple[float, float, float]:
        assert c.latency_ms is not None
        assert c.top1 is not None
        return c.latency_ms.value, -c.top1.value, float(c.size_bytes)

    pairs = list(zip(costs(a), costs(b), strict=True))
    return all(x <= y for x, y in pairs) and any(x < y for x, y in pairs)


@given(candidate_lists())
@settings(deadline=None)
def test_every_standing_follows_from_its_definition(candidates: list[Candidate]):
    for placement in front(candidates):
        own = placement.candidate
        others = [each for each in candidates if each is not own]
        certain = {each.trial for each in others if dominates(each, own)}
        possible = {each.trial for each in others if may_dominate(each, own)}
        named = {each.trial for each in placement.by}
        if certain:
            assert (placement.standing, named) == (Standing.DOMINATED, certain)
        elif possible:
            assert (placement.standing, named) == (Standing.TIED, possible)
        else:
            assert (placement.standing, named) == (Standing.FRONT, set())
        assert placement.on_point_front == (not any(point_dominates(each, own) for each in others))


@given(candidate_lists())
@settings(deadline=None)
def test_the_front_of_the_estimates_is_never_called_dominated(candidates: list[Candidate]):
    placements = front(candidates)
    assert any(each.on_point_front for each in placements)
    for each in placements:
        if each.on_point_front:
            assert each.standing is not Standing.DOMINATED
        if each.standing is Standing.FRONT:
            assert each.on_point_front


@given(candidate_lists())
@settings(deadline=None)
def test_no_two_candidates_are_certainly_better_than_each_other(candidates: list[Candidate]):
    for objective in Objective:
        beats = certainly_better(candidates, objective)
        assert not (beats & beats.T).any()
        assert not (beats & exactly_equal(candidates, objective)).any()
    dominated_by = {
        p.candidate.trial: {each.trial for each in p.by}
        for p in front(candidates)
        if p.standing is Standing.DOMINATED
    }
    for trial, rivals in dominated_by.items():
        assert all(trial not in dominated_by.get(rival, set()) for rival in rivals)


@given(candidate_lists(), st.sampled_from([0.25, 2.0, 1024.0]), st.sampled_from([2, 4096]))
@settings(deadline=None)
def test_units_of_time_and_size_do_not_matter(
    candidates: list[Candidate], time_scale: float, size_scale: int
):
    def scaled(each: Candidate) -> Candidate:
        latency = each.row.latency_ms
        assert latency is not None
        interval = None if latency.ci_low is None else (latency.ci_high or 0) / latency.median - 1
        new = row(
            each.row.model,
            latency.median * time_scale,
            each.row.top1,
            each.row.size_bytes * size_scale,
            spread=interval,
            images=each.row.images or 0,
            sha256=each.row.sha256,
            trial=each.row.trial,
            threads=each.row.threads,
        )
        keys = {(new.sha256, "litert", "cpu", "f"): each.scores.correct} if each.scores else {}
        return pool_of([new], keys).candidates[0]

    before = {each.candidate.trial: each.standing for each in front(candidates)}
    after = {each.candidate.trial: each.standing for each in front([scaled(each) for each in candidates])}
    assert before == after


@given(candidate_lists(), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_of_candidates_does_not_matter(candidates: list[Candidate], random):
    def by_trial(placements: Sequence[Placement]) -> dict[str, tuple[Standing, frozenset[str]]]:
        return {p.candidate.trial: (p.standing, frozenset(each.trial for each in p.by)) for p in placements}

    shuffled = random.sample(candidates, len(candidates))
    assert by_trial(front(candidates)) == by_trial(front(shuffled))


def standings(*candidates: Candidate) -> list[Standing]:
    return [each.standing for each in front(candidates)]


def test_clear_trade_offs_are_all_on_the_front():
    assert (
        standings(
            candidate("small", 1.0, 0.5, 1_000_000),
            candidate("middle", 3.0, 0.6, 2_000_000),
            candidate("large", 9.0, 0.7),
        )
        == [Standing.FRONT] * 3
    )


def test_whoever_is_slower_less_accurate_and_larger_is_dominated():
    good, bad = candidate("good", 1.0, 0.7, 1_000_000), candidate("bad", 2.0, 0.5, 2_000_000)
    placed = front([good, bad])
    assert [each.standing for each in placed] == [Standing.FRONT, Standing.DOMINATED]
    assert placed[1].by == (good,)


def test_more_threads_for_the_same_model_dominate_when_they_are_certainly_faster():
    one, two = candidate(threads=1), candidate("a", 6.0, threads=2)
    assert standings(one, two) == [Standing.DOMINATED, Standing.FRONT]


def test_overlapping_latencies_of_one_model_are_a_tie():
    one, two = candidate(threads=1), candidate("a", 9.9, threads=2)
    placed = front([one, two])
    assert [each.standing for each in placed] == [Standing.TIED, Standing.TIED]
    assert placed[0].by == (two,)
    assert placed[0].on_point_front is False


def test_accuracies_that_intervals_cannot_tell_apart_make_a_tie():
    ahead, behind = candidate("ahead", 5.0, 0.70), candidate("behind", 9.0, 0.69)
    placed = front([ahead, behind])
    assert [each.standing for each in placed] == [Standing.FRONT, Standing.TIED]
    assert placed[1].by == (ahead,)


def test_the_same_images_tell_apart_what_separate_intervals_do_not():
    ahead = candidate("ahead", 5.0, correct=image_results(700))
    behind = candidate("behind", 9.0, correct=image_results(680))
    assert standings(ahead, behind) == [Standing.FRONT, Standing.DOMINATED]


def test_the_same_accuracy_on_different_images_is_a_tie_of_models():
    ahead = candidate("ahead", 5.0, correct=image_results(700))
    behind = candidate("behind", 9.0, correct=image_results(700, shift=200))
    assert standings(ahead, behind) == [Standing.FRONT, Standing.TIED]


def test_without_accuracy_latency_and_size_decide():
    assert standings(
        candidate("a", 1.0, None, 2_000_000), candidate("b", 2.0, None, 1_000_000), candidate("c", 3.0, None)
    ) == [Standing.FRONT, Standing.FRONT, Standing.DOMINATED]


def test_without_latency_accuracy_and_size_decide():
    assert standings(
        candidate("a", None, 0.9, 2_000_000), candidate("b", None, 0.5, 1_000_000), candidate("c", None, 0.6)
    ) == [Standing.FRONT, Standing.FRONT, Standing.DOMINATED]


def test_a_figure_that_is_missing_in_one_trial_can_neither_win_nor_lose():
    timed, untimed = candidate("timed", 1.0, 0.9), candidate("untimed", None, 0.5)
    assert standings(timed, untimed) == [Standing.FRONT, Standing.TIED]


def test_one_launch_counts_with_a_wide_interval():
    alone = {"spread": None, "sha256": "same"}
    assert standings(candidate("a", 10.0, **alone), candidate("b", 12.0, **alone)) == [Standing.TIED] * 2
    assert standings(candidate("a", 10.0, **alone), candidate("b", 30.0, **alone)) == [
        Standing.FRONT,
        Standing.DOMINATED,
    ]


def test_other_devices_do_not_dominate():
    assert (
        standings(candidate("fast", 1.0, 0.9, 10), candidate("slow", 50.0, 0.3, device="pixel4"))
        == [Standing.FRONT] * 2
    )


def test_rivals_on_the_front_are_named_before_dominated_ones():
    best, second, last = (
        candidate("best", 1.0, 0.9, 10),
        candidate("second", 2.0, 0.7, 20),
        candidate("last", 4.0, 0.3, 30),
    )
    placed = front([second, last, best])
    assert [each.row.model for each in placed[1].by] == ["best", "second"]


@pytest.mark.parametrize("images", [650, 5000])
def test_five_hundred_trials_take_less_than_half_a_second(images: int):
    rng = np.random.default_rng(1)
    rows, keys = [], {}
    for index in range(500):
        model = f"m{index // 8}"
        correct = tuple((rng.random(images) < 0.4 + 0.008 * (index // 8)).tolist())
        correct = keys.setdefault((f"sha of {model}", "litert", "cpu", "f"), correct)
        latency, top1 = float(rng.lognormal(2, 1)), sum(correct) / images
        rows.append(row(model, latency, top1, index // 8 + 1000, images=images, threads=index % 8 + 1))
    candidates = pool_of(rows, keys).candidates
    started = time.process_time()
    placed = front(candidates)
    assert time.process_time() - started < 0.5
    assert len({each.standing for each in placed}) == 3


def test_a_standing_is_explained_with_the_figures():
    good, tied, bad = (
        candidate("good", 1.0, 0.7, 1_000_000),
        candidate("near", 1.01, 0.7, 1_000_000),
        candidate("bad", 2.0, 0.5, 1_000_000),
    )
    placed = front([good, tied, bad])
    members = [each.candidate for each in placed]
    assert explain(placed[2], members) == (
        "good is more accurate (70.0 % against 50.0 %), faster (1.00 ms against 2.00 ms) and as small"
        " (and 1 more are better, too)"
    )
    assert explain(placed[0], members).startswith("not certainly better in anything than near")
    alone = front([good])
    assert "certainly better in something" in explain(alone[0], [good])


def _told_apart(slower: float, *, runs: int = 1500) -> tuple[float, float]:
    """How often latencies of five launches that scatter by 2 % are told apart; and by overlap alone."""
    rng = np.random.default_rng(41)
    ends, candidates = [], []
    for level in (1.0, 1 + slower):
        drawn = level * np.exp(0.02 * rng.standard_normal((runs, 5)))
        estimates = [median_of_launches(each.tolist()) for each in drawn]
        ends.append([(e.interval.low, e.interval.high) for e in estimates if e.interval])
        candidates.append([replace(candidate("m"), latency_ms=e) for e in estimates])
    better = [certainly_better(pair, Objective.LATENCY) for pair in zip(*candidates, strict=True)]
    apart = np.mean([matrix.any() for matrix in better])
    overlap = np.mean([a[1] < b[0] or b[1] < a[0] for a, b in zip(*ends, strict=True)])
    return float(apart), float(overlap)


def test_equal_latencies_are_told_apart_in_at_most_one_pair_of_twenty():
    apart, overlap = _told_apart(0.0)
    assert overlap <= apart <= 0.05


def test_five_per_cent_are_told_apart_more_often_than_by_intervals_that_do_not_overlap():
    apart, overlap = _told_apart(0.05)
    assert apart >= 0.70
    assert apart >= overlap + 0.15
