"""Names and arguments on their way into the phone's shell."""

from __future__ import annotations

import re
import shlex

from harness.errors import UsageError

__all__ = ["check_remote_path", "remote_command", "remote_quote"]

_MOST_PATH_BYTES = 1000
"""adb's sync service refuses paths of more than 1024 bytes; a little room for temporary names."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def remote_quote(text: str) -> str:
    """One shell word that means exactly `text`. Raises UsageError for control characters.

    A line feed in a word is legal for the shell, but no PTY in between passes
    it unchanged, so no name with one is let through.
    """
    if _CONTROL.search(text):
        raise UsageError(f"{text!r} has control characters and cannot be given to a phone's shell")
    return shlex.quote(text)


def remote_command(*words: str) -> str:
    """A command line from words that are each meant literally."""
    return " ".join(remote_quote(word) for word in words)


def check_remote_path(path: str) -> str:
    """An absolute path on the phone as it may be used. Raises UsageError for any other."""
    if not path.startswith("/"):
        raise UsageError(f"{path!r} is not an absolute path on the phone")
    if ".." in path.split("/"):
        raise UsageError(f"{path!r} leads upwards (..)")
    if len(path.encode("utf-8", "surrogateescape")) > _MOST_PATH_BYTES:
        raise UsageError(f"{path[:40]!r}… is longer than {_MOST_PATH_BYTES} bytes")
    remote_quote(path)
    return path
