"""A gate run on disk: `gate.json` (the plan), `pairs.jsonl` (the journal), `result.json`; or all in one file.

The single file is gzipped JSON lines, the plan first, then every pair. It holds
all that the verdict rests on.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.errors import RunFolderError
from harness.records.gate import CellAccuracy, GatePlan, GateResult, LaunchPair
from harness.results.atomic import write_bytes
from harness.results.codec import decode, encode
from harness.results.journal import Journal
from harness.results.journal_folder import JournalFolder

__all__ = ["GateFolder", "GateRecord", "create_gate", "open_gate", "pack", "read_record"]

_HEAD, _PAIRS, _RESULT = "gate.json", "pairs.jsonl", "result.json"
_ACCURACIES = "accuracies.jsonl"
# A record of a long run has a few megabytes; more than this is no record.
_MOST_BYTES = 1 << 30


class GateFolder(JournalFolder):
    """One gate run on disk."""

    def __init__(self, path: Path, plan: GatePlan) -> None:
        self.plan = plan
        self._pairs = Journal(path / _PAIRS, LaunchPair)
        self._accuracies = Journal(path / _ACCURACIES, CellAccuracy)
        super().__init__(path, (self._pairs, self._accuracies), what="gate run")

    def pairs(self) -> tuple[LaunchPair, ...]:
        """Every pair in the order it ended."""
        return tuple(self._pairs.records())

    def append(self, pair: LaunchPair) -> None:
        """Store one pair; it is on disk when this returns."""
        self._pairs.append(pair)

    def accuracies(self) -> tuple[CellAccuracy, ...]:
        """Accuracy of both sides, where it was measured."""
        return tuple(self._accuracies.records())

    def append_accuracy(self, accuracy: CellAccuracy) -> None:
        """Store the accuracy of one comparison."""
        self._accuracies.append(accuracy)

    def write_result(self, result: GateResult) -> Path:
        """Write what the pairs said."""
        write_bytes(self.path / _RESULT, encode(result) + b"\n")
        return self.path / _RESULT

    @property
    def logs(self) -> Path:
        """The folder for what runtimes print."""
        folder = self.path / "logs"
        folder.mkdir(exist_ok=True)
        return folder


def create_gate(path: Path, plan: GatePlan) -> GateFolder:
    """Make a new folder. Raises RunFolderError where it exists already or cannot be made."""
    try:
        path.mkdir(parents=True)
    except FileExistsError:
        raise RunFolderError(
            f"{path}: exists already", next_step=f"complete it with: harness gate --resume {path}"
        ) from None
    except OSError as error:
        raise RunFolderError(f"{path}: cannot be made: {error.strerror}") from error
    write_bytes(path / _HEAD, encode(plan) + b"\n")
    return GateFolder(path, plan)


def open_gate(path: Path) -> GateFolder:
    """Open an existing folder. Raises RunFolderError where it is none."""
    head = path / _HEAD
    try:
        content = head.read_bytes()
    except OSError as error:
        raise RunFolderError(f"{path}: no gate run ({head.name}: {error.strerror})") from error
    return GateFolder(path, decode(GatePlan, content, where=str(head)))


@dataclass(frozen=True, slots=True)
class GateRecord:
    """All that a verdict rests on."""

    plan: GatePlan
    pairs: tuple[LaunchPair, ...]
    accuracies: tuple[CellAccuracy, ...] = ()


def read_record(path: Path) -> GateRecord:
    """The record in a folder (or beside a file of it) or a packed file, which has no accuracies.

    Raises RunFolderError.
    """
    if path.is_dir() or path.name in (_HEAD, _PAIRS, _RESULT):
        folder = open_gate(path if path.is_dir() else path.parent)
        return GateRecord(folder.plan, folder.pairs(), folder.accuracies())
    lines = _unpacked(path)
    if not lines:
        raise RunFolderError(f"{path}: an empty record")
    plan = decode(GatePlan, lines[0], where=f"{path}:1")
    pairs = [
        decode(LaunchPair, line, where=f"{path}:{number}") for number, line in enumerate(lines[1:], start=2)
    ]
    return GateRecord(plan, tuple(pairs))


def pack(path: Path, plan: GatePlan, pairs: Sequence[LaunchPair]) -> None:
    """Write plan and pairs as one gzipped file; the same content makes the same bytes."""
    lines = b"".join(encode(each) + b"\n" for each in (plan, *pairs))
    write_bytes(path, gzip.compress(lines, mtime=0))


def _unpacked(path: Path) -> list[bytes]:
    try:
        with gzip.open(path, "rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise RunFolderError(f"{path}: no record: there is no such file or folder") from error
    except (OSError, EOFError, zlib.error) as error:
        raise RunFolderError(
            f"{path}: no record of a gate run: {error}", next_step="name the folder that the run made"
        ) from error
    if len(content) > _MOST_BYTES:
        raise RunFolderError(f"{path}: a record of more than {_MOST_BYTES >> 20} MB is not read")
    return content.splitlines()
