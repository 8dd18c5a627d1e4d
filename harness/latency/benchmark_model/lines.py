"""A raw log as clean lines: decoded, without terminal codes and without what loggers put in front. Pure."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

__all__ = ["Line", "clean_lines", "decode_log", "plain_lines"]

_LINE_MOST = 4000
"""Characters of a line that are looked at; the longest real one (a flag's help) has about 700."""

# ECMA-48 control sequences (colours, cursor) and operating system commands (window titles).
_TERMINAL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[@-Z\\^_]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff]")
_CAUSE = "└"
"""LiteRT writes the cause of an error below it."""
_LINE_END = re.compile(r"[\r\n]+")

_LEVELS = "INFO|WARNING|WARN|ERROR|FATAL|VERBOSE|DEBUG"
_DOUBTS = "WARNING|WARN|ERROR|FATAL"
_DAY = r"(?:\d{4}-)?\d\d-\d\d \d\d:\d\d:\d\d\.\d{3,9}"
_CLOCK = r"\d\d:\d\d:\d\d\.\d{3,9}"
_PREFIXES = tuple(
    re.compile(pattern)
    for pattern in (
        # logcat -v threadtime, with or without year and uid: `11-23 04:58:04.123  812  812 I tflite  : `
        rf"{_DAY}\s+(?:\w+\s+)?(?P<pid>\d+)\s+\d+\s[VDIWEFA]\s[^:]{{0,60}}:\s?",
        # logcat -v epoch: the same after seconds since 1970
        r"\s*\d{9,11}\.\d{3,9}\s+(?:\w+\s+)?(?P<pid>\d+)\s+\d+\s[VDIWEFA]\s[^:]{0,60}:\s?",
        # logcat -v time and -v brief: `11-23 04:58:04.123 I/tflite  (  812): `
        rf"(?:{_DAY}\s)?[VDIWEFA]/[^(:]{{0,60}}\(\s*(?P<pid>\d+)\):\s?",
        # logcat -v thread and -v process: `I(  812:  830) `, `I(  812) `; the latter puts the tag last
        r"[VDIWEFA]\(\s*(?P<pid>\d+):\s*\d+\)\s",
        r"[VDIWEFA]\(\s*(?P<pid>\d+)\)(?P<tag_last>)\s",
        # logcat -v tag: `I/tflite  : `
        r"[VDIWEFA]/[\w. -]{1,60}:\s?",
        # Android Studio, old and new: `… 812-812/org.x I/tflite: `, `… 812-812  tflite  org.x  I  `
        rf"{_DAY}\s+(?P<pid>\d+)-\d+/\S{{1,120}}\s[VDIWEFA]/[^:]{{0,60}}:\s?",
        rf"{_DAY}\s+(?P<pid>\d+)-\d+\s+\S{{1,60}}\s+\S{{1,120}}\s+[VDIWEFA]\s{{1,2}}",
        # Android Studio, compact, with and without the process: `04:58:04.123 812-812 tflite  I  `
        rf"{_CLOCK}\s+(?:(?P<pid>\d+)-\d+\s+)?\S{{1,60}}\s+(?:\S{{1,120}}\s+)?[VDIWEFA]\s{{1,2}}",
        # A logcat view that leaves the process out: `05-31 10:38:42.100 I tflite        : `
        rf"{_DAY}\s+[VDIWEFA]\s[^:]{{0,60}}:\s?",
        # NSLog, syslog and idevicesyslog, as the iOS benchmark app's console shows them
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.\d+-]{0,16}\s\S{1,80}\[(?P<pid>\d+):[0-9a-fx]+\]\s",
        r"[A-Z][a-z]{2}\s+\d{1,2}\s\d\d:\d\d:\d\d(?:\.\d{1,9})?\s(?:\S{1,80}\s)?\S{1,80}"
        r"\[(?P<pid>\d+)\](?:\s<\w+>)?:\s",
        # glog and absl: `I0000 00:00:1795409176.271680   22724 file.cc:86] `
        r"[IWEF]\d{4} [\d:.]+\s+\d+ [\w./-]{1,120}:\d+\]\s?",
        # TensorFlow's own logger: `2018-09-10 13:35:11.172809: I tensorflow/…/benchmark_model.cc:361] `
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: [IWEF] [\w./-]{1,160}:\d+\]\s?",
        # Python's logging: `2026-11-23 04:58:04 INFO benchmark_litert_model: `
        rf"\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d(?:,\d+)? (?:(?P<level>{_DOUBTS})|INFO|DEBUG) [\w.]{{1,80}}: ",
        # A time stamp of a build server
        r"\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?\]?:?\s+",
        r"\[?\d\d:\d\d:\d\d(?:[.,]\d{1,9})?\]?\s+",
    )
)
_TAG_LAST = re.compile(r"\s{2}\([^()]{1,60}\)$")
# logcat -v long: `[ 05-31 10:38:42.100 22206:22206 I/tflite   ]` on a line of its own before the text.
_LONG = re.compile(rf"\[ {_DAY}\s+(?:\S+\s*:\s*)?(?P<pid>\d+):\s*\d+ [VDIWEFA]/.{{0,60}}\]$")
# What the tool itself says on a line of its own: what stands before it is a logger's.
_OWN_WORDS = re.compile(
    r"STARTING!$|(?:Log parameter values verbosely|Min num runs|Num threads|Graph): \[|"
    r"(?:Inference|Average inference) timings in us: |Initialized session in \d|"
    r"Running benchmark for at least \d|The input model file size \(MB\): |Loaded model \S|"
    r"Created TensorFlow Lite |Creating LiteRT environment|Loading model from: |Inference \(avg\): "
)
# Parts of a learnt prefix: what varies from line to line becomes a class of its own kind.
_PIECES = re.compile(
    rf"(?P<number>\d+)|(?P<level>\b(?:{_LEVELS}|[VDIWEF])\b)|"
    + r"(?P<word>[A-Za-z_$][\w$]*)|(?P<blank>\s+)|(?P<other>.)"
)
_PREFIX_MOST = 160
_LEARNT_MOST = 8
_LEVEL = re.compile(rf"({_LEVELS}): ?")
_OWN_PREFIX = re.compile(rf"(?:(?:{_LEVELS}): ?)?(?:\[[\w./-]{{1,120}}\.(?:cc|h|cpp|mm):\d+\]\s?)?$")
_SOURCE = re.compile(r"\[[\w./-]{1,120}\.(?:cc|h|cpp|mm):\d+\]\s?")
_STARTS = frozenset("0123456789[VDIWEFAJMSON")


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its prefix; `level` is the word the tool or the runtime put in front."""

    text: str
    level: str | None = None
    process: str | None = field(default=None, compare=False)
    """Which process wrote it, where a logger says so."""

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
    """The lines of a log, what loggers put in front taken away. Never raises; linear in the text.

    A logger nobody foresaw is learnt from the tool's own lines: what stands before
    words that only the tool prints, and stands before other lines in the same shape.
    """
    raw = _merged(plain_lines(text))
    learnt = _learnt_prefixes([line for line, _ in raw])
    return tuple(_continued(_clean(line, process, learnt) for line, process in raw))


def _continued(lines: Iterable[Line]) -> Iterator[Line]:
    """Lines made one with those they go on in: after a backslash, and where LiteRT writes a cause below."""
    held: Line | None = None
    for line in lines:
        if held is None:
            held = line
        elif _goes_on(held.text) or line.text.startswith(_CAUSE):
            begun = held.text[:-1].rstrip() if _goes_on(held.text) else held.text
            held = replace(held, text=f"{begun} {line.text}"[:_LINE_MOST])
        else:
            yield held
            held = line
    if held is not None:
        yield held


def _goes_on(text: str) -> bool:
    """Whether a shell reads on in the next line; `^` and a backtick are Windows' and may be anything else."""
    return text.endswith("\\") or (text.endswith((" ^", " `")) and "benchmark" in text)


def _merged(lines: tuple[str, ...]) -> list[tuple[str, str | None]]:
    """Each line with the process a heading of `logcat -v long` before it names; the headings go."""
    merged: list[tuple[str, str | None]] = []
    process: str | None = None
    for line in lines:
        stripped = line.strip()
        heading = _LONG.match(stripped) if stripped.startswith("[ ") else None
        if heading is not None:
            process = heading["pid"]
        else:
            merged.append((stripped, process))
    return merged


def _learnt_prefixes(lines: list[str]) -> tuple[re.Pattern[str], ...]:
    """Shapes of what stands before the tool's own words, where no known logger explains it."""
    shapes: dict[str, None] = {}
    for line in lines:
        found = _OWN_WORDS.search(line, 0, _PREFIX_MOST + 80)
        if found is None or not 0 < found.start() <= _PREFIX_MOST or len(shapes) >= _LEARNT_MOST:
            continue
        rest, _ = _without_logger(line, ())
        own = _OWN_WORDS.search(rest)
        before = rest[: own.start()] if own is not None else ""
        if _SOURCE.sub("", _LEVEL.sub("", before)).strip():
            shapes.setdefault(_shape(_before_level(line[: found.start()])))
    return tuple(re.compile(shape) for shape in shapes if shape)


def _before_level(prefix: str) -> str:
    """Without what the tool itself puts in front of its words: a level, and a place in its source."""
    return _OWN_PREFIX.sub("", prefix)


def _shape(prefix: str) -> str:
    """A pattern for prefixes of the same kind: other numbers, levels, words and blanks, the same signs.

    One without a number keeps its words: any `word: ` would else be taken for it.
    """
    classes = {"number": r"\d+", "blank": r"\s+", "level": rf"(?:{_LEVELS}|[VDIWEF])"}
    if re.search(r"\d", prefix):
        classes["word"] = r"[A-Za-z_$][\w$]*"
    pieces = [classes.get(str(found.lastgroup), re.escape(found[0])) for found in _PIECES.finditer(prefix)]
    return "".join(pieces)


def _clean(text: str, process: str | None, learnt: tuple[re.Pattern[str], ...]) -> Line:
    """The level is the innermost one: a logger may put its own in front of the tool's."""
    text, named = _without_logger(text, learnt)
    level = named.get("level")
    while (found := _LEVEL.match(text)) is not None:
        level, text = found.group(1), text[found.end() :]
    source = _SOURCE.match(text)
    return Line(text[source.end() if source else 0 :].strip(), level, named.get("pid") or process)


def _without_logger(text: str, learnt: tuple[re.Pattern[str], ...]) -> tuple[str, dict[str, str | None]]:
    """The text without what a logger put in front, and what it named: `pid`, `level`."""
    for pattern in learnt:
        found = pattern.match(text)
        if found is not None:
            return _without_logger(text[found.end() :].lstrip(), ())[0], {"pid": _process(found[0])}
    if not text or text[0] not in _STARTS:
        return text, {}
    for pattern in _PREFIXES:
        found = pattern.match(text)
        if found is not None:
            text, named = text[found.end() :].lstrip(), found.groupdict()
            return _TAG_LAST.sub("", text) if "tag_last" in named else text, named
    return text, {}


def _process(prefix: str) -> str | None:
    """The process in a learnt prefix: in brackets as syslog writes it, else a named container."""
    found = re.search(r"[\[(]\s*(\d+)[\])]", prefix) or re.match(r"(\S+)\s*\|", prefix)
    return found[1] if found else None
