"""Rows of past runs for a history: from run folders, and from files that `harness export` wrote."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from harness.errors import RunFolderError
from harness.records.history import Point, SeriesKey
from harness.records.row import Row
from harness.records.run import Run
from harness.records.vocabulary import Delegate, Runtime, Status
from harness.results.run_folder import open_run

__all__ = ["PastRow", "read_past_rows"]

MOST_EXPORT_BYTES = 200_000_000
_SHOWN = (Status.OK, Status.FALLBACK)
# As `harness run` names its folders.
_TIME_IN_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})T(\d{2})-(\d{2})-(\d{2})")
# What a gate run and a calibration of the gate begin with.
_GATE_HEADS = ("gate.json", "plan.json")


@dataclass(frozen=True, slots=True)
class PastRow:
    """A row's place in a history; `point` is None where it has no latency to show."""

    run: str
    key: SeriesKey
    point: Point | None
    status: Status


@dataclass(frozen=True, slots=True)
class _Latency:
    median: float
    ci_low: float | None
    ci_high: float | None


@dataclass(frozen=True, slots=True)
class _Exported:
    """The part of an exported row that a history needs; its other keys are passed over."""

    model: str
    sha256: str
    device: str
    runtime: Runtime
    runtime_version: str | None
    delegate_requested: Delegate
    delegate_actual: Delegate | None
    threads: int
    status: Status
    launches: int
    latency_ms: _Latency | None
    run: str
    variant: str = ""
    processor: str | None = None
    """None in what older versions exported."""


def read_past_rows(paths: Sequence[Path]) -> tuple[PastRow, ...]:
    """The rows of run folders and of exported JSON files; what is there twice counts once.

    Folders of gate runs, which lie beside those of runs, are passed over.
    Raises RunFolderError for anything else, naming file and key.
    """
    distinct = [path for path in {path.resolve(): path for path in paths}.values() if not _is_gate(path)]
    if not distinct:
        raise RunFolderError(
            f"{paths[0]}: gate runs compare two sides at one time and make no history",
            next_step="name run folders, which harness run makes",
        )
    found = (row for path in distinct for row in (_of_folder(path) if path.is_dir() else _of_export(path)))
    return tuple(dict.fromkeys(found))


def _is_gate(path: Path) -> bool:
    return any((path / head).is_file() for head in _GATE_HEADS) and not (path / "run.json").exists()


def _of_folder(path: Path) -> Iterator[PastRow]:
    folder = open_run(path)
    run = folder.run
    for row in folder.rows():
        point = _point(row, run) if row.latency_ms is not None and row.status in _SHOWN else None
        yield PastRow(run.name, _key(row), point, row.status)


def _point(row: Row, run: Run) -> Point:
    latency = row.latency_ms
    assert latency is not None  # the caller checked
    return Point(
        run=run.name,
        started_at=run.started_at,
        median_ms=latency.median,
        low_ms=latency.ci_low,
        high_ms=latency.ci_high,
        launches=row.launches,
        sha256=row.sha256,
        runtime_version=row.runtime_version,
        commit=run.provenance.git_commit,
        harness_version=run.provenance.harness_version,
    )


def _key(row: Row | _Exported) -> SeriesKey:
    return SeriesKey(
        model=row.model,
        device=row.device,
        hardware=row.processor,
        runtime=row.runtime,
        delegate=row.delegate_requested,
        ran_on=row.delegate_actual,
        threads=row.threads,
        variant=row.variant,
    )


def _of_export(path: Path) -> Iterator[PastRow]:
    for number, row in enumerate(_documents(path)):
        where = f"{path}: row {number + 1}"
        try:
            exported = _EXPORTED.validate_python(row)
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(part) for part in first["loc"])
            raise RunFolderError(f"{where}: {key or 'the row'}: {first['msg']}") from error
        latency = exported.latency_ms
        if latency is not None and not 0 < latency.median < float("inf"):
            raise RunFolderError(f"{where}: latency_ms.median is no latency: {latency.median}")
        shown = latency is not None and exported.status in _SHOWN
        yield PastRow(
            exported.run, _key(exported), _exported_point(exported) if shown else None, exported.status
        )


def _documents(path: Path) -> list[Any]:
    try:
        if path.stat().st_size > MOST_EXPORT_BYTES:
            raise RunFolderError(f"{path}: larger than {MOST_EXPORT_BYTES // 1_000_000} MB")
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise RunFolderError(f"{path}: no run folder or exported rows ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise RunFolderError(
            f"{path}: no valid JSON: {error}", next_step="harness export RUN --out rows.json"
        ) from error
    if not isinstance(document, list):
        raise RunFolderError(
            f"{path}: no list of exported rows", next_step="harness export RUN --out rows.json"
        )
    return document


def _exported_point(row: _Exported) -> Point:
    assert row.latency_ms is not None  # the caller checked
    return Point(
        run=row.run,
        started_at=_time_in(row.run),
        median_ms=row.latency_ms.median,
        low_ms=row.latency_ms.ci_low,
        high_ms=row.latency_ms.ci_high,
        launches=row.launches,
        sha256=row.sha256,
        runtime_version=row.runtime_version,
    )


def _time_in(name: str) -> str | None:
    found = _TIME_IN_NAME.search(name)
    if found is None:
        return None
    try:
        moment = datetime.fromisoformat("{}T{}:{}:{}".format(*found.groups()))
    except ValueError:
        return None
    return moment.replace(tzinfo=timezone.utc).isoformat()


_EXPORTED: TypeAdapter[_Exported] = TypeAdapter(_Exported)
