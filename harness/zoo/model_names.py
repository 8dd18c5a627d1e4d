"""Names for models given by path: the stem of the file, told apart where two are equal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from harness.records.printable_names import escape_name

__all__ = ["unique_names"]


def unique_names(files: Sequence[tuple[Path, str | None]]) -> list[str]:
    """One name a file, all different: the given one, else the stem, else `stem (folder)`, else with a number.

    Given names are kept. Compared without case, because names become file names.
    """
    stems = [given or _printable_stem(path) for path, given in files]
    equal = Counter(name.casefold() for name in stems)
    taken = {given.casefold() for _, given in files if given is not None}
    names = []
    for (path, given), stem in zip(files, stems, strict=True):
        name = stem
        if given is None:
            if equal[stem.casefold()] > 1:
                name = f"{stem} ({escape_name(path.absolute().parent.name)})"
            name = _numbered(name, taken)
            taken.add(name.casefold())
        names.append(name)
    return names


def _numbered(name: str, taken: set[str]) -> str:
    number, candidate = 2, name
    while candidate.casefold() in taken:
        candidate, number = f"{name} {number}", number + 1
    return candidate


def _printable_stem(path: Path) -> str:
    return escape_name(path.stem) or "model"
