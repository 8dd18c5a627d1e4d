"""A raw log as clean lines: decoded, without terminal codes and without what loggers put in front. Pure."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

__all__ = ["Line", "clean_lines", "decode_log", "plain_lines"]

_LINE_MOST = 4000
"""Characters of a line that are looked at; the longest real one (a flag's help) has about 700."""

# ECMA-48 control sequences (colours, cursor) and operating system commands (window titles).
_TERMINAL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[@-Z\\^_]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff]")
_LINE_END = re.compile(r"[\r\n]+")

_LEVELS = "INFO|WARNING|WARN|ERROR|FATAL|VERBOSE|DEBUG"
_DAY = r"(?:\d{4}-)?\d\d-\d\d \d\d:\d\d:\d\d\.\d{3,9}"
_PREFIXES = tuple(
    re.compile(pattern)
    for pattern in (
        # logcat -v threadtime, with or without year and uid: `11-23 04:58:04.123  812  812 I tflite  : `
        rf"{_DAY}\s+(?:\w+\s+)?\d+\s+\d+\s[VDIWEFA]\s[^:]{{0,60}}:\s?",
        # logcat -v time and -v brief: `11-23 04:58:04.123 I/tflite  (  812): `
        rf"(?:{_DAY}\s)?[VDIWEFA]/[^(:]{{0,60}}\(\s*\d+\):\s?",
        # logcat -v tag: `I/tflite  : `
        r"[VDIWEFA]/[\w. -]{1,60}:\s?",
        # Android Studio, old and new: `… 812-812/org.x I/tflite: `, `… 812-812  tflite  org.x  I  `
        rf"{_DAY}\s+\d+-\d+/\S{{1,120}}\s[VDIWEFA]/[^:]{{0,60}}:\s?",
        rf"{_DAY}\s+\d+-\d+\s+\S{{1,60}}\s+\S{{1,120}}\s+[VDIWEFA]\s{{1,2}}",
        # NSLog and syslog, as the iOS benchmark app's console shows them
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.\d+-]{0,16}\s\S{1,80}\[\d+:[0-9a-fx]+\]\s",
        r"[A-Z][a-z]{2}\s+\d{1,2}\s\d\d:\d\d:\d\d\s\S{1,80}\s\S{1,80}\[\d+\](?:\s<\w+>)?:\s",
        # glog and absl: `I0000 00:00:1795409176.271680   22724 file.cc:86] `
        r"[IWEF]\d{4} [\d:.]+\s+\d+ [\w./-]{1,120}:\d+\]\s?",
        # TensorFlow's own logger: `2018-09-10 13:35:11.172809: I tensorflow/…/benchmark_model.cc:361] `
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: [IWEF] [\w./-]{1,160}:\d+\]\s?",
        # Python's logging: `2026-11-23 04:58:04 INFO benchmark_litert_model: `
        rf"\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d(?:,\d+)? (?:{_LEVELS}) [\w.]{{1,80}}: ",
        # A time stamp of a build server
        r"\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?\]?:?\s+",
        r"\[?\d\d:\d\d:\d\d(?:[.,]\d{1,9})?\]?\s+",
    )
)
_LEVEL = re.compile(rf"({_LEVELS}): ?")
_SOURCE = re.compile(r"\[[\w./-]{1,120}\.(?:cc|h|cpp|mm):\d+\]\s?")
_STARTS = frozenset("0123456789[VDIWEFAJMSON")


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its prefix; `level` is the word the tool or the runtime put in front."""

    text: str
    level: str | None = None

    @property
    def is_error(self) -> bool:
        """Whether the tool or the runtime called it an error."""
        return self.level in ("ERROR", "FATAL")


def decode_log(content: bytes) -> str:
    """Bytes as text, whatever they are: UTF-8, or UTF-16 where a mark says so (PowerShell's `>`)."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")
    return content.decode("utf-8", errors="replace")


def plain_lines(text: str) -> tuple[str, ...]:
    """The lines that hold something, without terminal codes, NULs and line ends of any kind."""
    bare = _CONTROL.sub("", _LINE_END.sub("\n", _TERMINAL.sub("", text)))
    return tuple(line[:_LINE_MOST] for line in bare.split("\n") if line.strip())


def clean_lines(text: str) -> tuple[Line, ...]:
    """The lines of a log, what loggers put in front taken away. Never raises; linear in the text."""
    return tuple(_clean(line.strip()) for line in plain_lines(text))


def _clean(text: str) -> Line:
    """The level is the innermost one: a logger may put its own in front of the tool's."""
    text, level = _without_logger(text), None
    while (found := _LEVEL.match(text)) is not None:
        level, text = found.group(1), text[found.end() :]
    source = _SOURCE.match(text)
    return Line(text[source.end() if source else 0 :].strip(), level)


def _without_logger(text: str) -> str:
    if not text or text[0] not in _STARTS:
        return text
    for pattern in _PREFIXES:
        found = pattern.match(text)
        if found is not None:
            return text[found.end() :].lstrip()
    return text
