"""A selection as tables on the terminal, and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from harness.cli.console import data_console
from harness.cli.rows import print_trust, top1_of

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from harness.choose.candidates import Candidate, Excluded
    from harness.choose.select import GroupSelection, Margin, Missed, Selection
    from harness.records.row import Row
    from harness.stats.intervals import Estimate

__all__ = ["doubts_document", "estimate_document", "print_selection", "selection_document"]

_CLOSEST = 5


def print_selection(selection: Selection, excluded: Sequence[Excluded]) -> None:
    """A table for every device and data set, then what is not ranked and why."""
    console = data_console()
    for group in selection.groups:
        _print_group(console, selection, group)
    if not selection.groups:
        console.print("No trial can be ranked.")
    print_trust(console, _rows_of(selection, excluded))
    if excluded:
        console.print(f"\nNot ranked ({len(excluded)}):")
        for each in excluded:
            console.print(f"  {each.row.trial}: {each.reason}", soft_wrap=True)


def _rows_of(selection: Selection, excluded: Sequence[Excluded]) -> list[Row]:
    ranked = [each.candidate for group in selection.groups for each in group.ranked]
    missed = [each.candidate for group in selection.groups for each in group.missed]
    return [*(each.row for each in (*ranked, *missed)), *(each.row for each in excluded)]


_SEVERAL = 200
"""Per cent beyond a limit from which a reader thinks in times."""


def _print_group(console: Console, selection: Selection, group: GroupSelection) -> None:
    where = group.group.device + (f", {group.group.dataset}" if group.group.dataset else ", without accuracy")
    simulated = " (SIMULATED)" if group.group.simulated else ""
    members = [each.candidate for each in group.ranked] + [each.candidate for each in group.missed]
    if group.ranked:
        console.print(
            f"{where}{simulated}: {len(group.ranked)} of {len(members)} fit, by {selection.objective}"
        )
        table = _table(selection, "")
        for each in group.ranked:
            rank = f"={each.rank}" if each.tied_with else str(each.rank)
            table.add_row(rank, *_cells(each.candidate, members), *map(_margin, each.margins))
        console.print(table)
        _print_tie(console, selection, group, members)
        return
    console.print(f"{where}{simulated}: none of {len(members)} fits; the closest and what each misses")
    table = _table(selection, "misses")
    for missed in group.missed[:_CLOSEST]:
        table.add_row(_missed_by(missed), *_cells(missed.candidate, members), *map(_margin, missed.margins))
    console.print(table)


def _print_tie(
    console: Console, selection: Selection, group: GroupSelection, members: Sequence[Candidate]
) -> None:
    from harness.choose.candidates import title
    from harness.choose.wording import listed

    best = group.ranked[0]
    if best.tied_with:
        names = listed([title(each, members) for each in (best.candidate, *best.tied_with)])
        console.print(f"{names} cannot be told apart in {selection.objective}.", soft_wrap=True)


def _table(selection: Selection, first: str) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column(first, justify="right")
    table.add_column("model", overflow="fold")
    for name in ("latency ms", "top-1 %", "size MB"):
        table.add_column(name, justify="right")
    for limit in selection.limits:
        table.add_column(_limit_title(limit.quantity.value, limit.bound), justify="right")
    return table


def _limit_title(quantity: str, bound: float) -> str:
    from harness.choose.wording import megabytes, milliseconds

    if quantity == "latency":
        return f"to {milliseconds(bound)} ms"
    if quantity == "size":
        return f"to {megabytes(bound)} MB"
    return f"to {quantity} {100 * bound:.4g} %"


def _cells(candidate: Candidate, members: Sequence[Candidate]) -> tuple[str, ...]:
    from harness.choose.candidates import title
    from harness.choose.trust import marks_of
    from harness.choose.wording import accuracy, latency, megabytes

    time, top1 = candidate.latency_ms, candidate.top1
    row = candidate.row
    return (
        title(candidate, members) + "".join(f" ({mark})" for mark in marks_of(row)),
        latency(time).replace(" ms", "") if time else "–",
        top1_of(row, accuracy(top1).replace(" %", "")) if top1 else "–",
        "–" if candidate.size_bytes is None else megabytes(candidate.size_bytes),
    )


def _margin(margin: Margin) -> str:
    return f"{_signed(margin.percent)} ({margin.certainty})"


def _signed(percent: float) -> str:
    """`+62 %`, and of what is several times the limit `38.4 times`."""
    return f"{1 - percent / 100:.3g} times" if percent < -_SEVERAL else f"{percent:+.3g} %"


def _missed_by(missed: Missed) -> str:
    """All that is missed, in per cent of the limits; of a single one, how many times it is over."""
    broken = [each for each in missed.margins if not each.certainty.kept]
    if len(broken) == 1 and missed.percent > _SEVERAL:
        return _signed(broken[0].percent)
    return f"{missed.percent:,.0f} %" if missed.percent > _SEVERAL else f"{missed.percent:.3g} %"


def selection_document(selection: Selection, excluded: Sequence[Excluded]) -> dict[str, Any]:
    """Plain values; times in ms, sizes in bytes, accuracies as fractions, missing as None."""
    return {
        "objective": str(selection.objective),
        "limits": [{"quantity": str(each.quantity), "bound": each.bound} for each in selection.limits],
        "fits": selection.fits,
        "doubts": doubts_document(_rows_of(selection, excluded)),
        "groups": [
            {
                "device": group.group.device,
                "dataset": group.group.dataset,
                "simulated": group.group.simulated,
                "ranked": [
                    {
                        "rank": each.rank,
                        "tied_with": [_identity(other) for other in each.tied_with],
                        **_facts(each.candidate, each.margins),
                    }
                    for each in group.ranked
                ],
                "closest": [
                    {"missed_percent": each.percent, **_facts(each.candidate, each.margins)}
                    for each in group.missed
                ],
            }
            for group in selection.groups
        ],
        "excluded": [
            {
                "run": each.row.run,
                "trial": each.row.trial,
                "status": str(each.row.status),
                "reason": each.reason,
            }
            for each in excluded
        ],
    }


def doubts_document(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """What makes one doubt the figures of the rows, the worst first."""
    from harness.choose.trust import doubts_about

    return [
        {"kind": each.kind, "sentence": each.sentence, "trials": each.rows, "of": each.of}
        for each in doubts_about(rows)
    ]


def _identity(candidate: Candidate) -> dict[str, str]:
    return {"run": candidate.row.run, "trial": candidate.trial}


def _facts(candidate: Candidate, margins: Iterable[Margin]) -> dict[str, Any]:
    row = candidate.row
    return {
        **_identity(candidate),
        "model": row.model,
        "simulated": row.simulated,
        "accuracy_from": row.accuracy_from,
        "sha256": row.sha256,
        "runtime": str(row.runtime),
        "delegate": str(row.delegate_requested),
        "variant": row.variant,
        "threads": row.threads,
        "latency_ms": estimate_document(candidate.latency_ms),
        "top1": estimate_document(candidate.top1),
        "top5": estimate_document(candidate.top5),
        "size_bytes": candidate.size_bytes,
        "margins": [
            {
                "quantity": str(each.limit.quantity),
                "bound": each.limit.bound,
                "value": each.value,
                "absolute": each.absolute,
                "percent": each.percent,
                "certainty": str(each.certainty),
            }
            for each in margins
        ],
    }


def estimate_document(estimate: Estimate | None) -> dict[str, float | None] | None:
    """Value and ends of the interval."""
    if estimate is None:
        return None
    interval = estimate.interval
    return {
        "value": estimate.value,
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
    }
