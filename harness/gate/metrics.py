"""What is judged beside latency: size, memory, init, first inference, accuracy. Pure."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from harness.gate.statistic import counts
from harness.records.gate import Cell, LaunchPair, MetricVerdict, PairSide, Rule
from harness.records.vocabulary import Metric, Stage, Verdict
from harness.stats.noninferiority import images_that_would_do, judge_loss
from harness.stats.paired import bonett_price
from harness.stats.signed_rank import hodges_lehmann, signed_rank_bounds, signed_rank_interval

__all__ = [
    "DEFAULT_METRIC_RULES",
    "Correctness",
    "fresh_alpha",
    "judge_metrics",
    "pairs_to_confirm",
]

# Init, first inference and memory: what one that seems worse must show first, and then, before it
# fails a build alone, the error that all of them together, of all cells, may make on fresh pairs
# after that. What latency's looks leave of 1 %, because ranks are whole numbers, is more than this.
_SHARED_ALPHA = 0.01 / 3
_FAMILY_ALPHA = 1e-4
# Pairs beyond those that prove it only if every one of them shows it.
_SPARE = 3
# Top-1 and Top-5 share an error of 1 %, which is of the images drawn, not of what they were scored on.
_ACCURACY_ALPHA = 0.01 / 2
# The margins of init and first inference lie further apart than those of latency: a pair has one
# value of each, where it has hundreds of invokes.
DEFAULT_METRIC_RULES: Mapping[Metric, Rule] = {
    Metric.SIZE: Rule(Metric.SIZE, 0.01, 0.01, looks=(1,)),
    Metric.MEMORY: Rule(Metric.MEMORY, 0.05, 0.05, looks=(1,), alpha=_SHARED_ALPHA),
    Metric.INIT: Rule(Metric.INIT, 0.10, 0.25, looks=(1,), alpha=_SHARED_ALPHA),
    Metric.FIRST: Rule(Metric.FIRST, 0.10, 0.25, looks=(1,), alpha=_SHARED_ALPHA),
    Metric.TOP1: Rule(Metric.TOP1, 0.01, 0.01, looks=(1,), alpha=_ACCURACY_ALPHA),
    Metric.TOP5: Rule(Metric.TOP5, 0.01, 0.01, looks=(1,), alpha=_ACCURACY_ALPHA),
}
"""How each is judged where nothing else was said. Accuracy: one point, the margin of non-inferiority."""

# What is never worth a failed build, however small the model: the allocator's grain, a page fault or two.
_SLACK = {Metric.MEMORY: 1e6, Metric.INIT: 0.5, Metric.FIRST: 0.1}
_UNIT = {Metric.MEMORY: "bytes", Metric.INIT: "ms", Metric.FIRST: "ms"}
_WORDS = {
    Metric.SIZE: "the file",
    Metric.MEMORY: "peak memory",
    Metric.INIT: "init",
    Metric.FIRST: "the first inference",
    Metric.TOP1: "Top-1",
    Metric.TOP5: "Top-5",
}


@dataclass(frozen=True, slots=True)
class Correctness:
    """Image by image, in the same order: whether each side had the label among its best one or five.

    The best five are None where a side has no more than five classes: it always has the label among them.
    """

    top1_a: Sequence[bool]
    top1_b: Sequence[bool]
    top5_a: Sequence[bool] | None
    top5_b: Sequence[bool] | None


def judge_metrics(
    cell: Cell,
    pairs: Sequence[LaunchPair],
    rules: Sequence[Rule],
    correctness: Correctness | None = None,
    *,
    cells: int = 1,
    alone: bool = False,
) -> tuple[MetricVerdict, ...]:
    """One verdict a rule, in the order of the rules; accuracies only where there is `correctness`.

    `pairs` are all of the cell; those that do not count, and A against itself,
    are left out. `alone`: latency is no regression, so a metric would fail the
    build by itself; it must then show on the fresh pairs too. `cells` is how
    many the run compares.
    """
    evidence = _evidence(cell, pairs, cells=cells, alone=alone)
    return tuple(_verdicts(cell, evidence, rules, correctness))


def pairs_to_confirm(cell: Cell, pairs: Sequence[LaunchPair], rules: Sequence[Rule], *, cells: int) -> int:
    """Fresh pairs that the metrics that seem worse on the screening pairs need; 0: none seems worse."""
    screened = _evidence(cell, pairs, cells=cells, alone=True).screened
    worse = [
        rule
        for rule in rules
        if rule.metric in _SLACK and _decided(_both(screened, rule), rule) is Verdict.REGRESSION
    ]
    return max((_fresh(rule, cells) for rule in worse), default=0)


@dataclass(frozen=True, slots=True)
class _Evidence:
    screened: Sequence[LaunchPair]
    fresh: Sequence[LaunchPair]
    cells: int
    alone: bool


def _evidence(cell: Cell, pairs: Sequence[LaunchPair], *, cells: int, alone: bool) -> _Evidence:
    own = [pair for pair in pairs if pair.cell == cell.key and counts(pair)]
    screened, fresh = (
        [pair for pair in own if pair.stage is stage] for stage in (Stage.SCREEN, Stage.CONFIRM)
    )
    return _Evidence(screened, fresh, cells, alone)


def fresh_alpha(rule: Rule, cells: int) -> float:
    """Error allowed to one metric of one cell on fresh pairs: times that of the screening, over all, 1e-4."""
    return min(rule.alpha, _FAMILY_ALPHA / (len(_SLACK) * cells * rule.alpha))


def _fresh(rule: Rule, cells: int) -> int:
    return math.ceil(-math.log2(fresh_alpha(rule, cells))) + _SPARE


def _verdicts(
    cell: Cell, evidence: _Evidence, rules: Sequence[Rule], correctness: Correctness | None
) -> Iterator[MetricVerdict]:
    for rule in rules:
        if rule.metric is Metric.SIZE:
            yield _size(cell, rule)
        elif rule.metric in _SLACK:
            yield _of_pairs(evidence, rule)
        elif correctness is not None:
            first = rule.metric is Metric.TOP1
            a = correctness.top1_a if first else correctness.top5_a
            b = correctness.top1_b if first else correctness.top5_b
            if a is not None and b is not None:
                yield _accuracy(a, b, rule)


def _size(cell: Cell, rule: Rule) -> MetricVerdict:
    """Exact: sizes do not scatter."""
    a, b = cell.a.size_bytes, cell.b.size_bytes
    change = b / a - 1
    # As fractions: a file larger by exactly the tolerance is accepted.
    worse = Fraction(b - a, a) > Fraction(str(rule.tolerance))
    reason = f"the file is {change:+.2%} larger ({a:,} to {b:,} bytes), {_accepted(rule)}" if worse else None
    return _verdict(rule, Verdict.REGRESSION if worse else Verdict.PASS, a, b, change, None, 1, reason)


def _of_pairs(evidence: _Evidence, rule: Rule) -> MetricVerdict:
    """REGRESSION where B exceeds what is accepted beyond doubt, PASS where it does not reach the target."""
    both = _both([*evidence.screened, *evidence.fresh], rule)
    if not both:
        return _verdict(
            rule, Verdict.INCONCLUSIVE, None, None, None, None, 0, f"{_WORDS[rule.metric]} is not told here"
        )
    a_typical, b_typical = (statistics.median(side) for side in zip(*both, strict=True))
    logs = [math.log(b / a) for a, b in both]
    interval = signed_rank_interval(logs)
    ends = (math.expm1(interval.low), math.expm1(interval.high)) if interval else None
    change = math.expm1(hodges_lehmann(logs))
    verdict, reason = _seen(evidence, rule, change)
    if verdict is Verdict.PASS:
        verdict, reason = _unless_wide(rule, ends, slack=_SLACK[rule.metric] / a_typical)
    return _verdict(rule, verdict, a_typical, b_typical, change, ends, len(both), reason)


def _unless_wide(rule: Rule, ends: tuple[float, float] | None, *, slack: float) -> tuple[Verdict, str | None]:
    """No PASS on an interval that is wider than what must be found; `slack` as a fraction of A."""
    low, high = ends or (-math.inf, math.inf)
    if high - low > 2 * rule.target:
        reach = f" ({low:+.0%} to {high:+.0%})" if ends else ""
        words = f"{_WORDS[rule.metric]} scatters too much{reach} to tell a change of {rule.target:.0%}"
        return Verdict.INCONCLUSIVE, words
    if high > rule.target:
        allowed = f"{_SLACK[rule.metric]:,.10g} {_UNIT[rule.metric]}"
        return Verdict.PASS, f"beyond {rule.target:.0%}, but {allowed} ({slack:.0%} of it) more are accepted"
    return Verdict.PASS, None


def _seen(evidence: _Evidence, rule: Rule, change: float) -> tuple[Verdict, str | None]:
    """The verdict of the screening pairs, and of the fresh ones where those must agree."""
    screened = _both(evidence.screened, rule)
    verdict = _decided(screened, rule)
    if verdict is not Verdict.REGRESSION or not evidence.alone:
        return verdict, _pair_reason(verdict, rule, change, len(screened))
    fresh = _both(evidence.fresh, rule)
    strict = replace(rule, alpha=fresh_alpha(rule, evidence.cells))
    if _decided(fresh, strict) is Verdict.REGRESSION:
        return verdict, _pair_reason(verdict, rule, change, len(screened))
    words = f"{_WORDS[rule.metric]} seemed to grow, which {len(fresh)} fresh pairs do not confirm"
    return Verdict.INCONCLUSIVE, words


def _both(pairs: Sequence[LaunchPair], rule: Rule) -> list[tuple[float, float]]:
    values = [(_value(pair.a, rule.metric), _value(pair.b, rule.metric)) for pair in pairs]
    return [(a, b) for a, b in values if a and b]


def _value(side: PairSide, metric: Metric) -> float | None:
    if metric is Metric.MEMORY:
        return side.peak_memory_bytes
    return side.init_ms if metric is Metric.INIT else side.first_ms


def _decided(both: Sequence[tuple[float, float]], rule: Rule) -> Verdict:
    if not both:
        return Verdict.INCONCLUSIVE
    slack = _SLACK[rule.metric]
    # What B has more than is accepted, and more than must be found.
    beyond = [b - (1 + rule.tolerance) * a - slack for a, b in both]
    if signed_rank_bounds(beyond, below=rule.alpha, above=rule.beta).low > 0:
        return Verdict.REGRESSION
    beyond_target = [b - (1 + rule.target) * a - slack for a, b in both]
    passed = signed_rank_bounds(beyond_target, below=rule.alpha, above=rule.beta).high < 0
    return Verdict.PASS if passed else Verdict.INCONCLUSIVE


def _pair_reason(verdict: Verdict, rule: Rule, change: float, pairs: int) -> str | None:
    if verdict is Verdict.REGRESSION:
        return f"{_WORDS[rule.metric]} grew by {change:.1%}, {_accepted(rule)}"
    if verdict is Verdict.INCONCLUSIVE:
        words = f"{_WORDS[rule.metric]} ({change:+.1%})"
        return f"{pairs} pairs do not tell whether {words} exceeds what is accepted"
    return None


def _accepted(rule: Rule) -> str:
    slack = _SLACK.get(rule.metric)
    more = f" and {slack:,.10g} {_UNIT[rule.metric]}" if slack else ""
    return f"more than the {rule.tolerance:.1%}{more} that are accepted"


def _accuracy(correct_a: Sequence[bool], correct_b: Sequence[bool], rule: Rule) -> MetricVerdict:
    """Whether B loses more than the margin on the same images."""
    a, b = np.asarray(correct_a, np.bool_), np.asarray(correct_b, np.bool_)
    if a.shape != b.shape or not a.size:
        raise ValueError(f"not the same images: {a.size} and {b.size}")
    only_a, only_b, images = int(np.sum(a & ~b)), int(np.sum(b & ~a)), int(a.size)
    test = judge_loss(only_a, only_b, images, margin=rule.tolerance, alpha=rule.alpha, beta=rule.beta)
    low, high = bonett_price(np.array(only_a), np.array(only_b), images)
    return _verdict(
        rule,
        test.verdict,
        float(a.mean()),
        float(b.mean()),
        test.loss,
        (float(low), float(high)),
        images,
        _accuracy_reason(test.verdict, rule, only_a, only_b, images),
    )


def _accuracy_reason(verdict: Verdict, rule: Rule, only_a: int, only_b: int, images: int) -> str | None:
    loss, margin = 100 * (only_a - only_b) / images, 100 * rule.tolerance
    words = f"{_WORDS[rule.metric]}: B loses {loss:.1f} points"
    seen = f"{only_a} images only A had right, {only_b} only B"
    if verdict is Verdict.REGRESSION:
        return f"{words}, more than the {margin:.3g} that are accepted ({seen})"
    if verdict is Verdict.INCONCLUSIVE:
        needed = images_that_would_do(
            only_a, only_b, images, margin=rule.tolerance, alpha=rule.alpha, beta=rule.beta
        )
        would = f"about {needed:,} would do" if needed is not None else "no set that is common would do"
        return (
            f"{_WORDS[rule.metric]}: {images:,} images do not tell whether B loses more than"
            f" {margin:.3g} points ({seen}); {would}"
        )
    return None


def _verdict(
    rule: Rule,
    verdict: Verdict,
    a: float | None,
    b: float | None,
    change: float | None,
    ends: tuple[float, float] | None,
    count: int,
    reason: str | None,
) -> MetricVerdict:
    low, high = ends or (None, None)
    return MetricVerdict(
        rule.metric, verdict, a, b, change, low, high, rule.tolerance, rule.target, count, reason
    )
