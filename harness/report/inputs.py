"""How the models of a run were fed, for screen and summary: models that are fed alike share a line."""

from __future__ import annotations

from collections.abc import Iterable

from harness.records.row import Row

__all__ = ["input_sentences_of"]

_MOST_NAMES = 4


def input_sentences_of(rows: Iterable[Row]) -> list[str]:
    """One sentence for each way in which models with an accuracy were fed, in the order of rows."""
    models: dict[str, dict[str, None]] = {}
    for row in rows:
        if row.input_convention is not None and row.top1 is not None:
            models.setdefault(str(row.input_convention), {})[row.model] = None
    return [f"{_names(list(names))}: {convention}" for convention, names in models.items()]


def _names(names: list[str]) -> str:
    more = len(names) - _MOST_NAMES
    shown = ", ".join(names[:_MOST_NAMES])
    return f"{shown} and {more} more" if more > 0 else shown
