"""From a script's text to its tree. Here-documents, functions and `case` are not understood."""

from __future__ import annotations

import re

from harness.simulated_phone.shell.syntax import (
    AndOr,
    Command,
    Conditional,
    ForLoop,
    Group,
    Pipeline,
    Redirection,
    Script,
    Simple,
    Text,
    WhileLoop,
    Word,
)
from harness.simulated_phone.shell.words import SyntaxProblem, WordReader

__all__ = ["SyntaxProblem", "parse_script"]

_REDIRECTION = re.compile(r"(\d*)(>>|>&|<&|&>|>|<)")
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_CLOSING = frozenset({"then", "else", "elif", "fi", "do", "done", "}"})
_DEEPEST = 50
_LONGEST = 200_000


def parse_script(text: str, depth: int = 0) -> Script:
    """Raises SyntaxProblem with the reason."""
    if depth > _DEEPEST or len(text) > _LONGEST:
        raise SyntaxProblem("the script is too deep or too long")
    parser = _Parser(text, depth)
    try:
        script = parser.script()
    except RecursionError:
        raise SyntaxProblem("the script is too deep") from None
    if parser.reader.peek():
        raise SyntaxProblem(f"syntax error: unexpected '{parser.reader.peek()}'")
    return script


class _Parser:
    """Recursive descent over the characters."""

    def __init__(self, text: str, depth: int) -> None:
        self.reader = WordReader(text, lambda inner: parse_script(inner, depth + 1))
        self._depth = depth

    def _blanks(self, *, lines: bool = False) -> None:
        reader = self.reader
        while reader.peek():
            if reader.peek(2) == "\\\n":
                reader.at += 2
            elif reader.peek() in (" \t\r\n" if lines else " \t\r"):
                reader.at += 1
            elif reader.peek() == "#":
                end = reader.text.find("\n", reader.at)
                reader.at = len(reader.text) if end < 0 else end
            else:
                return

    def _keyword(self) -> str:
        """The bare word here, without taking it."""
        found = re.compile(r"[a-z]+(?=[\s;&|()<>]|$)|[{}!](?=[\s;]|$)").match(
            self.reader.text, self.reader.at
        )
        return found.group() if found else ""

    def _take(self, keyword: str) -> bool:
        self._blanks(lines=True)
        if self._keyword() != keyword:
            return False
        self.reader.at += len(keyword)
        return True

    def _expect(self, keyword: str) -> None:
        if not self._take(keyword):
            raise SyntaxProblem(f"syntax error: '{keyword}' expected")

    def script(self) -> Script:
        """Commands until the end or something that closes."""
        items: list[AndOr] = []
        while True:
            self._blanks(lines=True)
            if not self.reader.peek() or self.reader.peek() == ")" or self._keyword() in _CLOSING:
                return Script(tuple(items))
            items.append(self._and_or())

    def _and_or(self) -> AndOr:
        pipelines = [("", self._pipeline())]
        while True:
            self._blanks()
            operator = self.reader.peek(2)
            if operator not in ("&&", "||"):
                break
            self.reader.at += 2
            self._blanks(lines=True)
            pipelines.append((operator, self._pipeline()))
        background = self.reader.peek() == "&"
        if self.reader.peek() and self.reader.peek() in "&;\n":
            self.reader.at += 1
        elif self.reader.peek() not in ("", ")"):
            raise SyntaxProblem(f"syntax error: unexpected '{self.reader.peek()}'")
        return AndOr(tuple(pipelines), background)

    def _pipeline(self) -> Pipeline:
        negated = self._take("!")
        commands = [self._command()]
        self._blanks()
        while self.reader.peek() == "|" and self.reader.peek(2) != "||":
            self.reader.at += 1
            self._blanks(lines=True)
            commands.append(self._command())
            self._blanks()
        return Pipeline(tuple(commands), negated)

    def _command(self) -> Command:
        self._blanks()
        if self.reader.peek() == "(":
            self.reader.at += 1
            return self._group(subshell=True)
        if self._take("{"):
            return self._group(subshell=False)
        if self._take("if"):
            return self._conditional()
        if self._take("for"):
            return self._for()
        for keyword in ("while", "until"):
            if self._take(keyword):
                condition, body = self.script(), self._body()
                return WhileLoop(condition, body, keyword == "while", self._redirections())
        return self._simple()

    def _group(self, *, subshell: bool) -> Group:
        script = self.script()
        if not subshell:
            self._expect("}")
        elif self.reader.peek() != ")":
            raise SyntaxProblem("syntax error: ')' expected")
        else:
            self.reader.at += 1
        return Group(script, subshell, self._redirections())

    def _conditional(self) -> Conditional:
        branches = [self._branch()]
        while self._take("elif"):
            branches.append(self._branch())
        otherwise = self.script() if self._take("else") else None
        self._expect("fi")
        return Conditional(tuple(branches), otherwise, self._redirections())

    def _branch(self) -> tuple[Script, Script]:
        condition = self.script()
        self._expect("then")
        return condition, self.script()

    def _for(self) -> ForLoop:
        self._blanks()
        name = self.reader.word().parts
        text = "".join(part.text for part in name if isinstance(part, Text))
        self._expect("in")
        words = []
        self._blanks()
        while self.reader.peek() and self.reader.peek() not in ";\n":
            words.append(self._word())
            self._blanks()
        self.reader.at += 1
        return ForLoop(text, tuple(words), self._body(), self._redirections())

    def _body(self) -> Script:
        self._expect("do")
        body = self.script()
        self._expect("done")
        return body

    def _word(self) -> Word:
        before = self.reader.at
        word = self.reader.word()
        if self.reader.at == before:
            raise SyntaxProblem(f"syntax error: unexpected '{self.reader.peek()}'")
        return word

    def _redirections(self) -> tuple[Redirection, ...]:
        found = []
        self._blanks()
        while match := _REDIRECTION.match(self.reader.text, self.reader.at):
            self.reader.at = match.end()
            if self.reader.peek() in ("<", ">"):
                raise SyntaxProblem("syntax error: here-documents are not understood")
            self._blanks()
            found.extend(self._redirection(match.group(1), match.group(2), self._word()))
            self._blanks()
        return tuple(found)

    def _redirection(self, descriptor: str, operator: str, target: Word) -> list[Redirection]:
        if operator == "&>":
            return [Redirection(1, ">", target), Redirection(2, ">&", Word((Text("1", quoted=False),)))]
        default = 0 if operator.startswith("<") else 1
        return [Redirection(int(descriptor or default), operator, target)]

    def _simple(self) -> Simple:
        assignments: list[tuple[str, Word]] = []
        words: list[Word] = []
        redirections: list[Redirection] = []
        while True:
            redirections.extend(self._redirections())
            if not self.reader.peek() or self.reader.peek() in ";&|()\n":
                break
            assigned = None if words else _ASSIGNMENT.match(self.reader.text, self.reader.at)
            if assigned:
                self.reader.at = assigned.end()
                assignments.append((assigned.group()[:-1], self.reader.word()))
            else:
                words.append(self._word())
        if not (assignments or words or redirections):
            raise SyntaxProblem(f"syntax error: unexpected '{self.reader.peek() or 'end of file'}'")
        return Simple(tuple(assignments), tuple(words), tuple(redirections))
