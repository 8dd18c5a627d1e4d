"""The table of all trials: its columns, and one row of cells for each trial."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from harness.choose.trust import marks_of
from harness.records.row import Row
from harness.records.vocabulary import Status
from harness.report.content import Mark
from harness.report.entries import Entry, Panel, runtime_name, runtime_names
from harness.report.wording import (
    MISSING,
    STATUS_MEANING,
    amount,
    count,
    interval,
    megabytes,
    ms,
    percent,
    percent_interval,
    share,
)

__all__ = ["Cell", "Column", "Filter", "Table", "TableRow", "table_of"]

_MARK_ORDER = {Mark.FRONT: 0, Mark.TIED: 1, Mark.DOMINATED: 2, Mark.UNRANKED: 3}
_MARK_WORD = {Mark.FRONT: "● front", Mark.TIED: "◐ tied", Mark.DOMINATED: "dominated", Mark.UNRANKED: MISSING}
_STATUS_ORDER = {status: number for number, status in enumerate(Status)}


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell shows, in smaller type below it, and what it is sorted by. A `value` of None sorts last."""

    text: str
    value: float | str | None
    below: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `cell` makes its cells; `kind` chooses how they are laid out."""

    key: str
    title: str
    explanation: str
    cell: Callable[[Entry], Cell]
    unit: str = ""
    kind: str = "number"
    descending_first: bool = False
    minor: bool = False
    """Left out in print."""


@dataclass(frozen=True, slots=True)
class TableRow:
    """One trial. `facets` are the values of the filters."""

    anchor: str
    entry: Entry
    cells: tuple[Cell, ...]
    facets: dict[str, str]


@dataclass(frozen=True, slots=True)
class Filter:
    """A choice list above the table."""

    key: str
    title: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """All of it. `constant` names in words what all rows share and no column repeats."""

    columns: tuple[Column, ...]
    rows: tuple[TableRow, ...]
    filters: tuple[Filter, ...]
    constant: tuple[str, ...]


def table_of(panels: Sequence[Panel]) -> Table:
    """Rows in the order a reader wants first: candidates by accuracy, then by latency; the rest below."""
    entries = sorted((entry for panel in panels for entry in panel.entries), key=_first_order)
    rows_of_all = [entry.row for entry in entries]
    values = {name: distinct(rows_of_all) for name, distinct in _MAYBE_CONSTANT.items()}
    columns = tuple(column for column in _COLUMNS if _tells(column, entries, values))
    rows = tuple(
        TableRow(entry.anchor, entry, tuple(column.cell(entry) for column in columns), _facets(entry))
        for entry in entries
    )
    constant = tuple(f"{name} {found[0]}" for name, found in values.items() if len(found) == 1)
    return Table(columns, rows, _filters(rows), constant)


def _tells(column: Column, entries: Sequence[Entry], values: Mapping[str, Sequence[str]]) -> bool:
    """Whether a column says anything: not one value in all rows, not notes or a minor figure of no row."""
    if column.key in values:
        return len(values[column.key]) > 1
    if column.minor or column.kind == "notes":
        return any(column.cell(entry).value is not None for entry in entries)
    return True


def _first_order(entry: Entry) -> tuple[int, float, float]:
    top1, latency = entry.row.top1, entry.latency
    return (
        _STATUS_ORDER[entry.row.status],
        -top1 if top1 is not None else 1.0,
        latency.median if latency else float("inf"),
    )


def _distinct(pick: Callable[[Row], object]) -> Callable[[Sequence[Row]], tuple[str, ...]]:
    return lambda rows: tuple(dict.fromkeys(str(pick(row)) for row in rows))


# What is often the same in all rows: then it is said once, above the table.
_MAYBE_CONSTANT: dict[str, Callable[[Sequence[Row]], tuple[str, ...]]] = {
    "run": _distinct(lambda row: row.run),
    "device": _distinct(lambda row: row.device),
    "runtime": runtime_names,
    "delegate": _distinct(lambda row: row.asked),
    "threads": _distinct(lambda row: row.threads),
}


def _facets(entry: Entry) -> dict[str, str]:
    row = entry.row
    return {
        "status": str(row.status),
        "device": row.device,
        "runtime": str(row.runtime),
        "delegate": row.asked,
        "threads": str(row.threads),
    }


def _filters(rows: Sequence[TableRow]) -> tuple[Filter, ...]:
    titles = {
        "status": "Status",
        "device": "Device",
        "runtime": "Runtime",
        "delegate": "Delegate",
        "threads": "Threads",
    }
    found = {key: {row.facets[key] for row in rows} for key in titles}
    return tuple(
        Filter(
            key, title, tuple(sorted(found[key], key=lambda text: (len(text) if text.isdigit() else 0, text)))
        )
        for key, title in titles.items()
        if len(found[key]) > 1
    )


def _text(value: str | None, *, below: str = "", hint: str = "") -> Cell:
    return Cell(value or MISSING, value, below, hint)


def _model(entry: Entry) -> Cell:
    row = entry.row
    words = [
        *marks_of(row),
        str(row.quantization) if row.quantization else "",
        row.family or "",
    ]
    return Cell(row.model, row.model, " · ".join(word for word in words if word))


def _delegate(entry: Entry) -> Cell:
    row = entry.row
    asked, actual = row.asked, row.delegate_actual
    below = f"ran on {actual}" if actual is not None and actual is not row.delegate_requested else ""
    if row.status is Status.FALLBACK and row.total_nodes and row.delegated_nodes is not None:
        below = f"{row.delegated_nodes} of {row.total_nodes} nodes"
    if entry.software_gpu:
        below = f"{below}, software GPU".lstrip(", ")
    return Cell(asked, asked, below)


def _status(entry: Entry) -> Cell:
    status = entry.row.status
    return Cell(str(status), float(_STATUS_ORDER[status]), hint=STATUS_MEANING[status])


def _mark(entry: Entry) -> Cell:
    mark = entry.mark.mark
    order = None if mark is Mark.UNRANKED else float(_MARK_ORDER[mark])
    return Cell(_MARK_WORD[mark], order, hint=entry.mark.reason or "")


def _top1(entry: Entry) -> Cell:
    row = entry.row
    below = percent_interval(row.top1_low, row.top1_high)
    if row.accuracy_from:
        below = f"{below} · of {row.accuracy_from}"
    return Cell(percent(row.top1), row.top1, below, row.accuracy_reason or "")


def _top5(entry: Entry) -> Cell:
    row = entry.row
    if row.top1 is not None and row.top5 is None:
        return Cell("n/a", None, hint="the model has five classes or fewer")
    return Cell(percent(row.top5), row.top5, percent_interval(row.top5_low, row.top5_high))


def _median(entry: Entry) -> Cell:
    latency = entry.row.latency_ms
    if latency is None and entry.row.reported_mean_ms is not None:
        return Cell(ms(entry.row.reported_mean_ms), None, "mean, no median told")
    if latency is None:
        return Cell(MISSING, None)
    return Cell(ms(latency.median), latency.median, interval(latency.ci_low, latency.ci_high))


def _latency(pick: Callable[..., float]) -> Callable[[Entry], Cell]:
    def cell(entry: Entry) -> Cell:
        value = pick(entry.latency) if entry.latency else None
        return Cell(ms(value), value)

    return cell


def _spread(entry: Entry) -> Cell:
    latency = entry.latency
    if latency is None:
        return Cell(MISSING, None)
    within = f"within {share(latency.spread_within)}" if latency.spread_within is not None else ""
    return Cell(share(latency.spread_between), latency.spread_between, within)


def _number(
    pick: Callable[[Row], float | None], write: Callable[[float | None], str]
) -> Callable[[Entry], Cell]:
    def cell(entry: Entry) -> Cell:
        value = pick(entry.row)
        return Cell(write(value), value)

    return cell


def _size(entry: Entry) -> Cell:
    return Cell(megabytes(entry.row.size_bytes), entry.row.size_bytes)


def _launches(entry: Entry) -> Cell:
    row = entry.row
    if not row.launches:
        return Cell(MISSING, None)
    return Cell(f"{row.launches} / {amount(row.samples)}", row.launches)


def _notes(entry: Entry) -> Cell:
    row = entry.row
    parts = [row.reason or ""]
    if row.warnings:
        parts.append(count(len(row.warnings), "warning"))
    if row.top1 is None and row.status is Status.OK and row.accuracy_reason:
        parts.append(f"no accuracy: {row.accuracy_reason}")
    text = "; ".join(part for part in parts if part)
    return Cell(text, text or None)


_COLUMNS = (
    Column("model", "Model", "Name, quantization and family", _model, kind="model"),
    Column("run", "Run", "Folder of the run", lambda entry: _text(entry.row.run), kind="text"),
    Column("device", "Device", "Where it ran", lambda entry: _text(entry.row.device), kind="text"),
    Column("runtime", "Runtime", "What ran it", lambda entry: _text(runtime_name(entry.row)), kind="text"),
    Column("delegate", "Delegate", "What was asked to compute the graph", _delegate, kind="text"),
    Column("threads", "Threads", "CPU threads asked for", _number(lambda row: row.threads, amount)),
    Column("status", "Status", "How the trial ended; only ok is ranked", _status, kind="status"),
    Column("front", "Front", "Whether no other trial is better in everything", _mark, kind="front"),
    Column(
        "top1",
        "Top-1",
        "Share of images whose best class is right, with its 95 % Wilson interval",
        _top1,
        unit="%",
        descending_first=True,
    ),
    Column(
        "top5",
        "Top-5",
        "Share of images whose class is among the best five",
        _top5,
        unit="%",
        descending_first=True,
        minor=True,
    ),
    Column("median", "Median", "Median of the launches' medians, with its 95 % interval", _median, unit="ms"),
    Column("p90", "p90", "90th percentile of all samples", _latency(lambda each: each.p90), unit="ms"),
    Column(
        "p99", "p99", "99th percentile of all samples", _latency(lambda each: each.p99), unit="ms", minor=True
    ),
    Column("min", "Min", "Fastest sample", _latency(lambda each: each.min), unit="ms", minor=True),
    Column(
        "spread",
        "Spread",
        "Relative standard deviation between launches; below it, within launches",
        _spread,
        unit="%",
        minor=True,
    ),
    Column("size", "Size", "Size of the model file", _size, unit="MB"),
    Column(
        "init",
        "Init",
        "Loading the model and preparing it, median of launches",
        _number(lambda row: row.init_ms, ms),
        unit="ms",
        minor=True,
    ),
    Column(
        "first",
        "First",
        "First inference, median of launches",
        _number(lambda row: row.first_ms, ms),
        unit="ms",
        minor=True,
    ),
    Column(
        "memory",
        "Memory",
        "Highest resident memory of the measuring process, median of launches",
        _number(lambda row: row.peak_memory_mb, ms),
        unit="MB",
        minor=True,
    ),
    Column(
        "launches", "Launches", "What the figures are computed from", _launches, unit="/ samples", minor=True
    ),
    Column("notes", "Notes", "Reasons and warnings; open the row for all of them", _notes, kind="notes"),
)
