"""A comparison of two runs as a table on the terminal, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from harness.cli.console import data_console
from harness.cli.selection import estimate_document

if TYPE_CHECKING:
    from rich.console import Console

    from harness.choose.candidates import Candidate
    from harness.choose.two_runs import Comparison, Match
    from harness.records.run import Run
    from harness.stats.intervals import Estimate

__all__ = ["comparison_document", "print_comparison"]


def print_comparison(comparison: Comparison, a: Run, b: Run) -> None:
    """A line for every match, then what has no partner or no figures."""
    from rich.table import Table

    console = data_console()
    console.print(f"A {a.name}\nB {b.name}\n", soft_wrap=True)
    table = Table(box=None, pad_edge=False)
    table.add_column("trial", overflow="fold")
    for title in ("A ms", "B ms", "latency B/A", "A top-1 %", "B top-1 %", "difference", "size MB"):
        table.add_column(title, justify="right")
    table.add_column("from A to B")
    for match in comparison.matches:
        table.add_row(*_cells(match, comparison))
    console.print(table)
    _print_list(console, "Only in A", [each.trial for each in comparison.only_a])
    _print_list(console, "Only in B", [each.trial for each in comparison.only_b])
    without = [f"{each.row.run} {each.row.trial}: {each.reason}" for each in comparison.excluded]
    _print_list(console, "Not compared", without)


def _print_list(console: Console, title: str, lines: Sequence[str]) -> None:
    if lines:
        console.print(f"\n{title} ({len(lines)}):")
    for line in lines:
        console.print(f"  {line}", soft_wrap=True)


def _cells(match: Match, comparison: Comparison) -> tuple[str, ...]:
    from harness.choose.wording import megabytes, milliseconds

    a, b = match.a, match.b
    sizes = dict.fromkeys("–" if each.size_bytes is None else megabytes(each.size_bytes) for each in (a, b))
    return (
        _title(match, comparison),
        milliseconds(a.latency_ms.value) if a.latency_ms else "–",
        milliseconds(b.latency_ms.value) if b.latency_ms else "–",
        _estimate(match.latency_ratio, scale=1, decimals=3),
        f"{100 * a.top1.value:.1f}" if a.top1 else "–",
        f"{100 * b.top1.value:.1f}" if b.top1 else "–",
        _estimate(match.top1_difference, scale=100, decimals=1, signed=True),
        " → ".join(sizes),
        "; ".join(_verdicts(match)),
    )


def _title(match: Match, comparison: Comparison) -> str:
    """The model, or both where two are compared, and the settings that tell this trial from others."""
    row = match.a.row
    models = " → ".join(dict.fromkeys((row.model, match.b.row.model)))
    texts = {
        "device": row.device,
        "runtime": str(row.runtime),
        "delegate": row.asked,
        "threads": f"{row.threads} thread{'s' if row.threads > 1 else ''}",
    }
    settings = [text for name, text in texts.items() if name in comparison.matched_by]
    return f"{models} ({', '.join(settings)})" if settings else models


def _estimate(estimate: Estimate | None, *, scale: float, decimals: int, signed: bool = False) -> str:
    if estimate is None:
        return "–"
    sign = "+" if signed else ""
    text = f"{scale * estimate.value:{sign}.{decimals}f}"
    ends = estimate.interval
    if ends is None:
        return text
    return f"{text} [{scale * ends.low:{sign}.{decimals}f}, {scale * ends.high:{sign}.{decimals}f}]"


def _verdicts(match: Match) -> list[str]:
    """What may be said of latency and accuracy, and that the file is another one."""
    words = []
    if match.latency_ratio is not None:
        words.append(_verdict(match.latency_ratio, 1.0, "faster", "slower", tied="latency tied"))
    if match.top1_difference is not None:
        words.append(
            _verdict(match.top1_difference, 0.0, "less accurate", "more accurate", tied="accuracy tied")
        )
    if not match.same_file and match.a.row.model == match.b.row.model:
        words.append("another file")
    return words


def _verdict(estimate: Estimate, neutral: float, less: str, more: str, *, tied: str) -> str:
    from harness.stats.contrast import excludes

    if not excludes(estimate, neutral):
        return tied
    return less if estimate.value < neutral else more


def comparison_document(comparison: Comparison) -> dict[str, Any]:
    """Plain values; times in ms, sizes in bytes, accuracies as fractions, missing as None."""
    return {
        "matched_by": list(comparison.matched_by),
        "matches": [_match_document(match) for match in comparison.matches],
        "only_a": [each.trial for each in comparison.only_a],
        "only_b": [each.trial for each in comparison.only_b],
        "not_compared": [
            {
                "run": each.row.run,
                "trial": each.row.trial,
                "status": str(each.row.status),
                "reason": each.reason,
            }
            for each in comparison.excluded
        ],
    }


def _match_document(match: Match) -> dict[str, Any]:
    from harness.stats.contrast import excludes

    ratio, top1 = match.latency_ratio, match.top1_difference
    return {
        "a": _side(match.a),
        "b": _side(match.b),
        "same_file": match.same_file,
        "latency_ratio": estimate_document(ratio),
        "latency_differs": None if ratio is None else excludes(ratio, 1.0),
        "top1_difference": estimate_document(top1),
        "top1_differs": None if top1 is None else excludes(top1, 0.0),
        "image_by_image": match.paired,
        "mcnemar_p": match.mcnemar_p,
    }


def _side(candidate: Candidate) -> dict[str, Any]:
    row = candidate.row
    return {
        "trial": row.trial,
        "model": row.model,
        "sha256": row.sha256,
        "size_bytes": row.size_bytes,
        "runtime_version": row.runtime_version,
        "latency_ms": estimate_document(candidate.latency_ms),
        "top1": estimate_document(candidate.top1),
    }
