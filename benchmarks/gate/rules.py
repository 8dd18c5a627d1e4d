"""The decision rules of other tools, as pure functions over the recorded launches of one gate run.

Each rule is given what the tool would have measured, cut from wall times that
were recorded for the gate:

- **same job**: A's launches come first, then B's, as every one of these tools
  does it. A's are taken from the first pairs of the run and B's from the next
  ones, so that blocks stay blocks. A few seconds lie between them, less than
  between the blocks of a real job: this favours the tools.
- **stored baseline**: A's launches come from an earlier run on the same machine
  under the same condition, as tools that compare with a file do it.

Times are of single invokes in nanoseconds, after warm-up, the first of each
turn left out. A launch is the list of its turns (10 ms or more of work each);
where a tool measures in batches, a turn or a part of the launch is a batch.
Samples are never shuffled: a tool that stops after n sees the first n.

A rule answers whether the tool would have reported B as slower. Where a tool
has no exit code of its own (pyperf, criterion, google/benchmark) its printed
judgement counts.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from harness.records.gate import LaunchPair

__all__ = ["PEERS", "Peer", "Seen", "launches_of", "same_job", "stored_baseline"]

Turns = tuple[tuple[float, ...], ...]
"""One launch: the counted invokes of every turn."""

_PYPERF_PROCESSES, _PYPERF_VALUES = 20, 3
_PYPERF_CONFIDENCE = 0.95
_ASV_ROUNDS, _ASV_REPEATS = 2, 10
_ASV_P, _ASV_FACTOR = 0.002, 1.1
_GOOGLE_REPETITIONS, _GOOGLE_P = 10, 0.05
_CRITERION_SAMPLES, _CRITERION_P, _CRITERION_NOISE = 100, 0.05, 0.01
# criterion draws 100,000; the error of a share of 5 % from 5,000 draws is 0.3 points.
_CRITERION_DRAWS = 5_000


@dataclass(frozen=True, slots=True)
class Seen:
    """What a tool would have measured of either side."""

    a: tuple[Turns, ...]
    b: tuple[Turns, ...]


@dataclass(frozen=True, slots=True)
class Peer:
    """A tool's rule. `launches` is how many processes a side it measures, at the most."""

    name: str
    launches: int
    regressed: Callable[[Seen], bool]
    says: str
    """The rule in words."""
    all_pairs: bool = False
    """Takes both sides of the same pairs, because blocks would leave it too few processes."""


def launches_of(pairs: Sequence[LaunchPair]) -> Seen:
    """Both sides of every pair."""
    return Seen(
        tuple(tuple(_counted(turn.a_ns) for turn in pair.turns) for pair in pairs),
        tuple(tuple(_counted(turn.b_ns) for turn in pair.turns) for pair in pairs),
    )


def same_job(peer: Peer, pairs: Sequence[LaunchPair]) -> Seen:
    """A's launches, then B's. Raises ValueError for fewer pairs than that takes."""
    seen = launches_of(pairs)
    if peer.all_pairs:
        return Seen(seen.a[: peer.launches], seen.b[: peer.launches])
    if len(pairs) < 2 * peer.launches:
        raise ValueError(f"{peer.name} needs {2 * peer.launches} pairs, and there are {len(pairs)}")
    return Seen(seen.a[: peer.launches], seen.b[peer.launches : 2 * peer.launches])


def stored_baseline(peer: Peer, pairs: Sequence[LaunchPair], earlier: Sequence[LaunchPair]) -> Seen:
    """A's launches as an earlier run had them, B's as this one has them."""
    return Seen(launches_of(earlier).a[: peer.launches], launches_of(pairs).b[: peer.launches])


def _counted(invokes_ns: Sequence[int]) -> tuple[float, ...]:
    counted = invokes_ns[1:] if len(invokes_ns) > 1 else invokes_ns
    return tuple(float(each) for each in counted)


def _invokes(launch: Turns) -> list[float]:
    return [each for turn in launch for each in turn]


def _batches(launch: Turns, count: int) -> list[float]:
    """Means of `count` consecutive parts of the launch, as even as they can be."""
    invokes = np.array(_invokes(launch))
    return [float(part.mean()) for part in np.array_split(invokes, min(count, len(invokes)))]


def _pyperf(seen: Seen) -> bool:
    """`pyperf compare_to`: pooled two-tailed Student t at 95 % over all values of all processes.

    20 processes of 3 values each after one warm-up value (pyperf.Runner's
    defaults; pyperf/_utils.py is_significant). As many processes as the run has,
    if fewer. A value is the mean of many invokes: a third of a launch.
    """
    a, b = (
        [value for launch in side for value in _batches(launch, _PYPERF_VALUES)] for side in (seen.a, seen.b)
    )
    error = (statistics.variance(a) + statistics.variance(b)) / 2 * (1 / len(a) + 1 / len(b))
    score = (statistics.fmean(b) - statistics.fmean(a)) / math.sqrt(error)
    return score >= stats.t.ppf((1 + _PYPERF_CONFIDENCE) / 2, len(a) + len(b) - 2)


def _asv(seen: Seen) -> bool:
    """`asv continuous`: Mann-Whitney p < 0.002, and the ratio of medians above 1.1.

    Two rounds (processes) a commit, not interleaved, up to 10 samples each of at
    least 10 ms (asv_runner's defaults; asv/_stats.py is_different,
    asv/commands/compare.py _is_result_better).
    """
    a, b = (
        [statistics.fmean(turn) for launch in side for turn in launch[:_ASV_REPEATS]]
        for side in (seen.a, seen.b)
    )
    if stats.mannwhitneyu(a, b, alternative="two-sided").pvalue >= _ASV_P:
        return False
    return statistics.median(a) < statistics.median(b) / _ASV_FACTOR


def _google_benchmark(seen: Seen) -> bool:
    """`compare.py`: two-sided Mann-Whitney at 5 % over the repetitions of one process.

    Ten repetitions ("optimal" from nine on; gbench/report.py), a tenth of a
    launch each where the tool would run each for half a second. The U test line
    of the report counts where the second median is the larger.
    """
    a, b = (_batches(side[0], _GOOGLE_REPETITIONS) for side in (seen.a, seen.b))
    p = stats.mannwhitneyu(a, b, alternative="two-sided").pvalue
    return bool(p < _GOOGLE_P and statistics.median(b) > statistics.median(a))


def _criterion(seen: Seen) -> bool:
    """criterion.rs: bootstrapped t-test p < 5 %, and the 95 % interval of the change of means above +1 %.

    100 samples of one process (src/analysis/compare.rs: Welch's t against its
    bootstrap from both samples together; src/report.rs compare_to_threshold).
    """
    a, b = (np.array(_batches(side[0], _CRITERION_SAMPLES)) for side in (seen.a, seen.b))
    rng = np.random.default_rng(0)
    both = np.concatenate([a, b])
    drawn_a = rng.choice(both, (_CRITERION_DRAWS, len(a)))
    drawn_b = rng.choice(both, (_CRITERION_DRAWS, len(b)))
    by_chance = _welch(drawn_b, drawn_a)
    below = int(np.sum(by_chance < _welch(b, a)))
    p = 2 * min(below, len(by_chance) - below) / len(by_chance)
    changes = rng.choice(b, drawn_b.shape).mean(axis=1) / rng.choice(a, drawn_a.shape).mean(axis=1) - 1
    return bool(p < _CRITERION_P and np.quantile(changes, 0.025) > _CRITERION_NOISE)


def _welch(b: np.ndarray, a: np.ndarray) -> np.ndarray:
    error = b.var(axis=-1, ddof=1) / b.shape[-1] + a.var(axis=-1, ddof=1) / a.shape[-1]
    return (b.mean(axis=-1) - a.mean(axis=-1)) / np.sqrt(np.maximum(error, 1e-300))


def _mean_above(share: float) -> Callable[[Seen], bool]:
    """One value of one process against one of another: the mean of its invokes."""

    def rule(seen: Seen) -> bool:
        a, b = (statistics.fmean(_invokes(side[0])) for side in (seen.a, seen.b))
        return b > (1 + share) * a

    return rule


def _first_fifty(seen: Seen) -> bool:
    """TFLite's delegate performance benchmark: averages of one launch each more than 5 % apart.

    The average of the tool's 50 runs (tflite/tools/benchmark/experimental/
    delegate_performance), reference first.
    """
    a, b = (statistics.fmean(_invokes(side[0])[:50]) for side in (seen.a, seen.b))
    return b > 1.05 * a


PEERS = (
    Peer(
        "pyperf compare_to",
        _PYPERF_PROCESSES,
        _pyperf,
        "pooled t-test at 95 % over 20 processes of 3 values",
        all_pairs=True,
    ),
    Peer("asv continuous", _ASV_ROUNDS, _asv, "Mann-Whitney p < 0.002, medians more than 10 % apart"),
    Peer("google/benchmark compare.py", 1, _google_benchmark, "Mann-Whitney at 5 % over 10 repetitions"),
    Peer("criterion", 1, _criterion, "bootstrapped t-test at 5 %, change of means above 1 %"),
    Peer("pytest-benchmark mean:5%", 1, _mean_above(0.05), "means more than 5 % apart"),
    Peer("github-action-benchmark 200 %", 1, _mean_above(1.0), "one value twice the other (its default)"),
    Peer("github-action-benchmark 110 %", 1, _mean_above(0.10), "one value 10 % above the other"),
    Peer("TFLite delegate performance 5 %", 1, _first_fifty, "averages of 50 runs more than 5 % apart"),
)
"""In the order of the table."""
