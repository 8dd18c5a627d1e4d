"""Logs of `benchmark_model` from elsewhere: read, judged, and written as a run folder."""

from __future__ import annotations

import platform
import shlex
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path, PurePosixPath

from harness import __version__
from harness.errors import UsageError
from harness.latency.benchmark_model.lines import decode_log
from harness.latency.benchmark_model.log import BenchmarkLog
from harness.latency.benchmark_model.parse import parse_log
from harness.records.launch import Delegation, Launch
from harness.records.model import Model
from harness.records.run import Provenance, Run, RunOptions
from harness.records.trial import Trial
from harness.records.vocabulary import Budget, Delegate, Job, Runtime
from harness.results.run_folder import RunFolder, create_run

__all__ = ["ImportedLog", "log_document", "read_logs", "write_import"]

_MOST_BYTES = 16 * 2**20
"""A log of the tool has some kilobytes, with an op profile some ten; a whole logcat rarely this much."""
_NAME_MOST = 120
_UNKNOWN_DIGEST = "unknown:"
_DEFAULT_THREADS = 1
"""What TFLite's runtime takes where nothing is said; on this tool's logs it is as fast as one thread."""


@dataclass(frozen=True, slots=True)
class ImportedLog:
    """A log file and what it says."""

    path: Path
    content: bytes
    log: BenchmarkLog

    @property
    def title(self) -> str:
        """The path as text that can be written anywhere, whatever bytes its name holds."""
        return str(self.path).encode("utf-8", errors="replace").decode()

    @property
    def name(self) -> str:
        """The file's name, as `title` writes it."""
        return PurePosixPath(self.title).name

    @property
    def model(self) -> str | None:
        """The name of the model's file, without folder; None where the log names none."""
        graph = (self.log.graph or "").replace("\\", "/").rstrip("/")
        return PurePosixPath(graph).name[:_NAME_MOST] or None

    @property
    def threads(self) -> int:
        """The threads of its trial; those TFLite takes by itself where the log names none."""
        return self.log.threads or _DEFAULT_THREADS


def read_logs(paths: Sequence[Path]) -> tuple[tuple[ImportedLog, ...], tuple[str, ...]]:
    """Every log that can be read, and one sentence for each that cannot."""
    logs: list[ImportedLog] = []
    problems: list[str] = []
    for path in paths:
        try:
            content = _content(path)
        except UsageError as error:
            problems.append(str(error))
            continue
        logs.append(ImportedLog(path, content, parse_log(decode_log(content))))
    return tuple(logs), tuple(problems)


def log_document(imported: ImportedLog) -> dict[str, object]:
    """One log as `--json` prints it. Missing is None, never 0."""
    log, judged = imported.log, imported.log.judgement
    latency = log.latency
    return {
        "log": imported.title,
        "status": judged.status.value,
        "reason": judged.reason,
        "delegate_requested": judged.requested.value if judged.requested else None,
        "delegate_actual": judged.actual.value if judged.actual else None,
        "delegation": judged.delegation.value if judged.delegation else None,
        "delegated_nodes": judged.delegated_nodes,
        "total_nodes": judged.total_nodes,
        "latency_ms": {
            "median": latency.median_ms,
            "mean": latency.mean_ms,
            "min": latency.min_ms,
            "max": latency.max_ms,
            "p5": latency.p5_ms,
            "p95": latency.p95_ms,
        }
        if latency
        else None,
        "runs": log.runs,
        "init_ms": log.init_ms,
        "first_ms": log.first_ms,
        "threads": log.threads,
        "warnings": list(judged.warnings),
    }


def write_import(logs: Sequence[ImportedLog], *, device: str, out: Path) -> RunFolder:
    """A run folder with one launch a log, the raw logs beside it.

    Logs without a model's name make no trial, and one that failed is left out
    where others of its trial ran: nobody knows whether they belong together. A
    notice speaks of each. Raises UsageError where no log makes a trial,
    RunFolderError where the folder cannot be written.
    """
    named = [each for each in logs if each.model is not None and each.log.judgement.requested is not None]
    ran = {_trial(each, device).key for each in named if each.log.latency is not None}
    told = [each for each in named if each.log.latency is not None or _trial(each, device).key not in ran]
    if not told:
        raise UsageError(
            f"none of {len(logs)} log(s) is of benchmark_model and names a model",
            next_step="harness import LOG… --json says what each of them is",
        )
    now = datetime.now(timezone.utc)
    run = _run(told, [each for each in logs if each not in told], device, out.resolve().name, now)
    with create_run(out, run) as folder:
        numbers: Counter[str] = Counter()
        undisturbed = {_trial(each, device).key for each in told if each.log.disturbed is None}
        for number, each in enumerate(told):
            key = _trial(each, device).key
            log = folder.log_path(f"{number}.{each.name}")
            log.write_bytes(each.content)
            launch = _launch(each, device, numbers[key], now, f"{log.parent.name}/{log.name}")
            # Times taken under a profiler count only where there are no others.
            spoiled = each.log.disturbed if key in undisturbed else None
            folder.append_launch(replace(launch, contaminated=spoiled))
            numbers[key] += 1
    return folder


def _content(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise UsageError(f"{path}: is a folder, not a log")
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    if len(content) > _MOST_BYTES:
        raise UsageError(f"{path}: larger than {_MOST_BYTES // 2**20} MiB, no log of benchmark_model")
    return content


def _run(
    told: Sequence[ImportedLog], untold: Sequence[ImportedLog], device: str, name: str, now: datetime
) -> Run:
    trials = tuple(dict.fromkeys(_trial(each, device) for each in told))
    return Run(
        name=name,
        started_at=now.isoformat(timespec="seconds"),
        options=RunOptions(
            models=tuple(dict.fromkeys(trial.model for trial in trials)),
            devices=(device,),
            threads=tuple(dict.fromkeys(trial.threads for trial in trials)),
            delegates=tuple(dict.fromkeys(trial.delegate for trial in trials)),
            runtimes=(Runtime.BENCHMARK_MODEL,),
            jobs=(Job.LATENCY,),
            budget=Budget.NORMAL,
            launches=1,
            dataset=None,
            subset=None,
            seed=0,
        ),
        models=_models(told),
        trials=trials,
        evaluations=(),
        datasets=(),
        provenance=Provenance(
            harness_version=__version__,
            python_version=platform.python_version(),
            host=(("system", platform.platform()), ("node", platform.node())),
            devices=((device, (("source", "imported logs: nothing is known of the device but its name"),)),),
            git_commit=None,
            command=shlex.join(["harness", *sys.argv[1:]]),
        ),
        notices=tuple(_notices(told, untold)),
        imported=True,
    )


def _notices(told: Sequence[ImportedLog], untold: Sequence[ImportedLog]) -> Iterator[str]:
    yield (
        f"Imported from {len(told)} log(s) of benchmark_model: the figures are the tool's own, without"
        " samples and without the state of the device. A model is known by its file's name only, its sha256"
        " is not. Several logs of one trial count as its launches."
    )
    for each in untold:
        yield f"{each.name} is in no trial: {each.log.judgement.reason or 'it names no model'}"
    for each in told:
        if each.log.threads is None:
            yield f"{each.name} names no number of threads: TFLite's own choice, one thread, is assumed."
        yield from (f"{each.name}: {warning}" for warning in each.log.judgement.warnings)


def _models(told: Sequence[ImportedLog]) -> tuple[Model, ...]:
    """One a name. The size is the log's where one of its logs says it."""
    sizes: dict[str, int] = {}
    graphs: dict[str, str] = {}
    for each in told:
        name = str(each.model)
        graphs.setdefault(name, each.log.graph or name)
        sizes[name] = sizes.get(name) or each.log.model_size_bytes or 0
    return tuple(
        Model(name=name, path=graphs[name], sha256=_digest(name), size_bytes=sizes[name]) for name in graphs
    )


def _digest(name: str) -> str:
    """Not a digest, and says so: the log names a file nobody can hash any more."""
    return f"{_UNKNOWN_DIGEST}{name}"


def _trial(imported: ImportedLog, device: str) -> Trial:
    name = str(imported.model)
    requested = imported.log.judgement.requested or Delegate.CPU
    return Trial(name, _digest(name), device, Runtime.BENCHMARK_MODEL, requested, imported.threads)


def _launch(imported: ImportedLog, device: str, index: int, now: datetime, log_name: str) -> Launch:
    log, judged = imported.log, imported.log.judgement
    trial = _trial(imported, device)
    return Launch(
        trial=trial.key,
        index=index,
        round=index,
        started_at=now.isoformat(timespec="milliseconds"),
        status=judged.status,
        reason=judged.reason,
        delegation=Delegation(
            requested=trial.delegate,
            actual=judged.actual,
            delegated_nodes=judged.delegated_nodes,
            total_nodes=judged.total_nodes,
            partitions=judged.partitions,
            evidence=judged.evidence,
        ),
        init_ms=log.init_ms,
        first_ms=log.first_ms,
        peak_memory_bytes=log.peak_memory_bytes,
        threads_requested=trial.threads,
        input_description="the tool's own random input",
        log=log_name,
        reported=log.latency,
    )
