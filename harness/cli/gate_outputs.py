"""What a gate leaves behind for others to read: files that were asked for, and what a GitHub job picks up."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.errors import UsageError

if TYPE_CHECKING:
    from harness.records.gate import GateResult

__all__ = ["Html", "JUnit", "Outputs", "Summary"]

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
        from harness.report.gate_html import render_gate_html
        from harness.report.gate_junit import render_junit
        from harness.report.gate_markdown import render_gate_markdown

        if self.junit is not None:
            _write(self.junit, render_junit(result, inconclusive=inconclusive))
        if self.summary is not None:
            _write(self.summary, render_gate_markdown(result))
        if self.html is not None:
            _write(self.html, render_gate_html(result))
        step_summary = os.environ.get(_STEP_SUMMARY)
        if step_summary:
            _append(Path(step_summary), render_gate_markdown(result))
        if os.environ.get(_IN_WORKFLOW) == "true":
            _annotate(result, inconclusive)


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


def _annotate(result: GateResult, inconclusive: str) -> None:
    """On standard error: the runner reads both streams, and standard output may be data."""
    from harness.report.gate_annotations import github_annotations

    for line in github_annotations(result, inconclusive=inconclusive):
        typer.echo(_bytes(line), err=True)
