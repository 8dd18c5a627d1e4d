"""Names of files that shells, protocols and options trip over."""

from __future__ import annotations

ODD_NAMES = [
    "with space",
    "quote'and\"double",
    "semi;colon && echo no",
    "$(touch x) `id` $HOME",
    "ünïcode 电话 📱",
    "-rf",
    "--help",
    "a,b,33206",
    "*?[x]",
    "back\\slash",
    "~",
    "#hash & | < >",
]
