"""File names as text that any file and terminal takes, and back again. Pure.

A name may hold bytes that are no UTF-8 (Python keeps them as lone surrogates) and
characters that end a line or steer a terminal. Each of them is written as an escape;
all other names stay as they are, so most names with a backslash do too:

    \\xNN                  a byte that is no UTF-8 (80 to ff)
    \\uNNNN, \\U00NNNNNN    a character that does not print, by its code point
    \\u005c                a backslash before what would otherwise read as an escape
"""

from __future__ import annotations

import re
from unicodedata import category

__all__ = ["escape_name", "is_utf8", "unescape_name"]

_ESCAPE = re.compile(r"\\x[89a-f][0-9a-f]|\\u[0-9a-f]{4}|\\U(?:000[0-9a-f]|0010)[0-9a-f]{4}")
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS = "\u200c\u200d"
"""Part of words in Persian and of composed emoji."""


def escape_name(name: str) -> str:
    """The name in printable form: no control character, line end, or half of a surrogate pair."""
    if name.isprintable() and "\\" not in name:
        return name
    plain = _ESCAPE.sub(lambda found: f"\\u005c{found[0][1:]}", name)
    return "".join(_escaped(each) if _is_unprintable(each) else each for each in plain)


def unescape_name(text: str) -> str:
    """The name that `escape_name` wrote."""
    return _ESCAPE.sub(lambda found: _character(found[0]), text) if "\\" in text else text


def is_utf8(name: str) -> bool:
    """Whether the name's bytes are UTF-8, which is all that runtimes and other programs take."""
    return not any(0xD800 <= ord(each) <= 0xDFFF for each in name)


def _is_unprintable(character: str) -> bool:
    return category(character) in _UNPRINTABLE and character not in _JOINERS


def _escaped(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _character(escape: str) -> str:
    code = int(escape[2:], 16)
    return chr(code + 0xDC00 if escape[1] == "x" else code)
