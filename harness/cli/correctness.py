"""Which images each evaluation of a run got right, as far as the run folder can still tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from harness.results.run_folder import CorrectnessKey, RunFolder

__all__ = ["correctness_of"]


def correctness_of(folder: RunFolder) -> Mapping[CorrectnessKey, tuple[bool, ...]]:
    """See `RunFolder.correctness`; nothing, with a note, where predictions are missing or damaged."""
    from harness.errors import RunFolderError

    try:
        return folder.correctness()
    except RunFolderError as error:
        typer.echo(
            f"note: {error.message}; accuracies of this run are compared by interval, not image by image",
            err=True,
        )
        return {}
