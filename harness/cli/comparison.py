"""A comparison of two runs as a table on the terminal, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from harness.cli.console import data_console
from harness.cli.selection import doubts_document, estimate_document

if TYPE_CHECKING:
    from rich.console import Console

    from harness.choose.candidates import Candidate
    from harness.choose.two_runs import Comparison, Match
    from harness.records.row import Row
    from harness.records.run import Run
    from harness.stats.intervals import Estimate

__all__ = ["comparison_document", "machine_sentence", "print_comparison"]


_COLUMNS = (
    "trial",
    "A ms",
    "B ms",
    "latency B/A",
    "without the machine's shift",
    "A top-1 %",
    "B top-1 %",
    "difference",
    "size MB",
    "from A to B",
)
"""One without any figure is not printed."""


def print_comparison(comparison: Comparison, a: Run, b: Run) -> None:
    """A line for every match, then what has no partner or no figures."""
    from rich.table import Table

    from harness.choose.trust import CLEAR, trust_line

    console = data_console()
    console.print(f"A {a.name}\nB {b.name}\n", soft_wrap=True)
    table = Table(box=None, pad_edge=False)
    table.add_column("trial", overflow="fold")
    rows = [_cells(match, comparison) for match in comparison.matches]
    shown = [at for at in range(len(_COLUMNS)) if at == 0 or any(row[at] not in ("", "–") for row in rows)]
    for at in shown[1:]:
        table.add_column(_COLUMNS[at], justify="left" if at == len(_COLUMNS) - 1 else "right")
    for row in rows:
        table.add_row(*(row[at] for at in shown))
    console.print(table)
    for side, of_side in (("A", _rows_a(comparison)), ("B", _rows_b(comparison))):
        line = trust_line(of_side)
        if line and line != CLEAR:
            console.print(f"doubts about {side}: {line}", soft_wrap=True)
    _print_list(console, "Only in A", [each.trial for each in comparison.only_a])
    _print_list(console, "Only in B", [each.trial for each in comparison.only_b])
    without = [f"{each.row.run} {each.row.trial}: {each.reason}" for each in comparison.excluded]
    _print_list(console, "Not compared", without)


def _rows_a(comparison: Comparison) -> list[Row]:
    return [*(each.a.row for each in comparison.matches), *(each.row for each in comparison.only_a)]


def _rows_b(comparison: Comparison) -> list[Row]:
    return [*(each.b.row for each in comparison.matches), *(each.row for each in comparison.only_b)]


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
        _estimate(comparison.without_shift(match), scale=1, decimals=3),
        f"{100 * a.top1.value:.1f}" if a.top1 else "–",
        f"{100 * b.top1.value:.1f}" if b.top1 else "–",
        _estimate(match.top1_difference, scale=100, decimals=1, signed=True),
        " → ".join(sizes),
        "; ".join(_verdicts(match, comparison)),
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


def _verdicts(match: Match, comparison: Comparison) -> list[str]:
    """What may be said of latency and accuracy, and that the file is another one."""
    words = [_latency_verdict(match, comparison)] if match.latency_ratio is not None else []
    if match.top1_difference is not None:
        less, more = "less accurate", "more accurate"
        words.append(_verdict(match.top1_difference, 0.0, less, more, neither="accuracy: cannot tell"))
    if not match.same_file and match.a.row.model == match.b.row.model:
        words.append("another file")
    return words


def _latency_verdict(match: Match, comparison: Comparison) -> str:
    """Slower or faster; whether the machine may be what made it so is part of the word."""
    corrected = comparison.without_shift(match)
    assert match.latency_ratio is not None  # the caller checked
    word = _verdict(corrected or match.latency_ratio, 1.0, "faster", "slower", neither="latency: cannot tell")
    if corrected is not None or word.startswith("latency"):
        return word
    return f"{word}: the machine (nothing else changed)" if match.unchanged else f"{word}, or the machine is"


def _verdict(estimate: Estimate, neutral: float, less: str, more: str, *, neither: str) -> str:
    from harness.stats.contrast import excludes

    if not excludes(estimate, neutral):
        return neither
    return less if estimate.value < neutral else more


def machine_sentence(comparison: Comparison) -> str:
    """What is known of the machine between the two runs, which were not measured side by side."""
    began = "the runs were not measured side by side"
    if comparison.shift is None:
        return (
            f"{began}, and no trial is unchanged in both: a shift of the machine, of tens of per cent at"
            " times, cannot be told from a change. harness gate measures both in turns"
        )
    shift = _estimate(comparison.shift, scale=1, decimals=3)
    every = comparison.controls == sum(each.latency_ratio is not None for each in comparison.matches)
    what = "all that differs is the machine" if every else "taken off of the changed ones"
    trials = "unchanged trial" if comparison.controls == 1 else "unchanged trials"
    return f"{began}: {comparison.controls} {trials} took ×{shift}; {what}"


def comparison_document(comparison: Comparison) -> dict[str, Any]:
    """Plain values; times in ms, sizes in bytes, accuracies as fractions, missing as None."""
    return {
        "matched_by": list(comparison.matched_by),
        "doubts": {"a": doubts_document(_rows_a(comparison)), "b": doubts_document(_rows_b(comparison))},
        "machine_shift": estimate_document(comparison.shift),
        "unchanged_trials": comparison.controls,
        "matches": [_match_document(match, comparison) for match in comparison.matches],
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


def _match_document(match: Match, comparison: Comparison) -> dict[str, Any]:
    from harness.stats.contrast import excludes

    ratio, top1 = match.latency_ratio, match.top1_difference
    corrected = comparison.without_shift(match)
    told = None if match.unchanged else corrected
    return {
        "a": _side(match.a),
        "b": _side(match.b),
        "same_file": match.same_file,
        "latency_ratio": estimate_document(ratio),
        "unchanged": match.unchanged,
        "latency_ratio_without_shift": estimate_document(corrected),
        "latency_differs": None if ratio is None else excludes(told or ratio, 1.0),
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
