"""The decision: from the log-ratios of launch pairs to REGRESSION, PASS, more pairs, or INCONCLUSIVE."""

from __future__ import annotations

import functools
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from harness.records.gate import Decision, Look, Rule
from harness.records.vocabulary import Stage, Verdict
from harness.stats.signed_rank import hodges_lehmann, signed_rank_bounds, signed_rank_interval

__all__ = [
    "HL_ERROR",
    "Shares",
    "decide",
    "pairs_wanted",
    "scatter_of",
    "shares_of_looks",
    "smallest_detectable",
]

# Of the error that is allowed in all, the first look gets the tenth that ten pairs need to be able
# to decide at all (2^-10 of 1 % in ten parts), the others in proportion to the square of their
# pairs: most is left for the last look, where a noisy machine decides. Simulated at 4 % scatter
# with a fifth of the pairs four times wilder, that finds 96 % of slowdowns of 5 % where equal
# shares and 60 pairs find 83 %.
_FIRST_SHARE = 0.1
# Standard error of Hodges and Lehmann's estimate of n normal values, in standard deviations over
# sqrt(n): sqrt(pi / 3).
HL_ERROR = math.sqrt(math.pi / 3)
_ONE_SIDED_95 = statistics.NormalDist().inv_cdf(0.95)


@dataclass(frozen=True, slots=True)
class Shares:
    """Error allowed at one look."""

    alpha: float
    beta: float


@functools.cache
def shares_of_looks(rule: Rule) -> tuple[Shares, ...]:
    """How `alpha` and `beta` are divided over the looks. They add up, so no look can be one too many."""
    if len(rule.looks) == 1:
        return (Shares(rule.alpha, rule.beta),)
    weights = [pairs**2 for pairs in rule.looks[1:]]
    parts = [_FIRST_SHARE, *((1 - _FIRST_SHARE) * weight / sum(weights) for weight in weights)]
    return tuple(Shares(rule.alpha * part, rule.beta * part) for part in parts)


def decide(
    log_ratios: Sequence[float], rule: Rule, *, stage: Stage = Stage.SCREEN, retaken: int = 0
) -> Decision:
    """What the pairs say, in the order they were made.

    Later pairs than the look that decides needs are not looked at, so the
    decision is the same whenever it is made again.
    """
    looks: list[Look] = []
    for number, pairs in enumerate(rule.looks, start=1):
        if pairs > len(log_ratios):
            break
        looks.append(_look(log_ratios[:pairs], rule, number))
        if looks[-1].verdict is not None:
            break
    verdict = looks[-1].verdict if looks else None
    if verdict is None and len(looks) == len(rule.looks):
        verdict = Verdict.INCONCLUSIVE
    used = log_ratios[: looks[-1].pairs] if verdict is not None else log_ratios
    interval = signed_rank_interval(used) if used else None
    return Decision(
        stage=stage,
        verdict=verdict,
        ratio=math.exp(hodges_lehmann(used)) if used else None,
        ci_low=math.exp(interval.low) if interval else None,
        ci_high=math.exp(interval.high) if interval else None,
        looks=tuple(looks),
        pairs_used=len(used),
        retaken=retaken,
        scatter=scatter_of(used),
        smallest_detectable=smallest_detectable(scatter_of(used), rule),
        faster=verdict is Verdict.PASS and _faster(used, rule, len(looks)),
    )


def pairs_wanted(decision: Decision, rule: Rule) -> int:
    """Pairs the stage must have before the next look; 0 when it is decided."""
    if decision.verdict is not None:
        return 0
    return rule.looks[len(decision.looks)]


def scatter_of(log_ratios: Sequence[float]) -> float | None:
    """Robust standard deviation of a pair; None for fewer than the six that have an interval."""
    interval = signed_rank_interval(log_ratios) if log_ratios else None
    if interval is None:
        return None
    error = (interval.high - interval.low) / (2 * statistics.NormalDist().inv_cdf(0.975))
    return error * math.sqrt(len(log_ratios)) / HL_ERROR


def smallest_detectable(scatter: float | None, rule: Rule) -> float | None:
    """Smallest slowdown that the last look shows in 95 of 100 cases; a fraction."""
    if scatter is None:
        return None
    error = HL_ERROR * scatter / math.sqrt(rule.looks[-1])
    needed = statistics.NormalDist().inv_cdf(1 - shares_of_looks(rule)[-1].alpha)
    return math.expm1(math.log1p(rule.tolerance) + (needed + _ONE_SIDED_95) * error)


def _faster(log_ratios: Sequence[float], rule: Rule, number: int) -> bool:
    """Whether A would be a regression of B."""
    shares = shares_of_looks(rule)[number - 1]
    mirrored = [-each for each in log_ratios]
    return signed_rank_bounds(mirrored, below=shares.alpha, above=shares.beta).low > math.log1p(
        rule.tolerance
    )


def _look(log_ratios: Sequence[float], rule: Rule, number: int) -> Look:
    shares = shares_of_looks(rule)[number - 1]
    bounds = signed_rank_bounds(log_ratios, below=shares.alpha, above=shares.beta)
    verdict = None
    if bounds.low > math.log1p(rule.tolerance):
        verdict = Verdict.REGRESSION
    elif bounds.high < math.log1p(rule.target):
        verdict = Verdict.PASS
    return Look(
        number,
        len(log_ratios),
        math.exp(hodges_lehmann(log_ratios)),
        math.exp(bounds.low),
        math.exp(bounds.high),
        verdict,
    )
