"""Files that people hand in as logs: bytes become text, text becomes runs. Nothing in them is trusted."""

from __future__ import annotations

import codecs
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from harness.errors import UsageError
from harness.latency.benchmark_model.lines import decode_log
from harness.latency.benchmark_model.log import BenchmarkLog
from harness.latency.benchmark_model.parse import parse_logs
from harness.latency.benchmark_model.result_json import looks_like_json, read_results
from harness.records.printable_names import escape_name
from harness.records.vocabulary import Delegate, Status

__all__ = ["ImportedLog", "log_document", "read_logs"]

_MOST_BYTES = 16 * 2**20
"""A log of the tool has some kilobytes, with an op profile some ten; a whole logcat rarely this much."""
_NAME_MOST = 120
_DEFAULT_THREADS = 1
"""What TFLite's runtime takes where nothing is said; on this tool's logs it is as fast as one thread."""
_GZIP = b"\x1f\x8b"
_ARCHIVES = {b"PK\x03\x04": "a ZIP archive", b"\xfd7zXZ": "an xz archive", b"BZh": "a bzip2 archive"}
_LOOKED_AT = 4096
_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class ImportedLog:
    """One run that a file tells of."""

    path: Path
    content: bytes
    log: BenchmarkLog
    run: int = 1
    """Its place among the runs of the file, from 1."""
    runs: int = 1

    @property
    def title(self) -> str:
        """The path as text that can be written anywhere, whatever bytes its name holds."""
        return escape_name(str(self.path))

    @property
    def name(self) -> str:
        """The file's name, as `title` writes it, and which of its runs this is."""
        name = PurePosixPath(self.title).name
        return f"{name}, run {self.run} of {self.runs}" if self.runs > 1 else name

    @property
    def model(self) -> str | None:
        """The name of the model's file, without folder; None where the log names none."""
        graph = (self.log.graph or "").replace("\\", "/").rstrip("/")
        return escape_name(PurePosixPath(graph).name)[:_NAME_MOST] or None

    @property
    def threads(self) -> int:
        """The threads of its trial; those TFLite takes by itself where the log names none."""
        return self.log.threads or _DEFAULT_THREADS

    @property
    def delegate(self) -> Delegate | None:
        """What was asked to compute the graph; None where it is no run."""
        judged = self.log.judgement
        nameless = judged.status is Status.UNSUPPORTED and judged.requested in (None, Delegate.CPU)
        return Delegate.OTHER if nameless or self.log.other_delegate is not None else judged.requested

    @property
    def variant(self) -> str:
        """What else was chosen of the delegate, or the name of one that has no word."""
        if self.delegate is Delegate.OTHER:
            return self.log.other_delegate or "unnamed"
        return self.log.variant


def read_logs(paths: Sequence[Path]) -> tuple[tuple[ImportedLog, ...], tuple[str, ...]]:
    """Every run of every file that can be read, and one sentence for each file that cannot."""
    logs: list[ImportedLog] = []
    problems: list[str] = []
    for path in paths:
        try:
            content = _content(path)
            runs = _runs(path, content)
        except UsageError as error:
            problems.append(str(error))
            continue
        logs += [ImportedLog(path, content, log, number, len(runs)) for number, log in enumerate(runs, 1)]
    return tuple(logs), tuple(problems)


def log_document(imported: ImportedLog) -> dict[str, object]:
    """One run as `--json` prints it. Missing is None, never 0."""
    log, judged = imported.log, imported.log.judgement
    latency = log.latency
    return {
        "log": imported.title,
        "run": imported.run,
        "runs_in_log": imported.runs,
        "model": imported.model,
        "status": judged.status.value,
        "reason": judged.reason,
        "delegate_requested": judged.requested.value if judged.requested else None,
        "delegate_actual": judged.actual.value if judged.actual else None,
        "variant": imported.variant,
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


def _content(path: Path) -> bytes:
    shown = escape_name(str(path))
    try:
        if path.is_dir():
            raise UsageError(f"{shown}: is a folder, not a log")
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{shown}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"{shown}: cannot be read: {error}") from error
    if content.startswith(_GZIP):
        content = _unpacked(shown, content)
    if len(content) > _MOST_BYTES:
        raise UsageError(f"{shown}: larger than {_MOST_BYTES // 2**20} MiB, no log of benchmark_model")
    return content


def _unpacked(shown: str, content: bytes) -> bytes:
    """What a `.gz` holds, as far as a log may be long."""
    try:
        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(content, _MOST_BYTES + 1)
    except zlib.error as error:
        raise UsageError(f"{shown}: is a gzip archive that cannot be unpacked: {error}") from error


def _runs(path: Path, content: bytes) -> tuple[BenchmarkLog, ...]:
    shown = escape_name(str(path))
    archive = next((what for magic, what in _ARCHIVES.items() if content.startswith(magic)), None)
    if archive is not None:
        raise UsageError(f"{shown}: is {archive}, no log", next_step="unpack it and name the log in it")
    text = _text(shown, content)
    if not looks_like_json(text):
        return parse_logs(text)
    try:
        return read_results(text)
    except ValueError as error:
        raise UsageError(
            f"{shown}: is {error}", next_step="name what the tool printed, or what its --result_json wrote"
        ) from None


def _text(shown: str, content: bytes) -> str:
    """UTF-8 or UTF-16, with a mark or, as some tools write it, without."""
    head = content[:_LOOKED_AT]
    if head.startswith(_MARKS):
        return decode_log(content)
    zeros = head.count(0)
    if zeros > len(head) // 3 and max(head[0::2].count(0), head[1::2].count(0)) > 0.9 * zeros:
        return content.decode("utf-16-be" if head[0::2].count(0) > zeros / 2 else "utf-16-le", "replace")
    if zeros > len(head) // 20:
        raise UsageError(f"{shown}: is a binary file, no log", next_step="name what the tool printed")
    return decode_log(content)
