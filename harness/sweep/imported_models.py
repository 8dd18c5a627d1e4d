"""Which model file a log speaks of: by the name and, where the log states it, the size. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from harness.errors import UsageError, near_matches
from harness.records.model import Model
from harness.records.printable_names import escape_name

__all__ = ["Joined", "Named", "join_models", "same_size"]

_SIX_DIGITS = 5e-6
"""TFLite's tool prints megabytes with six digits."""
_TWO_DECIMALS = 0.0051 * 2**20
"""LiteRT's Python tool prints mebibytes with two decimals."""


@dataclass(frozen=True, slots=True)
class Named:
    """A model as logs speak of it: the name of its file, and its size where one states it."""

    name: str
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Joined:
    """The model file behind each name that logs use, and why the others have none."""

    files: Mapping[str, Model] = field(default_factory=dict)
    by_size: frozenset[str] = frozenset()
    """Names whose log states the size, which is that of the file."""
    left: Mapping[str, str] = field(default_factory=dict)
    """Names without a file, each with the reason."""

    @property
    def summary(self) -> str:
        """How many joined and on what ground, and which did not: one line."""
        by_name = len(self.files) - len(self.by_size)
        grounds = [
            *([f"{len(self.by_size)} by file name and size"] if self.by_size else []),
            *([f"{by_name} by file name alone (the log states no size)"] if by_name else []),
        ]
        of = len(self.files) + len(self.left)
        how = f" ({', '.join(grounds)}; no log states a digest)" if grounds else ""
        left = "".join(f"; not joined: {name}: {why}" for name, why in list(self.left.items())[:5])
        more = f"; and {len(self.left) - 5} more" if len(self.left) > 5 else ""
        return f"{len(self.files)} of {of} model name(s) joined with files{how}{left}{more}"


def join_models(named: Mapping[str, Named], models: Iterable[Model]) -> Joined:
    """A file for each model that logs name, by the words it goes by.

    Raises UsageError where several different files could be meant: which one is for the user to say.
    """
    candidates = list({model.sha256: model for model in models if model.sha256}.values())
    files: dict[str, Model] = {}
    by_size: set[str] = set()
    left: dict[str, str] = {}
    for title, each in named.items():
        same_name = [model for model in candidates if _file_name(model) == each.name.casefold()]
        fitting = [model for model in same_name if _fits(each, model)]
        if len(fitting) > 1:
            paths = ", ".join(escape_name(model.path) for model in fitting)
            raise UsageError(
                f"{title}: {len(fitting)} different files could be meant: {paths}",
                next_step="name the one that was measured with --models FILE",
            )
        if fitting:
            files[title] = fitting[0]
            by_size |= {title} if each.size_bytes else set()
        else:
            left[title] = _why(each, same_name, candidates)
    return Joined(files, frozenset(by_size), left)


def _file_name(model: Model) -> str:
    return escape_name(PurePath(model.path).name).casefold()


def _fits(named: Named, model: Model) -> bool:
    return named.size_bytes is None or same_size(named.size_bytes, model.size_bytes)


def same_size(stated: int, size: int) -> bool:
    """Whether a size as a tool rounded it can be the other one."""
    off = abs(stated - size)
    return off <= max(_SIX_DIGITS * stated, 1) or (off <= _TWO_DECIMALS and _has_two_decimals(stated))


def _has_two_decimals(size: int) -> bool:
    hundredths = 100 * size / 2**20
    return abs(hundredths - round(hundredths)) < 1e-4


def _why(named: Named, same_name: Sequence[Model], models: Sequence[Model]) -> str:
    twins = [model for model in models if named.size_bytes and _fits(named, model)]
    twin = f"; {escape_name(twins[0].path)} has that size" if twins else ""
    if same_name:
        sizes = f"its log states {named.size_bytes:,} bytes, the file has {same_name[0].size_bytes:,}"
        return f"another file of that name ({sizes}{twin})"
    near = near_matches(named.name, [PurePath(model.path).name for model in models])
    hint = twin or (f"; the nearest is {escape_name(near[0])}" if near else "")
    return f"no file of that name{hint}"
