"""Which class a text means: by the exact name, by a name that differs in spelling only, or by index."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from harness.accuracy.label_files import normalised_name
from harness.errors import near_matches

__all__ = ["ClassNames", "is_number"]

_MOST_DIGITS = 9
"""Numbers of more digits are no class indices."""


def is_number(text: str) -> bool:
    """Whether a text is a class index, written in decimal digits."""
    return text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS


class ClassNames(tuple[str, ...]):
    """Class names in the order of the class index, to be looked up. A name may occur twice."""

    def positions(self, text: str) -> tuple[int, ...]:
        """Indices of the classes that the text names; more than one where they share the name.

        What is written exactly like a name is that name; else case, underscores and
        runs of blanks do not count; else a decimal number is an index.
        """
        exact = self._exact.get(text.strip()) or self._alike.get(normalised_name(text))
        if exact is not None:
            return exact
        return (int(text),) if is_number(text) and int(text) < len(self) else ()

    def unknown(self, texts: Iterable[str]) -> str | None:
        """The first text that names no class."""
        return next((text for text in texts if not self.positions(text)), None)

    def shared(self, text: str) -> str | None:
        """Why the text does not say which class is meant, where several have it."""
        found = self.positions(text)
        if len(found) < 2:
            return None
        classes = f"{', '.join(map(str, found[:-1]))} and {found[-1]}"
        return f"its label {text!r} is the name of the classes {classes}"

    def nearest(self, text: str) -> str | None:
        """A question for whoever wrote a text that names no class."""
        near = near_matches(text, self)
        return f"did you mean {', '.join(near)}?" if near else None

    @cached_property
    def _exact(self) -> Mapping[str, tuple[int, ...]]:
        return _grouped([name.strip() for name in self])

    @cached_property
    def _alike(self) -> Mapping[str, tuple[int, ...]]:
        return _grouped([normalised_name(name) for name in self])


def _grouped(keys: Sequence[str]) -> Mapping[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for index, key in enumerate(keys):
        found[key] = (*found.get(key, ()), index)
    return found
