"""The tool's log: its INFO and WARN go to standard output, its ERROR and the runtime to standard error."""

from __future__ import annotations

from harness.simulated_phone.shell.context import Context
from harness.simulated_phone.shell.streams import Sink

__all__ = ["Log"]


class Log:
    """Writes lines as the tool does; faults may garble them."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def _write(self, sink: Sink, line: str) -> None:
        self._context.process.check()
        for fault in self._context.phone.faults:
            line = fault.line(line)
        sink.write((line + "\n").encode("utf-8", "surrogateescape"))

    def info(self, text: str) -> None:
        """The tool's own words."""
        self._write(self._context.stdout, f"INFO: {text}")

    def warn(self, text: str) -> None:
        """The tool's own warning."""
        self._write(self._context.stdout, f"WARN: {text}")

    def error(self, text: str) -> None:
        """The tool's own error."""
        self._write(self._context.stderr, f"ERROR: {text}")

    def runtime(self, level: str, text: str) -> None:
        """A line of the runtime: INFO, WARNING, ERROR, VERBOSE."""
        self._write(self._context.stderr, f"{level}: {text}")

    def raw(self, text: str) -> None:
        """A line of standard error without a level."""
        self._write(self._context.stderr, text)

    def blank(self) -> None:
        """An empty line."""
        self._write(self._context.stdout, "")

    def failed(self, *reasons: str) -> int:
        """The end of a benchmark that failed, and the tool's exit code."""
        for reason in reasons:
            self.error(reason)
        self.error("Benchmarking failed.")
        return 1
