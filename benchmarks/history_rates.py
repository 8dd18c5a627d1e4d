"""How often `harness history` suspects noise, and how often it finds a real step (docs/gate.md).

.venv/bin/python benchmarks/history_rates.py
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from harness.stats.intervals import clopper_pearson
from harness.stats.steps import find_steps

SERIES = 2000
STEPPED = 400
NOISE = 0.04
LENGTHS = (16, 30, 100)
STEPPED_LENGTHS = (16, 30, 100)

Draw = Callable[[np.random.Generator, int], NDArray[np.float64]]


def independent(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    return rng.standard_normal(count)


def heavy_tailed(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    return rng.standard_t(3, count) / np.sqrt(3)


def autoregressive(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    values = [rng.standard_normal()]
    for shock in np.sqrt(0.75) * rng.standard_normal(count - 1):
        values.append(0.5 * values[-1] + shock)
    return np.array(values)


def two_hosts(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Two kinds of host 10 % apart, at random; runs of either scatter by 1.5 %."""
    return ((rng.random(count) < 0.5) * 0.10 + 0.015 * rng.standard_normal(count)) / NOISE


def two_tight_hosts(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    """The same where runs of either scatter by 0.5 %."""
    return ((rng.random(count) < 0.5) * 0.10 + 0.005 * rng.standard_normal(count)) / NOISE


def odd_runs(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    """One run in eight is a third slower; the others scatter by 1.5 %."""
    return ((rng.random(count) < 1 / 8) * 0.3 + 0.015 * rng.standard_normal(count)) / NOISE


KINDS: dict[str, Draw] = {
    "independent": independent,
    "heavy-tailed (t, 3)": heavy_tailed,
    "autoregressive (.5)": autoregressive,
}
LEVELS: dict[str, Draw] = {
    "two hosts, 10 % apart, noise 1.5 %": two_hosts,
    "two hosts, 10 % apart, noise 0.5 %": two_tight_hosts,
    "one run in eight odd": odd_runs,
}
"""Noise of more than one level, where no step can be put in by a factor of the noise."""
STEPS = ((0.05, 0.015), (0.10, 0.02))


def alarms(draw: Draw, length: int) -> str:
    rng = np.random.default_rng(30)
    found = sum(bool(find_steps(np.exp(NOISE * draw(rng, length)).tolist())) for _ in range(SERIES))
    ends = clopper_pearson(found, SERIES)
    return f"{100 * found / SERIES:.2f} % ({100 * ends.low:.2f}–{100 * ends.high:.2f})"


def found(draw: Draw, length: int, step: float, noise: float) -> str:
    rng, at = np.random.default_rng(31), 2 * length // 3
    hits = 0
    for _ in range(STEPPED):
        values = np.exp(noise * draw(rng, length)) * np.where(np.arange(length) < at, 1, 1 + step)
        hits += any(abs(each.index - at) <= 3 for each in find_steps(values.tolist()))
    return f"{100 * hits / STEPPED:.0f} %"


def main() -> None:
    print(f"False alarms in {SERIES} series, with the exact 95 % interval\n")
    for name, draw in (KINDS | LEVELS).items():
        print(f"| {name} | " + " | ".join(alarms(draw, length) for length in LENGTHS) + " |")
    print(f"\nSteps found in {STEPPED} series of 16, 30 and 100\n")
    for name, draw in KINDS.items():
        cells = [found(draw, length, step, noise) for step, noise in STEPS for length in STEPPED_LENGTHS]
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
