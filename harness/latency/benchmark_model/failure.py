"""Why a run measured nothing, with the line of its log that tells. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.latency.benchmark_model.facts import Facts
from harness.latency.benchmark_model.help import Tool
from harness.latency.benchmark_model.lines import Line

__all__ = ["TIMEOUT", "because", "crash", "death", "failure", "first_error", "meaning"]

# Errors that only say that something failed, or what happened next.
_HOLLOW = (
    "Benchmarking failed",
    "Restored original",
    "Falling back to OpenGL",
    "Failed to apply",
    "usage:",
    "Failed to load model",
)
# `Node number 31 (TfLiteGpuDelegateV2) failed to invoke.`
_INVOKE_FAILED = ") failed to invoke"
# How a process ends that did not end by itself: a shell's words, Android's, those of C and C++ libraries.
_DIED = re.compile(
    r"Segmentation fault|SIG(?:SEGV|ABRT|BUS|ILL|FPE|KILL|TERM)\b|Fatal signal|\bAborted\b|"
    r"^(?:\S{1,80}: )*(?:line \d+: +\d+ )?[Kk]illed\b|Terminated$|Bus error|"
    r"Illegal instruction|Trace/(?:BPT|breakpoint) trap|"
    r"Floating point exception|[Ss]tack smashing|terminate called|libc\+\+abi: |std::bad_alloc|"
    r"^(?:free|malloc|realloc|corrupted|double free)\b.{0,40}(?:invalid|corrupt|double)|"
    r"\bhas died\b|^Kill(?:ing)? .{0,120}\d|^ANR in |FATAL EXCEPTION|Out of memory|No space left",
)
# Why it never began: a linker's words, a shell's, those of adb.
_NOT_BEGUN = re.compile(
    r"Exec format error|can't execute|cannot execute|not executable|bad CPU type|No such file or directory$|"
    r"CANNOT LINK EXECUTABLE|UnsatisfiedLinkError|Library not loaded|error while loading shared libraries|"
    r"version `\S{1,40}' not found|Permission denied|inaccessible or not found|not found$|"
    r"(?:adb: )?error: (?:device|closed|protocol|more than one)|device (?:offline|unauthorized)|"
    r"no devices/emulators found|SecurityException"
)
# Tools before 2021 put no level in front of an error.
_OLD_ERROR = re.compile(r"^(?:Failed to |Could not |Unable to |Aborting!)")
# timeout(1) exits 124; a shell reports a signal as 128 and its number.
TIMEOUT = 124
_SIGNAL = 128


def failure(facts: Facts) -> str | None:
    """Why nothing was measured, with the shortest evidence; None where a run reached its end."""
    error = first_error(facts.lines)
    if any("Benchmarking failed" in line.text for line in facts.lines):
        return _told_failure(facts, error)
    if not facts.finished:
        return _unfinished(facts, error)
    invoke = next((line.text for line in facts.lines if _INVOKE_FAILED in line.text), None)
    if invoke is not None:
        return f"an invoke failed: {invoke[:200]}"
    if facts.runs == 0:
        return "zero runs: the tool measured no invoke (dry run or num_runs=0), its average of 0 is no time"
    if facts.contradiction is not None:
        return facts.contradiction
    if facts.exit_status is not None and 0 < facts.exit_status < TIMEOUT:
        return f"the tool ended with exit status {facts.exit_status} although it printed figures" + because(
            error
        )
    return None


def _told_failure(facts: Facts, error: str | None) -> str:
    failed = next(iter(facts.delegation.failed), None)
    if failed is not None:
        return f"the {failed} delegate could not be applied{because(error)}"
    if facts.finished:
        return f"an invoke failed: figures were printed, then 'Benchmarking failed.'{because(error)}"
    return error or "the tool says 'Benchmarking failed.' and nothing of the cause"


def _unfinished(facts: Facts, error: str | None) -> str:
    cause = crash(facts.lines) or error or _old_error(facts.lines)
    if facts.tool is Tool.UNKNOWN:
        return f"the tool was started and printed nothing of its own{because(cause)}"
    status = facts.exit_status
    how = f" (exit status {status}{meaning(status)})" if status else ""
    unfinished = "the run did not finish: the line 'Inference timings in us' is missing"
    return f"{unfinished}{how}{because(cause)}"


def death(lines: Sequence[Line]) -> str | None:
    """The line that says how the process ended."""
    return next((line.text[:160] for line in lines if _DIED.search(line.text)), None)


def crash(lines: Sequence[Line]) -> str | None:
    """The line that says how the process ended, or why it never began."""
    signs = (_DIED, _NOT_BEGUN)
    return next((line.text[:160] for line in lines if any(sign.search(line.text) for sign in signs)), None)


def _old_error(lines: Sequence[Line]) -> str | None:
    return next(
        (line.text[:200] for line in lines if line.level is None and _OLD_ERROR.match(line.text)), None
    )


def meaning(status: int) -> str:
    """What an exit status stands for, to be put behind it."""
    if status == TIMEOUT:
        return ": ended by timeout"
    return f": ended by signal {status - _SIGNAL}" if _SIGNAL < status < _SIGNAL + 65 else ""


def because(evidence: str | None) -> str:
    """Evidence to be put behind a statement."""
    return f": {evidence}" if evidence else ""


def first_error(lines: Sequence[Line]) -> str | None:
    """The first error that names a cause, else the first one."""
    errors = [line.text[:200] for line in lines if line.is_error and line.text]
    telling = [text for text in errors if not text.startswith(_HOLLOW)]
    return next(iter(telling), None) or next(
        (text for text in errors if text.startswith("Failed to load")), None
    )
