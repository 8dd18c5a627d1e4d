"""Logs of several runs in one file, each behind a line with its number. Pure."""

from __future__ import annotations

import re

__all__ = ["appended", "split_logs"]

_MARK = "# run"


def appended(log: str, *, to: str, number: str) -> str:
    """Shell words that add the file `log` to the file `to`; `number` is its number, and $s its exit code."""
    return f"echo '{_MARK}' {number} exit status $s >>{to}; cat {log} >>{to}"


def split_logs(text: str) -> dict[int, str]:
    """The log of each run by its number."""
    parts = re.split(rf"^{_MARK} (\d{{1,6}}) exit status \d{{1,3}}\r?$", text, flags=re.MULTILINE)
    return {int(number): log for number, log in zip(parts[1::2], parts[2::2], strict=True)}
