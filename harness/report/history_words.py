"""What a history says in words, for the screen and the page."""

from __future__ import annotations

from harness.records.history import Point, Series, Suspicion
from harness.report.wording import and_list, ms

__all__ = ["ADVICE", "next_step", "suspicion_sentence"]

ADVICE = (
    "Advice, not a verdict: stored figures of different days also differ by what the machine did that day."
    " harness gate measures both sides side by side."
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
