"""The tree of a shell script."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "AndOr",
    "Arithmetic",
    "Command",
    "Conditional",
    "Expansion",
    "ForLoop",
    "Group",
    "Part",
    "Pipeline",
    "Redirection",
    "Script",
    "Simple",
    "Substitution",
    "Text",
    "WhileLoop",
    "Word",
]


@dataclass(frozen=True, slots=True)
class Text:
    """Characters that stand for themselves; quoted ones never split and are no pattern."""

    text: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class Expansion:
    """`$name`, or `${name operator word}` with one of `:- - # ## % %%` or the length `#name`."""

    name: str
    operator: str
    word: Word
    quoted: bool


@dataclass(frozen=True, slots=True)
class Substitution:
    """`$(script)` or the same in backticks."""

    script: Script
    quoted: bool


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`$((expression))`; the word's variables are put in before it is evaluated."""

    expression: Word
    quoted: bool


Part = Text | Expansion | Substitution | Arithmetic


@dataclass(frozen=True, slots=True)
class Word:
    """Parts that were written together."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Redirection:
    """`descriptor operator target`: `<`, `>`, `>>`, `>&`."""

    descriptor: int
    operator: str
    target: Word


@dataclass(frozen=True, slots=True)
class Simple:
    """Assignments, words, redirections."""

    assignments: tuple[tuple[str, Word], ...]
    words: tuple[Word, ...]
    redirections: tuple[Redirection, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """`( script )` in a shell of its own, or `{ script; }`."""

    script: Script
    subshell: bool
    redirections: tuple[Redirection, ...]


@dataclass(frozen=True, slots=True)
class Conditional:
    """`if`, its `elif` branches, its `else`."""

    branches: tuple[tuple[Script, Script], ...]
    otherwise: Script | None
    redirections: tuple[Redirection, ...]


@dataclass(frozen=True, slots=True)
class ForLoop:
    """`for name in words`."""

    name: str
    words: tuple[Word, ...]
    body: Script
    redirections: tuple[Redirection, ...]


@dataclass(frozen=True, slots=True)
class WhileLoop:
    """`while`, or `until` where `wanted` is False."""

    condition: Script
    body: Script
    wanted: bool
    redirections: tuple[Redirection, ...]


Command = Simple | Group | Conditional | ForLoop | WhileLoop


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Commands joined by `|`, perhaps negated by `!`."""

    commands: tuple[Command, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class AndOr:
    """Pipelines joined by `&&` and `||`; the first has the operator ``."""

    pipelines: tuple[tuple[str, Pipeline], ...]
    background: bool


@dataclass(frozen=True, slots=True)
class Script:
    """Commands one after another."""

    items: tuple[AndOr, ...]
