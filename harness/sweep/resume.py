"""The run folder of a sweep: a new one, or one to complete."""

from __future__ import annotations

from pathlib import Path

from harness.errors import RunFolderError
from harness.results.resume import plan_difference
from harness.results.run_folder import RunFolder, create_run, open_run
from harness.sweep.prepare import Prepared, prepare
from harness.sweep.request import RunRequest, from_options
from harness.sweep.watcher import Watcher

__all__ = ["open_folder", "prepare_resumed"]


def open_folder(out: Path, prepared: Prepared) -> RunFolder:
    """A new folder below `out`, named after the run."""
    return create_run(out / prepared.run.name, prepared.run)


def prepare_resumed(request: RunRequest, path: Path, watcher: Watcher) -> tuple[Prepared, RunFolder]:
    """The folder at `path` and its plan made anew.

    Raises RunFolderError where the models, data sets or options are no longer
    those of the run, naming each difference.
    """
    folder = open_run(path)
    recorded = folder.run
    if recorded.imported:
        raise RunFolderError(f"{path} was imported from logs: there is nothing to resume")
    prepared = prepare(from_options(recorded.options, request), name=recorded.name, on_step=watcher.step)
    differences = plan_difference(recorded, prepared.run)
    if differences:
        prepared.fleet.close()
        raise RunFolderError(
            f"{path} cannot be resumed, the plan has changed: {'; '.join(differences)}",
            next_step="start a new run, or undo the change",
        )
    return prepared, folder
