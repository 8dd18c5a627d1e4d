"""`baseline.json`: made from a run, read again, and its models found by digest."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from harness.errors import ModelError, RunFolderError, UsageError, ZooError
from harness.records.baseline import AdviceOnly, Baseline, BaselineModel, Rerunnable, StoredFigures
from harness.records.row import Row
from harness.records.run import Run
from harness.records.vocabulary import Status
from harness.results.atomic import write_bytes
from harness.results.codec import decode, encode
from harness.zoo.fetch.cache import Cache, digest_of
from harness.zoo.flatbuffer import printable
from harness.zoo.inspect import shown
from harness.zoo.locate import Locate
from harness.zoo.registry import Zoo
from harness.zoo.resolve import resolve_models

__all__ = ["find_baseline", "keep_models", "make_baseline", "read_baseline", "write_baseline"]

_MEASURED = (Status.OK, Status.FALLBACK)
_MOST_BYTES = 50_000_000


def make_baseline(run: Run, rows: Sequence[Row], *, folder: Path) -> Baseline:
    """The models of a run that were measured, with their figures. Paths are relative to `folder`.

    Raises UsageError for a run in which nothing was measured, or that was imported.
    """
    if run.imported:
        raise UsageError(
            f"{run.name} was imported: it names models, but holds no digests to find them by",
            next_step="measure with harness run, and save that",
        )
    models = tuple(_models(run, rows, folder))
    if not models:
        raise UsageError(
            f"nothing in {run.name} was measured, so there is nothing to save",
            next_step=f"harness report {run.name} says why",
        )
    provenance = run.provenance
    return Baseline(run.name, run.started_at, provenance.harness_version, provenance.git_commit, models)


def _models(run: Run, rows: Sequence[Row], folder: Path) -> Iterator[BaselineModel]:
    for model in run.models:
        own = [row for row in rows if row.sha256 == model.sha256 and row.status in _MEASURED]
        if own and model.sha256:
            figures = tuple(_figures(row) for row in own)
            yield BaselineModel(
                model.name, model.sha256, model.size_bytes, _portable(model.path, folder), figures
            )


def _figures(row: Row) -> StoredFigures:
    latency = row.latency_ms
    return StoredFigures(
        device=row.device,
        runtime=row.runtime,
        runtime_version=row.runtime_version,
        delegate=row.delegate_requested,
        threads=row.threads,
        launches=row.launches,
        latency_ms=latency.median if latency else None,
        latency_low_ms=latency.ci_low if latency else None,
        latency_high_ms=latency.ci_high if latency else None,
        init_ms=row.init_ms,
        first_ms=row.first_ms,
        peak_memory_mb=row.peak_memory_mb,
        top1=row.top1,
        top5=row.top5,
        images=row.images,
        dataset=row.dataset,
    )


def _portable(path: str, folder: Path) -> str:
    """Relative where the file lies below the folder: another checkout has it at the same place."""
    try:
        return Path(path).resolve().relative_to(folder.resolve()).as_posix()
    except ValueError:
        return path


def keep_models(baseline: Baseline, cache: Cache, *, folder: Path) -> tuple[str, ...]:
    """Copy each file into the cache, so that it stays when its path gets a new model.

    Returns the names of models whose file is not the measured one any more.
    """
    missing = []
    for each in baseline.models:
        if cache.find(each.sha256) is not None:
            continue
        source = folder / each.path
        if not _is_file(source, each.sha256):
            missing.append(each.name)
            continue
        with cache.locked(each.sha256):
            part = cache.part(f"baseline:{each.sha256}")
            shutil.copyfile(source, part)
            cache.keep(part, each.sha256)
    return tuple(missing)


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Write it whole or not at all. Raises RunFolderError."""
    write_bytes(path, encode(baseline) + b"\n")


def read_baseline(path: Path) -> Baseline:
    """Raises RunFolderError for a file that is none, naming what is wrong with it."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise RunFolderError(f"{path}: larger than {_MOST_BYTES // 1_000_000} MB: no baseline")
        content = path.read_bytes()
    except OSError as error:
        raise RunFolderError(
            f"{path}: no baseline can be read: {error.strerror}",
            next_step=f"make one: harness baseline save RUN -o {path}",
        ) from error
    return decode(Baseline, content, where=str(path))


def find_baseline(
    baseline: Baseline, zoo: Zoo, cache: Cache, *, folder: Path, locate: Locate
) -> tuple[Rerunnable | AdviceOnly, ...]:
    """Each model's file, looked for at its path, in the cache and in the zoo, where `locate` may fetch it."""
    return tuple(_find(each, zoo, cache, folder, locate) for each in baseline.models)


def _find(
    wanted: BaselineModel, zoo: Zoo, cache: Cache, folder: Path, locate: Locate
) -> Rerunnable | AdviceOnly:
    at_path = folder / wanted.path
    if _is_file(at_path, wanted.sha256):
        return _rerunnable(wanted, at_path, zoo, "path")
    cached = cache.find(wanted.sha256) if _is_digest(wanted.sha256) else None
    if cached is not None:
        return _rerunnable(wanted, cached, zoo, "cache")
    there = shown(Path(wanted.path))
    seen = f"{there} is another file now" if _is_there(at_path) else f"there is no {there}"
    item = zoo.by_sha256(wanted.sha256)
    if item is None:
        return AdviceOnly(
            wanted, f"{seen}, and neither the cache nor the zoo has sha256 {printable(wanted.sha256[:12])}…"
        )
    try:
        found = locate(item)
    except (ModelError, ZooError):
        name = item.entry.name
        return AdviceOnly(wanted, f"{seen}, and {name} cannot be fetched (harness zoo fetch {name} says why)")
    if not _is_file(found, wanted.sha256):
        return AdviceOnly(wanted, f"{seen}, and the zoo's file is not the one it describes")
    return _rerunnable(wanted, found, zoo, "zoo")


def _rerunnable(wanted: BaselineModel, path: Path, zoo: Zoo, found_in: str) -> Rerunnable | AdviceOnly:
    [model] = resolve_models([str(path)], zoo)
    if model.problem is not None:
        return AdviceOnly(wanted, model.problem)
    # A file of the cache is called by its digest.
    return Rerunnable(wanted, replace(model, name=printable(wanted.name)), found_in)


def _is_file(path: Path, sha256: str) -> bool:
    return _is_there(path) and digest_of(path) == sha256


def _is_there(path: Path) -> bool:
    try:
        return path.is_file() and os.access(path, os.R_OK)
    except (OSError, ValueError):  # a name too long, or with a NUL: no file has it
        return False


def _is_digest(text: str) -> bool:
    return len(text) == 64 and all(each in "0123456789abcdef" for each in text)
