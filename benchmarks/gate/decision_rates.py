"""How often the gate's decision errs, by simulation of complete sequential runs: the table in docs/gate.md.

python benchmarks/gate/decision_rates.py [RUNS]
"""

from __future__ import annotations

import math
import statistics
import sys
from collections import Counter
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from harness.gate.decide import decide
from harness.records.gate import Rule
from harness.records.vocabulary import Verdict
from harness.stats.intervals import clopper_pearson

COARSE, FINE = Rule(tolerance=0.02, target=0.05), Rule(tolerance=0.005, target=0.02)
MOST = COARSE.looks[-1]
SEED = 20261123

Noise = Callable[[np.random.Generator, int], NDArray[np.float64]]


def normal(sd: float) -> Noise:
    return lambda generator, runs: sd * generator.standard_normal((runs, MOST))


def wild(sd: float) -> Noise:
    def draw(generator: np.random.Generator, runs: int) -> NDArray[np.float64]:
        factor = np.where(generator.random((runs, MOST)) < 0.2, 4, 1)
        return sd * factor * generator.standard_normal((runs, MOST))

    return draw


def rates(noise: Noise, change: float, rule: Rule, runs: int) -> tuple[Counter[Verdict | None], float]:
    drawn = noise(np.random.default_rng(SEED), runs) + math.log1p(change)
    decisions = [decide(row.tolist(), rule) for row in drawn]
    pairs = statistics.fmean(each.pairs_used for each in decisions)
    return Counter(each.verdict for each in decisions), pairs


CASES: list[tuple[str, Noise, Rule]] = [
    ("0.5 %", normal(0.005), FINE),
    ("1 %", normal(0.01), FINE),
    ("0.5 %, a fifth of the pairs 4 times wilder", wild(0.005), FINE),
    ("1 %", normal(0.01), COARSE),
    ("2 %", normal(0.02), COARSE),
    ("4 %", normal(0.04), COARSE),
    ("3 %, a fifth of the pairs 4 times wilder", wild(0.03), COARSE),
    ("4 %, a fifth of the pairs 4 times wilder", wild(0.04), COARSE),
]


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 4000
    titles = ("scatter of a pair", "margins", "no change", "at the tolerance", "at the target")
    titles += ("pairs, no change", "pairs, at the target")
    print("| " + " | ".join(titles) + " |")
    print("|---|---|---:|---:|---:|---:|---:|")
    for name, noise, rule in CASES:
        cells = []
        counted = []
        for change in (0.0, rule.tolerance, rule.target):
            found, pairs = rates(noise, change, rule, runs)
            interval = clopper_pearson(found[Verdict.REGRESSION], runs)
            cells.append(
                f"{found[Verdict.REGRESSION] / runs:.2%} ({100 * interval.low:.2f}–{100 * interval.high:.2f})"
            )
            counted.append(f"{pairs:.0f}")
        margins = f"{rule.tolerance:.1%} / {rule.target:.0%}"
        print(f"| {' | '.join([name, margins, *cells, counted[0], counted[2]])} |")


if __name__ == "__main__":
    main()
