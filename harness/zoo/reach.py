"""How the file of an entry can be had, judged by its addresses alone."""

from __future__ import annotations

from enum import Enum

from harness.zoo.schema import ZooEntry

__all__ = ["Reach", "reach_of"]


class Reach(str, Enum):
    """From near to far."""

    FILE = "file"
    """The entry names a file."""
    WEB = "web"
    """At least one address that a program may fetch, and that nobody has reported dead."""
    BROWSER = "browser"
    """Every address needs a person with a browser."""
    GONE = "gone"
    """The only address no longer answers; a copy at HARNESS_ZOO_MIRROR would do."""

    def __str__(self) -> str:
        return str(self.value)


def reach_of(entry: ZooEntry) -> Reach:
    """The nearest way to the file."""
    if entry.url is None:
        return Reach.FILE
    first = Reach.GONE if entry.gone else Reach.BROWSER if entry.manual else Reach.WEB
    others = [Reach.BROWSER if each.manual else Reach.WEB for each in entry.mirrors]
    ways = {first, *others}
    return next(each for each in Reach if each in ways)
