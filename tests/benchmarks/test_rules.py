"""Other tools' rules do what their sources say, on launches made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from benchmarks.gate.rules import PEERS, Peer, launches_of, same_job, stored_baseline
from harness.records.gate import LaunchPair, Turn
from tests.gate.pairs import pair

BY_NAME = {peer.name: peer for peer in PEERS}
TURNS, INVOKES = 30, 5


def noisy(
    count: int, *, slower: float = 0.0, launch: float = 0.0, invoke: float = 0.01, seed: int = 1
) -> list[LaunchPair]:
    """Pairs of launches that scatter by `launch`, their invokes by `invoke`; B is slower by `slower`."""
    rng = np.random.default_rng(seed)

    def turns() -> tuple[Turn, ...]:
        a, b = 3e6 * np.exp(launch * rng.standard_normal(2)) * (1, 1 + slower)
        drawn = np.exp(invoke * rng.standard_normal((TURNS, 2, INVOKES)))
        return tuple(
            # The first invoke of a turn is far off, and must not count.
            Turn(True, (10**8, *(int(a * x) for x in each[0])), (10**8, *(int(b * x) for x in each[1])))
            for each in drawn
        )

    return [replace(pair(index=index), turns=turns(), duration_s=1.2) for index in range(count)]


def rate(peer: Peer, make: Sequence[list[LaunchPair]]) -> float:
    return float(np.mean([peer.regressed(same_job(peer, pairs)) for pairs in make]))


def test_blocks_are_the_first_pairs_of_a_and_the_next_of_b():
    pairs = noisy(4)
    seen, everything = same_job(BY_NAME["asv continuous"], pairs), launches_of(pairs)
    assert seen.a == everything.a[:2]
    assert seen.b == everything.b[2:4]
    assert len(seen.a[0]) == TURNS
    assert len(seen.a[0][0]) == INVOKES, "without the first invoke"


def test_a_stored_baseline_is_the_a_of_the_run_before():
    before, now = noisy(4, seed=1), noisy(4, seed=2)
    seen = stored_baseline(BY_NAME["criterion"], now, before)
    assert seen.a == launches_of(before).a[:1]
    assert seen.b == launches_of(now).b[:1]


def test_too_few_launches_are_no_answer():
    with pytest.raises(ValueError, match="needs 4 pairs"):
        same_job(BY_NAME["asv continuous"], noisy(3))


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_a_slowdown_beyond_every_threshold_is_reported_and_a_speedup_never(peer: Peer):
    assert peer.regressed(same_job(peer, noisy(10, slower=1.5)))
    assert not peer.regressed(same_job(peer, noisy(10, slower=-0.5)))


@pytest.mark.parametrize(
    ("name", "below", "above"),
    [
        ("asv continuous", 0.09, 0.11),
        ("pytest-benchmark mean:5%", 0.04, 0.06),
        ("github-action-benchmark 200 %", 0.9, 1.1),
        ("github-action-benchmark 110 %", 0.09, 0.11),
        ("TFLite delegate performance 5 %", 0.04, 0.06),
        ("criterion", 0.005, 0.02),
        ("google/benchmark compare.py", 0.0, 0.02),
        ("pyperf compare_to", 0.0, 0.02),
    ],
)
def test_each_threshold_is_where_the_tool_has_it(name: str, below: float, above: float):
    peer = BY_NAME[name]
    quiet = {"invoke": 1e-4, "seed": 5}
    answers = [
        peer.regressed(same_job(peer, noisy(40, slower=slower, **quiet)))  # type: ignore[arg-type]
        for slower in (below, above)
    ]
    assert answers[1]
    # Rules without a threshold may take chance for a slowdown; those with one may not.
    assert not answers[0] or below == 0.0


def test_rules_over_one_process_take_the_luck_of_a_launch_for_a_difference():
    """What the gate is built against: launches that scatter by 2 % without any change."""
    runs = [noisy(4, launch=0.02, invoke=0.01, seed=seed) for seed in range(60)]
    assert rate(BY_NAME["google/benchmark compare.py"], runs) > 0.25
    assert rate(BY_NAME["criterion"], runs) > 0.15


def test_pyperfs_test_is_students_over_all_values():
    pairs = noisy(20, slower=0.004, launch=0.005, seed=9)
    seen = launches_of(pairs)
    a, b = (
        [
            part.mean()
            for launch in side
            for part in np.array_split(np.array([ns for turn in launch for ns in turn]), 3)
        ]
        for side in (seen.a, seen.b)
    )
    expected = stats.ttest_ind(b, a, alternative="two-sided")
    assert len(a) == 60
    assert BY_NAME["pyperf compare_to"].regressed(seen) == (
        expected.pvalue <= 0.05 and expected.statistic > 0
    )


def test_answers_are_the_same_each_time():
    pairs = noisy(20, slower=0.01, launch=0.01)
    for peer in PEERS:
        seen = same_job(peer, pairs)
        assert peer.regressed(seen) == peer.regressed(seen)
