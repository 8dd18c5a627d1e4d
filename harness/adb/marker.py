"""Exit codes through a shell service that has none: an end marker printed by the remote shell. Pure.

The old `shell:` service sends one stream of bytes and then closes it, whether
the command ended or the daemon died. So the remote shell itself prints the exit
code behind a marker nobody can guess; without the marker the connection was
lost. On a PTY (all daemons before Android 7, many after) every line feed comes
as CR LF: the marker's own line shows it, and the output is put right.
"""

from __future__ import annotations

import re
import secrets
import shlex
from dataclasses import dataclass

from harness.adb.connection import ShellResult
from harness.adb.quoting import remote_quote
from harness.errors import UsageError

__all__ = ["RUN_VARIABLE", "Marker", "NotRun", "new_token", "parse_marked", "tagged"]

RUN_VARIABLE = "HARNESS_RUN"
"""Environment variable of every remote process of ours: how they are found when they must be ended."""


def new_token() -> str:
    """32 hexadecimal digits nobody can guess."""
    return secrets.token_hex(16)


def tagged(command: str, token: str) -> str:
    """The command in a shell of its own whose processes all carry the token, with empty standard input."""
    return f"{RUN_VARIABLE}={token} sh -c {quote_script(command)} </dev/null"


def quote_script(script: str) -> str:
    """A script as one shell word; it may have several lines, unlike a name. Raises UsageError for a NUL."""
    if "\0" in script:
        raise UsageError("a command with a NUL character cannot be given to a phone's shell")
    return shlex.quote(script)


@dataclass(frozen=True, slots=True)
class Marker:
    """One command's marker, and where its standard error is kept meanwhile."""

    token: str
    scratch: str | None
    """A folder on the phone one can write to; None: both streams come as one."""

    @property
    def error_file(self) -> str | None:
        """Where the remote shell keeps standard error until the command has ended."""
        return None if self.scratch is None else f"{self.scratch}/.harness-{self.token}.err"

    @property
    def scratch_files(self) -> tuple[str, ...]:
        """What the command leaves on the phone where its shell is ended before it has."""
        return () if self.error_file is None else (self.error_file,)

    def wrap(self, command: str) -> str:
        """The command line to send: the command, then its exit code and its standard error."""
        code, end = f"s=$?; echo; echo {self.token}-out:$s", f"echo; echo {self.token}-end"
        if self.error_file is None:
            return f"{command} 2>&1; {code}; {end}:0"
        file = remote_quote(self.error_file)
        kept = f"cat {file}; rm -f {file}; {end}:0"
        return f"{command} 2>{file}; {code}; if [ -f {file} ]; then {kept}; else {end}:1; fi"


class NotRun(Exception):
    """The remote shell could not keep standard error apart, so it did not run the command at all."""


def parse_marked(output: bytes, marker: Marker) -> ShellResult | None:
    """What the remote shell said, or None where a marker is missing. Raises NotRun."""
    token = marker.token.encode("ascii")
    out = re.search(rb"\r*\n" + token + rb"-out:(\d{1,3})(\r*)\n", output)
    if out is None:
        return None
    # One line feed may be both the end of the first marker's line and the start of the last one's.
    end = re.compile(rb"\r*\n" + token + rb"-end:([01])\r*\n").search(output, out.end() - 1)
    if end is None:
        return None
    if end.group(1) == b"1":
        raise NotRun
    through_pty = bool(out.group(2))
    return ShellResult(
        exit_code=int(out.group(1)),
        stdout=_text(output[: out.start()], through_pty=through_pty),
        stderr=_text(output[out.end() : max(out.end(), end.start())], through_pty=through_pty),
        stderr_separate=marker.error_file is not None,
    )


def _text(data: bytes, *, through_pty: bool) -> str:
    plain = re.sub(rb"\r+\n", b"\n", data) if through_pty else data
    return plain.decode("utf-8", "replace")
