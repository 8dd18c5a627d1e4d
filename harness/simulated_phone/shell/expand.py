"""From a word to the arguments it stands for: variables, substitutions, splitting, file name patterns."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Callable

from harness.simulated_phone.files import PhoneFiles, normalise
from harness.simulated_phone.shell.arithmetic import evaluate
from harness.simulated_phone.shell.syntax import Arithmetic, Expansion, Part, Script, Substitution, Text, Word
from harness.simulated_phone.shell.words import SyntaxProblem

__all__ = ["Expander"]

_PATTERN = frozenset("*?[")
_MOST_MATCHES = 10_000

Piece = tuple[str, bool]
"""Text, and whether it was quoted."""


class Expander:
    """Expands words for one shell."""

    def __init__(
        self,
        files: PhoneFiles,
        cwd: Callable[[], str],
        look_up: Callable[[str], str | None],
        assign: Callable[[str, str], None],
        arguments: Callable[[], list[str]],
        substitute: Callable[[Script], str],
    ) -> None:
        self._files = files
        self._cwd = cwd
        self._look_up = look_up
        self._assign = assign
        self._arguments = arguments
        self._substitute = substitute

    def fields(self, words: tuple[Word, ...]) -> list[str]:
        """All arguments of a command."""
        return [text for word in words for field in self._split(word) for text in self._matches(field)]

    def text(self, word: Word) -> str:
        """One argument, neither split nor matched, as in assignments and redirections."""
        return "".join(text for part in word.parts for text, _ in self._pieces(part))

    def _split(self, word: Word) -> list[list[Piece]]:
        """Fields as lists of pieces: unquoted expansions are cut at blanks, quoted `$@` at its arguments."""
        fields: list[list[Piece]] = []
        current: list[Piece] | None = None
        for part in word.parts:
            if isinstance(part, Expansion) and part.name == "@" and part.quoted:
                for index, argument in enumerate(self._arguments()):
                    if index and current is not None:
                        fields.append(current)
                        current = None
                    current = [*(current or []), (argument, True)]
                continue
            for text, quoted in self._pieces(part):
                if quoted or isinstance(part, Text):
                    current = [*(current or []), (text, quoted)]
                    continue
                for chunk in re.findall(r"\s+|\S+", text):
                    if not chunk.isspace():
                        current = [*(current or []), (chunk, False)]
                    elif current is not None:
                        fields.append(current)
                        current = None
        return fields if current is None else [*fields, current]

    def _pieces(self, part: Part) -> list[Piece]:
        if isinstance(part, Text):
            return [(part.text, part.quoted)]
        if isinstance(part, Substitution):
            return [(self._substitute(part.script).rstrip("\n"), part.quoted)]
        if isinstance(part, Arithmetic):
            return [(str(evaluate(self.text(part.expression), self._look_up)), part.quoted)]
        return [(self._expansion(part), part.quoted)]

    def _expansion(self, part: Expansion) -> str:
        value = " ".join(self._arguments()) if part.name in "@*" else self._look_up(part.name)
        operator, present = part.operator, bool(value)
        if operator in (":-", ":=") or (operator == "-" and value is None):
            if present:
                return value or ""
            default = self.text(part.word)
            if operator == ":=":
                self._assign(part.name, default)
            return default
        if operator in (":+", "+"):
            return self.text(part.word) if present else ""
        if operator == "length":
            return str(len(value or ""))
        if operator in ("#", "##", "%", "%%"):
            return _cut(value or "", self.text(part.word), operator)
        if operator not in ("", "-"):
            raise SyntaxProblem(f"${{{part.name}{operator}}} is not understood")
        return value or ""

    def _matches(self, field: list[Piece]) -> list[str]:
        """A field, or the files its pattern matches."""
        text = "".join(piece for piece, _ in field)
        if not any(not quoted and _PATTERN & set(piece) for piece, quoted in field):
            return [text]
        pattern = "".join(re.sub(r"([*?\[])", r"[\1]", piece) if quoted else piece for piece, quoted in field)
        return self._glob(pattern) or [text]

    def _glob(self, pattern: str) -> list[str]:
        absolute = pattern.startswith("/")
        found = ["/" if absolute else ""]
        for part in pattern.strip("/").split("/"):
            found = [match for folder in found for match in self._in_folder(folder, part)][:_MOST_MATCHES]
        return sorted(found)

    def _in_folder(self, folder: str, part: str) -> list[str]:
        place = normalise(folder or ".", self._cwd())
        if not self._files.is_folder(place):
            return []
        names = [name for name in self._files.names(place) if not name.startswith(".") or part[0] == "."]
        return [posixpath.join(folder, name) for name in names if fnmatch.fnmatchcase(name, part)]


def _cut(value: str, pattern: str, operator: str) -> str:
    """`${value#pattern}` and its three relatives."""
    lengths = range(len(value) + 1)
    longest = len(operator) == 2
    for length in reversed(lengths) if longest else lengths:
        if operator[0] == "#" and fnmatch.fnmatchcase(value[:length], pattern):
            return value[length:]
        if operator[0] == "%" and fnmatch.fnmatchcase(value[len(value) - length :], pattern):
            return value[: len(value) - length]
    return value
