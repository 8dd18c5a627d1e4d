"""The block `BENCHMARK RESULTS` of LiteRT's newer tool and of its Python port. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from harness.latency.benchmark_model.lines import Line
from harness.latency.benchmark_model.timings import parse_number

__all__ = ["ResultsBlock", "read_results_block"]

_BANNER = "BENCHMARK RESULTS"
_FIGURE = re.compile(
    r"(Model initialization|(?:Warmup|Inference) \((?:first|avg|min|max|median|std|p5|p95)\)):"
    r"\s+(\d{1,15}(?:\.\d{1,9})?)(?: ms)?(?:\s+\((\d{1,12}) runs\))?\s*$"
)
_FULLY = re.compile(r"Fully accelerated:\s+(True|False)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ResultsBlock:
    """Its figures in milliseconds, two decimals as printed. None: not in the block."""

    mean_ms: float
    runs: int
    median_ms: float | None = None
    min_ms: float | None = None
    max_ms: float | None = None
    p5_ms: float | None = None
    p95_ms: float | None = None
    std_ms: float | None = None
    init_ms: float | None = None
    first_ms: float | None = None
    fully_accelerated: bool | None = None


def read_results_block(lines: Iterable[Line]) -> ResultsBlock | None:
    """The block, or None where there is none with an average and a number of runs."""
    figures: dict[str, float | None] = {}
    runs: int | None = None
    fully: bool | None = None
    inside = False
    for line in lines:
        inside = inside or _BANNER in line.text
        if not inside:
            continue
        if (found := _FIGURE.match(line.text)) is not None:
            figures[found.group(1)] = parse_number(found.group(2))
            if found.group(1) == "Inference (avg)" and found.group(3):
                runs = int(found.group(3))
        elif (said := _FULLY.match(line.text)) is not None:
            fully = said.group(1).lower() == "true"
    mean = figures.get("Inference (avg)")
    if mean is None or runs is None:
        return None
    return ResultsBlock(
        mean_ms=mean,
        runs=runs,
        **{
            f"{name}_ms": figures.get(f"Inference ({name})")
            for name in ("median", "min", "max", "p5", "p95", "std")
        },
        init_ms=figures.get("Model initialization"),
        first_ms=figures.get("Warmup (first)"),
        fully_accelerated=fully,
    )
