"""What is judged beside latency, each with its own tolerance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from harness.gate.decide import shares_of_looks
from harness.gate.metrics import (
    DEFAULT_METRIC_RULES,
    Correctness,
    fresh_alpha,
    judge_metrics,
    pairs_to_confirm,
)
from harness.gate.progress import confirm_rule, screen_rule
from harness.records.gate import LaunchPair, MetricVerdict, Rule
from harness.records.vocabulary import Metric, Stage, Verdict
from harness.stats.signed_rank import allowed_beyond, signed_rank_distribution
from tests.gate.pairs import CELL, NEW, OLD, pair, side

MB = 1_000_000


def judged(metric: Metric, pairs: list[LaunchPair], **changes: float) -> MetricVerdict:
    rule: Rule = replace(DEFAULT_METRIC_RULES[metric], **changes)  # type: ignore[arg-type]
    [verdict] = judge_metrics(CELL, pairs, [rule])
    return verdict


def with_memory(a_mb: float, b_mb: float, *, count: int = 10, scatter: float = 0.002) -> list[LaunchPair]:
    rng = np.random.default_rng(3)
    return [
        pair(
            index=index,
            a=side(peak_memory_bytes=int(a_mb * MB * (1 + scatter * rng.standard_normal()))),
            b=side(peak_memory_bytes=int(b_mb * MB * (1 + scatter * rng.standard_normal()))),
        )
        for index in range(count)
    ]


def test_size_is_exact():
    def of(a_bytes: int, b_bytes: int, tolerance: float = 0.01) -> MetricVerdict:
        cell = replace(CELL, a=replace(OLD, size_bytes=a_bytes), b=replace(NEW, size_bytes=b_bytes))
        rule = DEFAULT_METRIC_RULES[Metric.SIZE]
        assert rule.tolerance == 0.01
        [found] = judge_metrics(cell, [], [replace(rule, tolerance=tolerance)])
        return found

    assert of(1_000_000, 900_000).verdict is Verdict.PASS
    assert of(1_000_000, 1_010_000).verdict is Verdict.PASS
    assert of(1_000, 1_010).verdict is Verdict.PASS  # in floats 1010 / 1000 - 1 is above 0.01
    assert of(1_000_000, 1_000_000, tolerance=0.0).verdict is Verdict.PASS
    assert of(1_000_000, 1_000_001, tolerance=0.0).verdict is Verdict.REGRESSION
    larger = of(1_000_000, 1_010_001)
    assert larger.verdict is Verdict.REGRESSION
    assert larger.reason is not None
    assert "1,000,000 to 1,010,001 bytes" in larger.reason


@pytest.mark.parametrize(
    ("a_mb", "b_mb", "verdict"),
    [
        (60, 60, Verdict.PASS),
        (60, 63.5, Verdict.PASS),  # 5.8 %, but 1 MB and 5 % are accepted
        (60, 65, Verdict.REGRESSION),
        (60, 50, Verdict.PASS),
        (60, 64.0, Verdict.INCONCLUSIVE),  # just what is accepted
        (2, 2.9, Verdict.PASS),  # 45 % of little
    ],
)
def test_memory_may_grow_by_five_per_cent_and_a_megabyte(a_mb: float, b_mb: float, verdict: Verdict):
    assert judged(Metric.MEMORY, with_memory(a_mb, b_mb)).verdict is verdict


def test_a_figure_carries_both_sides_the_change_and_its_interval():
    found = judged(Metric.MEMORY, with_memory(60, 66))
    assert found.a == pytest.approx(60 * MB, rel=0.01)
    assert found.b == pytest.approx(66 * MB, rel=0.01)
    assert found.change == pytest.approx(0.1, abs=0.005)
    assert found.ci_low is not None
    assert found.ci_high is not None
    assert found.ci_low < 0.1 < found.ci_high
    assert found.count == 10
    assert found.reason is not None
    assert "peak memory grew by" in found.reason
    assert "5.0% and 1,000,000 bytes that are accepted" in found.reason


def test_init_and_first_inference_have_margins_of_their_own():
    def slow(factor: float) -> list[LaunchPair]:
        return [
            pair(index=n, a=side(init_ms=30 + n / 100, first_ms=30), b=side(init_ms=30 * factor, first_ms=30))
            for n in range(10)
        ]

    assert judged(Metric.INIT, slow(1.0)).verdict is Verdict.PASS
    assert judged(Metric.INIT, slow(1.15)).verdict is Verdict.REGRESSION
    assert judged(Metric.INIT, slow(1.15), tolerance=0.2).verdict is Verdict.PASS
    assert judged(Metric.FIRST, slow(1.5)).verdict is Verdict.PASS


def test_few_pairs_are_inconclusive():
    found = judged(Metric.MEMORY, with_memory(60, 90, count=5))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.reason is not None
    assert "5 pairs do not tell" in found.reason


def test_a_figure_that_no_side_tells_is_inconclusive_not_zero():
    nothing = [pair(index=n, a=side(peak_memory_bytes=None)) for n in range(12)]
    found = judged(Metric.MEMORY, nothing)
    assert (found.verdict, found.a, found.change, found.count) == (Verdict.INCONCLUSIVE, None, None, 0)


def test_spoiled_pairs_other_cells_and_a_against_itself_do_not_count():
    good = with_memory(60, 60)
    bad = [
        replace(each, a=side(peak_memory_bytes=60 * MB), b=side(peak_memory_bytes=90 * MB), **change)
        for each in good
        for change in ({"spoiled": "waited"}, {"stage": Stage.PREFLIGHT}, {"cell": "another"})
    ]
    assert judged(Metric.MEMORY, [*bad, *good]).count == 10


def memory_of(factor: float, *, stage: Stage, count: int = 10) -> list[LaunchPair]:
    return [replace(each, stage=stage) for each in with_memory(60, 60 * factor, count=count)]


class TestWhereAMetricWouldFailTheBuildAlone:
    RULES = (DEFAULT_METRIC_RULES[Metric.MEMORY],)

    def judged(self, pairs: list[LaunchPair], *, cells: int = 1) -> MetricVerdict:
        [found] = judge_metrics(CELL, pairs, self.RULES, cells=cells, alone=True)
        return found

    def test_one_that_seems_worse_needs_fresh_pairs_and_one_that_does_not_needs_none(self):
        grown, same = (memory_of(factor, stage=Stage.SCREEN) for factor in (1.2, 1.0))
        assert pairs_to_confirm(CELL, grown, self.RULES, cells=1) == 12
        assert pairs_to_confirm(CELL, grown, self.RULES, cells=100) > 12
        assert pairs_to_confirm(CELL, same, self.RULES, cells=1) == 0

    def test_it_is_a_regression_when_those_show_it_too(self):
        grown = [*memory_of(1.2, stage=Stage.SCREEN), *memory_of(1.2, stage=Stage.CONFIRM)]
        found = self.judged(grown)
        assert (found.verdict, found.count) == (Verdict.REGRESSION, 20)

    def test_else_it_is_inconclusive_and_says_why(self):
        found = self.judged([*memory_of(1.2, stage=Stage.SCREEN), *memory_of(1.0, stage=Stage.CONFIRM)])
        assert found.verdict is Verdict.INCONCLUSIVE
        assert found.reason is not None
        assert "10 fresh pairs do not confirm" in found.reason

    @pytest.mark.parametrize("cells", [1, 2, 20, 100])
    def test_as_many_fresh_pairs_as_are_asked_for_can_confirm(self, cells: int):
        screened = memory_of(1.2, stage=Stage.SCREEN)
        wanted = pairs_to_confirm(CELL, screened, self.RULES, cells=cells)
        fresh = memory_of(1.2, stage=Stage.CONFIRM, count=wanted)
        assert self.judged([*screened, *fresh], cells=cells).verdict is Verdict.REGRESSION

    def test_with_a_regression_of_latency_the_screening_pairs_are_enough(self):
        assert judged(Metric.MEMORY, memory_of(1.2, stage=Stage.SCREEN)).verdict is Verdict.REGRESSION


def attained(rule: Rule) -> float:
    """Error that the looks can really make together: ranks are whole numbers."""
    total = 0.0
    for pairs, shares in zip(rule.looks, shares_of_looks(rule), strict=True):
        allowed = allowed_beyond(pairs, shares.alpha)
        if allowed is not None:
            total += float(signed_rank_distribution(pairs)[: allowed + 1].sum())
    return total


@pytest.mark.parametrize("cells", [1, 2, 5, 19, 20, 21, 50, 200])
def test_latency_and_every_other_timed_metric_of_all_cells_share_an_error_of_one_per_cent(cells: int):
    latency = attained(screen_rule(Rule(), cells=cells))
    if cells > 1:
        latency *= attained(confirm_rule(Rule(), cells=cells))
    timed = [DEFAULT_METRIC_RULES[metric] for metric in (Metric.MEMORY, Metric.INIT, Metric.FIRST)]
    others = sum(rule.alpha * fresh_alpha(rule, cells) for rule in timed)
    assert cells * (latency + others) <= 0.01


def images(only_a: int, only_b: int, both: int, neither: int = 100) -> Correctness:
    a = [True] * (only_a + both) + [False] * (only_b + neither)
    b = [False] * only_a + [True] * (both + only_b) + [False] * neither
    return Correctness(a, b, [True] * len(a), [True] * len(b))


@pytest.mark.parametrize(
    ("only_a", "only_b", "verdict"),
    [(10, 10, Verdict.PASS), (100, 30, Verdict.REGRESSION), (40, 25, Verdict.INCONCLUSIVE)],
)
def test_accuracy_is_compared_image_by_image(only_a: int, only_b: int, verdict: Verdict):
    rules = [DEFAULT_METRIC_RULES[Metric.TOP1], DEFAULT_METRIC_RULES[Metric.TOP5]]
    top1, top5 = judge_metrics(CELL, [], rules, images(only_a, only_b, 1000))
    assert top1.verdict is verdict
    assert top5.verdict is Verdict.PASS
    assert top1.change == pytest.approx((only_a - only_b) / top1.count)


def test_too_few_images_say_how_many_would_do():
    [top1] = judge_metrics(CELL, [], [DEFAULT_METRIC_RULES[Metric.TOP1]], images(12, 10, 400, neither=78))
    assert top1.verdict is Verdict.INCONCLUSIVE
    assert top1.reason is not None
    assert "500 images do not tell whether B loses more than 1 points" in top1.reason
    assert "would do" in top1.reason


def test_without_predictions_there_is_no_verdict_on_accuracy():
    assert judge_metrics(CELL, [], [DEFAULT_METRIC_RULES[Metric.TOP1]]) == ()


def test_other_images_are_refused():
    with pytest.raises(ValueError, match="not the same images"):
        judge_metrics(
            CELL, [], [DEFAULT_METRIC_RULES[Metric.TOP1]], Correctness([True], [True, False], [True], [True])
        )


@pytest.mark.parametrize("metric", [Metric.INIT, Metric.FIRST])
@pytest.mark.parametrize("scatter", [0.05, 0.5, 0.9])
def test_no_pass_on_an_interval_wider_than_what_must_be_found(metric: Metric, scatter: float):
    """Small models: half a millisecond of slack passed whatever the scatter was."""
    rng = np.random.default_rng(3)
    for _ in range(40):
        drawn = np.exp(scatter * rng.standard_normal((12, 2)))
        made = [
            pair(
                index=index,
                a=side(init_ms=0.6 * a, first_ms=0.12 * a),
                b=side(init_ms=0.6 * b, first_ms=0.12 * b),
            )
            for index, (a, b) in enumerate(drawn)
        ]
        found = judged(metric, made)
        assert found.ci_low is not None and found.ci_high is not None
        if found.verdict is Verdict.PASS:
            assert found.ci_high - found.ci_low <= 2 * found.target
            assert found.ci_high <= found.target or "accepted" in (found.reason or "")
        assert not (found.verdict is Verdict.INCONCLUSIVE and found.decides)
