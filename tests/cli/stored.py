"""Finished runs on disk, made by hand, for commands that read them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.results.run_folder import create_run
from tests.results.factory import MODEL, RUN, evaluation, launch, predictions


def stored_run(folder: Path, *, name: str = "one", ms: float = 2.0, correct: int = 7) -> Path:
    """A run of one trial with three launches of about `ms` and `correct` of ten images right."""
    path = folder / name
    with create_run(path, replace(RUN, name=name, models=(MODEL,))) as run:
        for index in range(3):
            run.append_launch(launch(index, ms=ms + 0.01 * index))
        run.append_evaluation(evaluation(correct=correct), predictions(correct))
        run.finalise()
    return path
