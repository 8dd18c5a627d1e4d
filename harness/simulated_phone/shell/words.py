"""Reading words: quotes, `$` and its relatives."""

from __future__ import annotations

import re
from collections.abc import Callable

from harness.simulated_phone.shell.syntax import Arithmetic, Expansion, Part, Script, Substitution, Text, Word

__all__ = ["SyntaxProblem", "WordReader"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SPECIAL = "?$!#@*0123456789"
_OPERATORS = re.compile(r"(:-|:=|:\+|##|%%|-|\+|#|%)")
_ENDS = " \t\n;&|<>()"


class SyntaxProblem(Exception):
    """A script this shell cannot read."""


class WordReader:
    """A position in a script, and the word that starts there."""

    def __init__(self, text: str, parse: Callable[[str], Script]) -> None:
        self.text = text
        self.at = 0
        self._parse = parse

    def peek(self, count: int = 1) -> str:
        """The next characters, fewer at the end."""
        return self.text[self.at : self.at + count]

    def word(self, ends: str = _ENDS) -> Word:
        """The word here. Raises SyntaxProblem for an open quote."""
        parts: list[Part] = []
        while self.at < len(self.text) and self.peek() not in ends:
            parts.extend(self._unquoted())
        return Word(tuple(parts))

    def _unquoted(self) -> list[Part]:
        character = self.peek()
        if character == "'":
            return [Text(self._until("'"), quoted=True)]
        if character == '"':
            return self._double()
        if character == "\\":
            self.at += 2
            escaped = self.text[self.at - 1 : self.at]
            return [] if escaped == "\n" else [Text(escaped, quoted=True)]
        if character in "$`":
            return [self._dollar(quoted=False)]
        self.at += 1
        return [Text(character, quoted=False)]

    def _until(self, end: str) -> str:
        close = self.text.find(end, self.at + 1)
        if close < 0:
            raise SyntaxProblem(f"no closing {end}")
        inner = self.text[self.at + 1 : close]
        self.at = close + 1
        return inner

    def _double(self) -> list[Part]:
        self.at += 1
        parts: list[Part] = [Text("", quoted=True)]
        while self.peek() != '"':
            if self.at >= len(self.text):
                raise SyntaxProblem('no closing "')
            if self.peek() == "\\" and self.peek(2)[1:] in ('"', "\\", "$", "`", "\n"):
                self.at += 2
                escaped = self.text[self.at - 1]
                parts.append(Text("" if escaped == "\n" else escaped, quoted=True))
            elif self.peek() in "$`":
                parts.append(self._dollar(quoted=True))
            else:
                parts.append(Text(self.peek(), quoted=True))
                self.at += 1
        self.at += 1
        return parts

    def _dollar(self, *, quoted: bool) -> Part:
        if self.peek() == "`":
            return Substitution(self._parse(self._until("`")), quoted)
        if self.peek(2) == "$(":
            inner = self._balanced("(", ")")
            if inner.startswith("(") and inner.endswith(")"):
                return Arithmetic(WordReader(inner[1:-1], self._parse).word(ends=""), quoted)
            return Substitution(self._parse(inner), quoted)
        if self.peek(2) == "${":
            return self._braces(self._balanced("{", "}"), quoted=quoted)
        self.at += 1
        name = _NAME.match(self.text, self.at)
        if name:
            self.at = name.end()
            return Expansion(name.group(), "", Word(()), quoted)
        if self.peek() and self.peek() in _SPECIAL:
            self.at += 1
            return Expansion(self.text[self.at - 1], "", Word(()), quoted)
        return Text("$", quoted)

    def _balanced(self, opening: str, closing: str) -> str:
        """The inside of `$(…)` or `${…}`; quotes inside hide brackets."""
        start = self.at = self.at + 2
        depth = 1
        while self.at < len(self.text):
            character = self.peek()
            if character == "'" or character == "\\":
                if character == "'":
                    self._until("'")
                else:
                    self.at += 2
                continue
            if character == '"':
                self._double()
                continue
            depth += (character == opening) - (character == closing)
            self.at += 1
            if depth == 0:
                return self.text[start : self.at - 1]
        raise SyntaxProblem(f"no closing {closing}")

    def _braces(self, inner: str, *, quoted: bool) -> Expansion:
        if inner.startswith("#") and len(inner) > 1:
            return Expansion(inner[1:], "length", Word(()), quoted)
        name = _NAME.match(inner) or re.match(rf"[{re.escape(_SPECIAL)}]", inner)
        if not name:
            raise SyntaxProblem(f"${{{inner}}}: bad substitution")
        rest = inner[name.end() :]
        operator = _OPERATORS.match(rest)
        if rest and not operator:
            raise SyntaxProblem(f"${{{inner}}}: bad substitution")
        if not operator:
            return Expansion(name.group(), "", Word(()), quoted)
        word = WordReader(rest[operator.end() :], self._parse).word(ends="")
        return Expansion(name.group(), operator.group(), word, quoted)
