"""`$((…))`: whole numbers of 64 bits, names, and C's operators without assignment. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable

from harness.simulated_phone.shell.words import SyntaxProblem

__all__ = ["evaluate"]

_TOKEN = re.compile(
    r"\s*(0[xX][0-9a-fA-F]+|\d+|[A-Za-z_]\w*|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%()<>&|^~!])", re.ASCII
)
_LEVELS = (
    ("||",),
    ("&&",),
    ("|",),
    ("^",),
    ("&",),
    ("==", "!="),
    ("<", "<=", ">", ">="),
    ("<<", ">>"),
    ("+", "-"),
    ("*", "/", "%"),
)
_MOST_CHARACTERS = 1000


def evaluate(text: str, look_up: Callable[[str], str | None]) -> int:
    """The value of an expression. Raises SyntaxProblem."""
    if len(text) > _MOST_CHARACTERS:
        raise SyntaxProblem("the expression is too long")
    return _Reader(_tokens(text), look_up).whole()


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if found is None:
            raise SyntaxProblem(f"{text}: unexpected '{text[at:].strip()[0]}'")
        tokens.append(found.group(1))
        at = found.end()
    return tokens


class _Reader:
    """Recursive descent; both sides of `&&` and `||` are evaluated, which nothing can tell."""

    def __init__(self, tokens: list[str], look_up: Callable[[str], str | None]) -> None:
        self._tokens = tokens
        self._look_up = look_up

    def whole(self) -> int:
        value = self._level(0) if self._tokens else 0
        if self._tokens:
            raise SyntaxProblem(f"unexpected '{self._tokens[0]}' in an expression")
        return value

    def _level(self, level: int) -> int:
        if level == len(_LEVELS):
            return self._single()
        value = self._level(level + 1)
        while self._tokens and self._tokens[0] in _LEVELS[level]:
            operator = self._tokens.pop(0)
            value = _wrapped(_apply(operator, value, self._level(level + 1)))
        return value

    def _single(self) -> int:
        if not self._tokens:
            raise SyntaxProblem("an expression ends too early")
        token = self._tokens.pop(0)
        if token == "(":
            value = self._level(0)
            if not self._tokens or self._tokens.pop(0) != ")":
                raise SyntaxProblem("')' expected in an expression")
            return value
        if token in "-+!~":
            inner = self._single()
            return {"-": -inner, "+": inner, "!": int(inner == 0), "~": ~inner}[token]
        if token[0].isdigit():
            return _number(token)
        if token[0].isalpha() or token[0] == "_":
            return _number((self._look_up(token) or "0").strip())
        raise SyntaxProblem(f"unexpected '{token}' in an expression")


def _number(text: str) -> int:
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    try:
        octal = len(digits) > 1 and digits[0] == "0" and digits.isdigit()
        return _wrapped(sign * int(digits, 8 if octal else 0))
    except ValueError:
        raise SyntaxProblem(f"{text[:40]}: no number") from None


def _apply(operator: str, left: int, right: int) -> int:
    if operator in ("/", "%"):
        if right == 0:
            raise SyntaxProblem("division by zero")
        quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
        return quotient if operator == "/" else left - quotient * right
    if operator in ("<<", ">>"):
        return left << (right & 63) if operator == "<<" else left >> (right & 63)
    return int(_PLAIN[operator](left, right))


_PLAIN: dict[str, Callable[[int, int], int]] = {
    "||": lambda left, right: bool(left) or bool(right),
    "&&": lambda left, right: bool(left) and bool(right),
    "|": int.__or__,
    "^": int.__xor__,
    "&": int.__and__,
    "==": int.__eq__,
    "!=": int.__ne__,
    "<": int.__lt__,
    "<=": int.__le__,
    ">": int.__gt__,
    ">=": int.__ge__,
    "+": int.__add__,
    "-": int.__sub__,
    "*": int.__mul__,
}


def _wrapped(value: int) -> int:
    """As a signed number of 64 bits."""
    return (value + 2**63) % 2**64 - 2**63
