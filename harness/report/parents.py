"""What a model lost, or won, against the one it was made from."""

from __future__ import annotations

from harness.report.content import AgainstParent

__all__ = ["parent_sentence"]


def parent_sentence(found: AgainstParent) -> str:
    """One sentence with the difference in points, its 95 % interval, and McNemar's exact p."""
    paired = found.top1
    points = (
        f"{100 * paired.difference:+.1f} points of Top-1 [{100 * paired.low:+.1f}, {100 * paired.high:+.1f}]"
    )
    named = "" if found.by_digest else " (known as its parent by name only)"
    verdict = "" if paired.tells_apart else "; the images cannot tell the two apart"
    return (
        f"{found.model} against {found.parent}{named} ({found.where}, {found.images} images): {points},"
        f" McNemar p = {paired.p:.2g} ({paired.only_a} images won, {paired.only_b} lost){verdict}."
    )
