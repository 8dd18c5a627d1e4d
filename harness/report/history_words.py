"""What a history says in words, for the screen and the page."""

from __future__ import annotations

from harness.records.history import FileChange, History, Point, Series, Suspicion
from harness.report.wording import and_list, count, ms
from harness.stats.steps import FEWEST_VALUES

__all__ = ["ADVICE", "file_sentence", "headline", "looked_at", "next_step", "suspicion_sentence"]

ADVICE = (
    "Advice, not a verdict: stored figures of different days also differ by what the machine did that day."
    " harness gate measures both sides side by side."
)


def headline(history: History) -> str:
    """What was found, and never that nothing was where nothing was looked at."""
    found = sum(len(each.suspected) for each in history.series)
    files = sum(len(each.file_changes) for each in history.series)
    changed = f"; a model's file changed {files} times" if files > 1 else "; a model's file changed"
    return _found(history, found) + (changed if files else "")


def _found(history: History, found: int) -> str:
    if not history.series:
        return "No latencies"
    if not history.looked_at:
        return f"Not enough runs to look for changes ({history.longest} of {FEWEST_VALUES})"
    if found:
        return f"{count(found, 'change')} suspected"
    if history.looked_at < len(history.series):
        return f"No change suspected in the {history.looked_at} of {len(history.series)} series looked at"
    return "No change suspected"


def looked_at(history: History) -> str:
    """`2 of 5 series were long enough to look for changes (16 runs; the longest has 20)`."""
    number, every = history.looked_at, count(len(history.series), "series", "series")
    return (
        f"{number} of {every} long enough to look for changes"
        f" ({FEWEST_VALUES} runs; the longest has {history.longest})"
    )


def file_sentence(series: Series, change: FileChange) -> str:
    """Since which run the file is another one, and the figures seen on either side."""
    before, after = series.points[change.index - 1], series.points[change.index]
    return (
        f"the model's file changed with {_named(after)} ({before.sha256[:12]} to {after.sha256[:12]}):"
        f" {ms(change.before_ms)} ms in {count(change.runs_before, 'run')} before,"
        f" {ms(change.after_ms)} ms in {count(change.runs_after, 'run')} after ({100 * change.change:+.1f} %)"
    )


def suspicion_sentence(series: Series, suspicion: Suspicion) -> str:
    """`5.2 % slower since run … (commit …): 2.01 to 2.12 ms, p = 0.001`, and what else changed there."""
    after = series.points[suspicion.index]
    way = "slower" if suspicion.change > 0 else "faster"
    also = f"; also different there: {and_list(suspicion.also_changed)}" if suspicion.also_changed else ""
    return (
        f"{100 * abs(suspicion.change):.1f} % {way} since {_named(after)}:"
        f" {ms(suspicion.before_ms)} to {ms(suspicion.after_ms)} ms, p = {suspicion.p:.2g}{also}"
    )


def next_step(series: Series, suspicion: Suspicion) -> str:
    """How to find out what it was."""
    before, after = series.points[suspicion.index - 1], series.points[suspicion.index]
    if before.commit and after.commit and before.commit != after.commit:
        return f"git bisect start {after.commit[:12]} {before.commit[:12]}, and harness gate at each step"
    if before.sha256 != after.sha256:
        return "harness gate OLD.tflite NEW.tflite with both files of the model"
    return f"harness gate, with the model as {before.run} and as {after.run} had it"


def _named(point: Point) -> str:
    return f"run {point.run}" + (f" (commit {point.commit[:12]})" if point.commit else "")
