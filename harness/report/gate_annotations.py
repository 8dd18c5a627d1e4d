"""A gate's result as annotations of a GitHub workflow: lines that its runner reads from the log. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from harness.records.gate import CellVerdict, GateResult
from harness.records.gate_failure import GateFailure
from harness.records.vocabulary import Verdict
from harness.report.gate_words import failure_headline, headline

__all__ = ["failure_annotation", "github_annotations"]

# GitHub shows ten of each kind a step.
_MOST = 10
_ORDER = (Verdict.REGRESSION, Verdict.UNFIT, Verdict.INCONCLUSIVE)


def github_annotations(result: GateResult, *, inconclusive: str = "fail") -> tuple[str, ...]:
    """`::error title=…::…` for what fails the build, `::warning` for what does not, `::notice` for a pass.

    docs.github.com/actions/reference/workflow-commands-for-github-actions.
    """
    lines = [
        _command(_level(cell.verdict, result, inconclusive), _title(cell), _message(cell))
        for verdict in _ORDER
        for cell in result.cells
        if cell.verdict is verdict
    ]
    if not lines:
        return (_command("notice", "harness gate", headline(result)),)
    if len(lines) > _MOST:
        more = f"{len(lines) - _MOST + 1} more are in the summary"
        lines = [*lines[: _MOST - 1], _command("warning", "harness gate", more)]
    return tuple(lines)


def failure_annotation(failure: GateFailure) -> str:
    """The line of a gate without a verdict."""
    parts = [failure.message, *([f"next: {failure.next_step}"] if failure.next_step else [])]
    return _command("error", failure_headline(failure), "\n".join(parts))


def _level(verdict: Verdict, result: GateResult, inconclusive: str) -> str:
    if result.advisory is not None:
        return "warning"
    if verdict is Verdict.INCONCLUSIVE and inconclusive != "fail":
        return "warning" if inconclusive == "warn" else "notice"
    return "error"


def _title(cell: CellVerdict) -> str:
    return f"{str(cell.verdict).upper()}: {cell.cell.title}"


def _message(cell: CellVerdict) -> str:
    return "\n".join(_parts(cell))


def _parts(cell: CellVerdict) -> Iterator[str]:
    if cell.reason:
        yield cell.reason
    if cell.next_step:
        yield f"next: {cell.next_step}"


def _command(level: str, title: str, message: str) -> str:
    return f"::{level} title={_property(title)}::{_data(message or title)}"


def _data(text: str) -> str:
    """A line end would begin a new line of the log, which could be a command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
