"""How often the interval over launches covers the true median, and how wide it is (docs/statistics.md).

.venv/bin/python benchmarks/interval_coverage.py
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from harness.stats.intervals import median_of_launches

RUNS = 4000
SCATTER = 0.02
LAUNCHES = (3, 5, 10, 15, 20)

Draw = Callable[[np.random.Generator, int], NDArray[np.float64]]


def log_normal(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    return np.exp(SCATTER * rng.standard_normal(count))


def with_outliers(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    slow = rng.random(count) < 0.1
    return log_normal(rng, count) * np.where(slow, 1 + rng.exponential(0.2, count), 1.0)


def two_modes(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    return log_normal(rng, count) * np.where(rng.random(count) < 0.3, 1.08, 1.0)


CONDITIONS: dict[str, Draw] = {
    "log-normal": log_normal,
    "10 % slow outliers": with_outliers,
    "two modes, 8 % apart": two_modes,
}


def coverage_and_reach(draw: Draw, launches: int) -> tuple[float, float]:
    """Share of runs whose interval covers the median, and the median half width relative to it."""
    rng = np.random.default_rng(1)
    true = float(np.median(draw(np.random.default_rng(2), 2_000_000)))
    covered, reaches = 0, []
    for _ in range(RUNS):
        interval = median_of_launches(draw(rng, launches).tolist()).interval
        assert interval is not None
        covered += interval.low <= true <= interval.high
        reaches.append((interval.high - interval.low) / 2 / true)
    return covered / RUNS, statistics.median(reaches)


def main() -> None:
    error = 1.96 * math.sqrt(0.95 * 0.05 / RUNS)
    print(f"{RUNS} runs a cell, coverage to ± {100 * error:.1f} points; launches scatter by {SCATTER:.0%}\n")
    print("| launches |" + "".join(f" {name}: coverage | half width |" for name in CONDITIONS))
    print("|---:|" + "---:|---:|" * len(CONDITIONS))
    for launches in LAUNCHES:
        cells = (coverage_and_reach(draw, launches) for draw in CONDITIONS.values())
        print(f"| {launches} |" + "".join(f" {100 * c:.1f} % | {100 * r:.1f} % |" for c, r in cells))


if __name__ == "__main__":
    main()
