"""What a gate leaves behind for others to read: files that were asked for, and what a GitHub job picks up."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.exit_codes import INTERRUPTED
from harness.errors import HarnessError, UnfitError, UsageError

if TYPE_CHECKING:
    from harness.records.gate import GateResult

__all__ = ["Html", "JUnit", "Outputs", "Summary", "outputs_in"]

# Set by GitHub's runner: docs.github.com/actions/reference/variables-reference.
_STEP_SUMMARY, _IN_WORKFLOW = "GITHUB_STEP_SUMMARY", "GITHUB_ACTIONS"

JUnit = Annotated[Path | None, typer.Option("--junit", metavar="FILE", help="Write JUnit XML.")]
Summary = Annotated[
    Path | None,
    typer.Option("--summary", metavar="FILE", help="Write Markdown. [a GitHub job's summary gets it too]"),
]
Html = Annotated[
    Path | None, typer.Option("--html", metavar="FILE", help="Write a page with every interval.")
]


@dataclass(frozen=True, slots=True)
class Outputs:
    """Files to write; None: not asked for. A missing folder is refused before anything is measured."""

    junit: Path | None
    summary: Path | None
    html: Path | None

    def __post_init__(self) -> None:
        for flag, path in (("--junit", self.junit), ("--summary", self.summary), ("--html", self.html)):
            if path is not None and path.is_dir():
                raise UsageError(f"{flag} {path}: is a folder", next_step=f"{flag} {path}/FILE")
            if path is not None and not path.absolute().parent.is_dir():
                raise UsageError(
                    f"{flag} {path}: there is no folder {path.parent}", next_step=f"mkdir -p {path.parent}"
                )

    def write(self, result: GateResult, *, inconclusive: str) -> None:
        """Write them all; in a GitHub workflow also the job's summary and the annotations."""
        from harness.report.gate_annotations import github_annotations
        from harness.report.gate_html import render_gate_html
        from harness.report.gate_junit import render_junit
        from harness.report.gate_markdown import render_gate_markdown

        self._tell(
            lambda: render_junit(result, inconclusive=inconclusive),
            lambda: render_gate_markdown(result),
            lambda: render_gate_html(result),
            lambda: github_annotations(result, inconclusive=inconclusive),
        )

    @contextmanager
    def also_without_verdict(self) -> Iterator[None]:
        """Whatever ends the block, the files are there: an error says in them what it was."""
        try:
            yield
        except HarnessError as error:
            kind = "unfit" if isinstance(error, UnfitError) else "usage" if error.exit_code == 2 else "failed"
            self._write_failure(kind, error.message, error.next_step, error.exit_code)
            raise
        except KeyboardInterrupt:
            self.write_interrupted("the gate was interrupted", None)
            raise
        except typer.Exit:
            raise
        except Exception as error:
            self._write_failure("failed", f"harness itself failed: {type(error).__name__}: {error}", None, 1)
            raise

    def write_interrupted(self, message: str, next_step: str | None) -> None:
        """What an interrupted run leaves behind."""
        self._write_failure("interrupted", message, next_step, INTERRUPTED)

    def write_usage(self, message: str) -> None:
        """For a command line that could not be read."""
        self._write_failure("usage", message, "harness gate --help", 2)

    def _write_failure(self, kind: str, message: str, next_step: str | None, exit_code: int) -> None:
        from datetime import datetime, timezone

        from harness.records.gate_failure import GateFailure
        from harness.report.gate_annotations import failure_annotation
        from harness.report.gate_html import render_failure_html
        from harness.report.gate_junit import render_failure_junit
        from harness.report.gate_markdown import render_failure_markdown

        failure = GateFailure(
            kind=kind,
            message=message,
            next_step=next_step,
            exit_code=exit_code,
            ended_at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
            command=shlex.join(["harness", *sys.argv[1:]]),
        )
        self._tell(
            lambda: render_failure_junit(failure),
            lambda: render_failure_markdown(failure),
            lambda: render_failure_html(failure),
            lambda: (failure_annotation(failure),),
        )

    def _tell(
        self,
        junit: Callable[[], str],
        markdown: Callable[[], str],
        html: Callable[[], str],
        annotations: Callable[[], tuple[str, ...]],
    ) -> None:
        for path, render in ((self.junit, junit), (self.summary, markdown), (self.html, html)):
            if path is not None:
                _write(path, render())
        step_summary = os.environ.get(_STEP_SUMMARY)
        if step_summary:
            _append(Path(step_summary), markdown())
        if os.environ.get(_IN_WORKFLOW) == "true":
            for line in annotations():
                # The runner reads both streams, and standard output may be data.
                typer.echo(_bytes(line), err=True)


def outputs_in(arguments: list[str]) -> Outputs | None:
    """The outputs asked for by a command line that cannot be read as a whole; None: none."""
    found = {flag: _value_of(flag, arguments) for flag in ("--junit", "--summary", "--html")}
    try:
        return Outputs(*found.values()) if any(found.values()) else None
    except UsageError:
        return None


def _value_of(flag: str, arguments: list[str]) -> Path | None:
    for at, text in enumerate(arguments):
        if text == flag and at + 1 < len(arguments):
            return Path(arguments[at + 1])
        if text.startswith(f"{flag}="):
            return Path(text.partition("=")[2])
    return None


def _write(path: Path, text: str) -> None:
    from harness.results.atomic import write_bytes

    write_bytes(path, _bytes(text))


def _append(path: Path, text: str) -> None:
    """To what other steps said. A summary that cannot be written must not hide the verdict."""
    try:
        with path.open("ab") as file:
            file.write(_bytes(text) + b"\n")
    except OSError as error:
        typer.echo(f"note: {_STEP_SUMMARY} {path} cannot be written: {error.strerror}", err=True)


def _bytes(text: str) -> bytes:
    # Half a surrogate pair, which JSON can hold, is no text.
    return text.encode("utf-8", "replace")
