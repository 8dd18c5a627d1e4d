"""Progress on the terminal: phase, what is running, time left. Silent where there is no terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from harness.sweep.watcher import Watcher

__all__ = ["watching"]


@contextmanager
def watching(*, quiet: bool) -> Iterator[Watcher]:
    """A watcher for the length of the block: a progress bar on a terminal, plain notices elsewhere."""
    if quiet:
        from harness.sweep.watcher import SilentWatcher

        yield SilentWatcher()
    elif not sys.stderr.isatty():
        yield _PlainWatcher()
    else:
        progress = _progress()
        with progress:
            yield _BarWatcher(progress)


class _PlainWatcher:
    """Notices only: logs of CI want no bars."""

    def phase(self, title: str, total: int) -> None:
        typer.echo(f"harness: {title}: {total} to do", err=True)

    def step(self, text: str) -> None:
        """Too much for a log."""

    def advance(self, steps: int = 1) -> None:
        """Too much for a log."""

    def notice(self, text: str) -> None:
        typer.echo(f"harness: {text}", err=True)


class _BarWatcher:
    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID = progress.add_task("preparing", total=None, step="")

    def phase(self, title: str, total: int) -> None:
        self._progress.update(self._task, visible=False)
        self._task = self._progress.add_task(title, total=total, step="")

    def step(self, text: str) -> None:
        self._progress.update(self._task, step=text)

    def advance(self, steps: int = 1) -> None:
        self._progress.advance(self._task, steps)

    def notice(self, text: str) -> None:
        self._progress.console.print(text, markup=False, highlight=False)


def _progress() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
    from rich.table import Column

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn(
            "{task.fields[step]}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis")
        ),
        console=Console(stderr=True),
        transient=True,
    )
