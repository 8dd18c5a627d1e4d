"""What `harness zoo list`, `show` and `check` print: rows and lines from entries."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from harness.errors import UnknownNameError

if TYPE_CHECKING:
    from harness.zoo.check import Finding
    from harness.zoo.registry import Zoo
    from harness.zoo.schema import ZooEntry
    from harness.zoo.zoo_file import ZooItem

__all__ = [
    "COLUMNS",
    "DEFAULT_COLUMNS",
    "aligned",
    "check_rows",
    "check_summary",
    "group_rows",
    "list_row",
    "show_lines",
]

MISSING = "–"
DEFAULT_COLUMNS = ("name", "weights", "input", "MB", "top-1", "from")
_MODELS_SHOWN = 3
_WIDEST = 38
"""A longer cell stands on a line of its own, so that one long name does not push the rest off the screen."""


def list_row(item: ZooItem, columns: Sequence[str]) -> tuple[str, ...]:
    """The cells of one model. Raises UnknownNameError for a column that does not exist."""
    for column in columns:
        if column not in COLUMNS:
            raise UnknownNameError("column", column, COLUMNS, list_command="harness zoo list --help")
    return tuple(COLUMNS[column](item.entry) for column in columns)


def _megabytes(entry: ZooEntry) -> str:
    """Exact, or with `~` as the publisher rounds it."""
    if entry.size_bytes is not None:
        return f"{entry.size_bytes / 1e6:.2f}"
    stated = entry.published.size_mb
    return MISSING if stated is None else f"~{stated:g}"


def _percent(value: float | None) -> str:
    return MISSING if value is None else f"{value:g}"


def _reach(entry: ZooEntry) -> str:
    from harness.zoo.reach import reach_of

    return str(reach_of(entry))


def _digest(entry: ZooEntry) -> str:
    from harness.zoo.check import digest_of

    return str(digest_of(entry))


def _groups(entry: ZooEntry) -> str:
    return " ".join(f"@{group}" for group in entry.groups)


COLUMNS: Mapping[str, Callable[[ZooEntry], str]] = {
    "name": lambda entry: entry.name,
    "family": lambda entry: entry.family,
    "weights": lambda entry: str(entry.quantization),
    "input": lambda entry: f"{entry.input.height}x{entry.input.width}",
    "MB": _megabytes,
    "top-1": lambda entry: _percent(entry.published.top1),
    "top-5": lambda entry: _percent(entry.published.top5),
    "from": _reach,
    "digest": _digest,
    "license": lambda entry: entry.license or MISSING,
    "groups": _groups,
}


def aligned(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lines in columns, never folded or shortened."""
    table = [titles, *rows]
    widths = [min(_WIDEST, max(len(row[index]) for row in table)) for index in range(len(titles))]
    for row in table:
        line = ""
        for index, (cell, width) in enumerate(zip(row, widths, strict=True)):
            line += cell.ljust(width) + "  "
            if len(cell) > width and index < len(widths) - 1:
                yield line.rstrip()
                line = " " * (sum(widths[: index + 1]) + 2 * (index + 1))
        yield line.rstrip()


def group_rows(zoo: Zoo) -> list[tuple[str, ...]]:
    """Every group with the number of its models and the first of them."""
    rows: list[tuple[str, ...]] = []
    for group, names in zoo.groups().items():
        more = ", …" if len(names) > _MODELS_SHOWN else ""
        rows.append((f"@{group}", str(len(names)), ", ".join(names[:_MODELS_SHOWN]) + more))
    return rows


def show_lines(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Key and value of all that is known of one model: a line for each address and each latency."""
    return [pair for key, value in data.items() for pair in _lines(key, value)]


def _lines(key: str, value: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 (whatever JSON holds)
    if value in (None, [], {}):
        return
    if value is False:
        return
    if key == "published":
        yield from _published_lines(value)
    elif key in ("mirrors", "notes"):
        yield from ((key.removesuffix("s"), _text(each)) for each in value)
    elif key == "groups":
        yield key, " ".join(f"@{each}" for each in value)
    else:
        yield key, _text(value)


def _published_lines(published: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in published.items():
        if key != "latency":
            yield f"published {key}", _text(value)
    for row in published.get("latency", ()):
        number = row.get("threads")
        threads = "" if number is None else f", {number} thread{'' if number == 1 else 's'}"
        source = f"  ({row['source']})" if "source" in row else ""
        yield (
            "published latency",
            f"{row['latency_ms']:g} ms  {row['device']}, {row['delegate']}{threads}{source}",
        )


def _text(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_text(each)}" for key, each in value.items() if each is not False)
    return value if isinstance(value, str) else json.dumps(value)


def check_rows(findings: Sequence[Finding], *, every: bool) -> list[tuple[str, ...]]:
    """Name, digest and result: of entries with a problem or a local file, or of every one."""
    return [
        (
            each.name,
            str(each.digest),
            "; ".join(each.problems) or ("ok" if each.checked else "valid; its file is not here"),
        )
        for each in findings
        if every or each.checked or each.problems
    ]


def check_summary(findings: Sequence[Finding], *, every: bool) -> list[str]:
    """How many entries there are and what their downloads can be held to."""
    from harness.zoo.check import Digest

    remote = [each for each in findings if not each.checked]
    compared = len(findings) - len(remote)
    lines = [f"{len(findings)} entries; {compared} compared with their files"]
    if remote:
        kinds = Counter(each.digest for each in remote)
        lines.append(
            f"{len(remote)} to be fetched: {kinds[Digest.MODEL]} with the sha256 of the model,"
            f" {kinds[Digest.ARCHIVE]} with that of its archive, {kinds[Digest.NONE]} without a digest"
            " (trusted on first use; harness zoo lock pins them)"
        )
    without = [each.name for each in remote if each.digest is Digest.NONE]
    if without and every:
        lines.append("without a digest: " + ", ".join(without))
    elif without:
        lines.append("harness zoo check -v names them")
    return lines
