"""A run folder: `run.json`, the journals, predictions, logs and what was made from them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from harness.errors import RunFolderError
from harness.records.evaluation import Evaluation, Prediction
from harness.records.launch import Launch
from harness.records.profile import TrialProfile
from harness.records.row import Row
from harness.records.run import Run
from harness.records.sustained import SustainedRun
from harness.results.atomic import write_bytes
from harness.results.codec import decode, encode
from harness.results.journal import Journal
from harness.results.journal_folder import JournalFolder
from harness.results.partial import PartialEvaluations
from harness.results.predictions import read_part, table_path, write_part, write_table
from harness.results.rows import build_rows

__all__ = ["CorrectnessKey", "RunFolder", "create_run", "open_run"]

CorrectnessKey = tuple[str, str, str, str]
"""sha256 of the model, runtime, delegate, fingerprint of the data set."""

_LOG_NAME = re.compile(r"[^A-Za-z0-9._-]+")


class RunFolder(JournalFolder):
    """One run on disk."""

    def __init__(self, path: Path, run: Run) -> None:
        self.run = run
        self._launches = Journal(path / "measurements.jsonl", Launch)
        self._evaluations = Journal(path / "evaluations.jsonl", Evaluation)
        self._profiles = Journal(path / "profiles.jsonl", TrialProfile)
        self._sustained = Journal(path / "sustained.jsonl", SustainedRun)
        self._parts = path / "predictions"
        journals = (self._launches, self._evaluations, self._profiles, self._sustained)
        super().__init__(path, journals, what="run")

    def launches(self) -> tuple[Launch, ...]:
        """Every launch in the order it ended."""
        return tuple(self._launches.records())

    def evaluations(self) -> tuple[Evaluation, ...]:
        """Every evaluation in the order it ended."""
        return tuple(self._evaluations.records())

    def profiles(self) -> tuple[TrialProfile, ...]:
        """Memory and ops of trials, where they were asked for."""
        return tuple(self._profiles.records())

    def sustained(self) -> tuple[SustainedRun, ...]:
        """Runs without a rest, where they were asked for."""
        return tuple(self._sustained.records())

    def predictions(self, evaluation: Evaluation) -> tuple[Prediction, ...]:
        """The predictions of one evaluation, in the order of the data set."""
        return read_part(self._part(evaluation))

    def rows(self) -> tuple[Row, ...]:
        """One row a trial."""
        return build_rows(self.run, self.launches(), self.evaluations(), self.profiles())

    def correctness(self) -> Mapping[CorrectnessKey, tuple[bool, ...]]:
        """For every evaluation, image by image: whether the best class was the right one."""
        return {
            (each.sha256, str(each.runtime), str(each.delegate), each.dataset_fingerprint): tuple(
                bool(p.indices) and p.indices[0] == p.label for p in self.predictions(each)
            )
            for each in self.evaluations()
            if each.images
        }

    def append_launch(self, launch: Launch) -> None:
        """Store one launch; it is on disk when this returns."""
        self._launches.append(launch)

    def append_profile(self, profile: TrialProfile) -> None:
        """Store what launches of their own found out about a trial."""
        self._profiles.append(profile)

    def append_sustained(self, run: SustainedRun) -> None:
        """Store one run without a rest."""
        self._sustained.append(run)

    def append_evaluation(self, evaluation: Evaluation, predictions: Sequence[Prediction]) -> None:
        """Store one evaluation: its predictions first, then the line that speaks of them."""
        _make_folder(self._parts)
        write_part(self._part(evaluation), evaluation, predictions)
        self._evaluations.append(evaluation)

    @property
    def partial_evaluations(self) -> PartialEvaluations:
        """Where evaluations keep what they have learnt before they are over."""
        return PartialEvaluations(self.path / "partial")

    def finalise(self) -> None:
        """Merge the predictions of all evaluations into one table."""
        self.partial_evaluations.clear()
        parts = [self._part(each) for each in self.evaluations()]
        if parts:
            write_table(table_path(self.path), parts)

    def write_text(self, name: str, text: str) -> Path:
        """Write a file of the folder's top level, whole or not at all."""
        path = self.path / _safe_name(name)
        write_bytes(path, text.encode(errors="backslashreplace"))
        return path

    def log_path(self, name: str) -> Path:
        """A path for raw output inside `logs/`, whatever the name holds."""
        folder = self.path / "logs"
        _make_folder(folder)
        return folder / _safe_name(name)

    def _part(self, evaluation: Evaluation) -> Path:
        identity = (
            evaluation.sha256,
            evaluation.model,
            evaluation.runtime,
            evaluation.delegate,
            evaluation.dataset,
            *((evaluation.device,) if evaluation.device is not None else ()),
        )
        return self._parts / f"{_digest(chr(0).join(map(str, identity)))[:16]}.csv"


def create_run(path: Path, run: Run) -> RunFolder:
    """Make a new run folder. Raises RunFolderError where it exists already or cannot be made."""
    head = encode(run) + b"\n"
    try:
        path.mkdir(parents=True)
    except FileExistsError:
        raise RunFolderError(
            f"{path}: exists already", next_step=f"complete it with: harness run --resume {path}"
        ) from None
    except OSError as error:
        raise RunFolderError(f"{path}: cannot be made: {error.strerror}") from error
    write_bytes(path / "run.json", head)
    return RunFolder(path, run)


def open_run(path: Path) -> RunFolder:
    """Open an existing run folder. Raises RunFolderError where it is none."""
    head = path / "run.json"
    try:
        content = head.read_bytes()
    except OSError as error:
        raise RunFolderError(
            f"{path}: no run folder ({head.name}: {error.strerror})", next_step="run folders lie in reports/"
        ) from error
    return RunFolder(path, decode(Run, content, where=str(head)))


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(exist_ok=True)
    except OSError as error:
        raise RunFolderError(f"{path}: cannot be made: {error.strerror}") from error


def _safe_name(name: str) -> str:
    """A plain file name: other characters become `_`, and a digest keeps different names apart."""
    plain = _LOG_NAME.sub("_", name).lstrip(".-")
    if name and plain == name and len(name) <= 150:
        return name
    return f"{plain[-120:]}.{_digest(name)[:8]}"


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
