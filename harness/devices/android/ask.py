"""Many questions to a phone in one shell call: each round trip costs the phone work while it rests.

Every question is a small script. The remote shell prints a line nobody can
guess before and after each answer, so an answer may hold any text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from harness.adb.base import BaseConnection
from harness.adb.connection import Connection
from harness.adb.marker import new_token

__all__ = [
    "NO_ANSWER",
    "Answer",
    "Answers",
    "ask",
    "ask_patiently",
    "parse_answers",
    "read_files",
    "script_of",
]

ASK_S = 60.0
"""`dumpsys` of a busy phone takes seconds; a phone that needs longer than this is not fit to measure."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one question's script printed on both streams, and its exit code; None: it was never answered."""

    text: str = ""
    exit_code: int | None = None

    @property
    def ok(self) -> bool:
        """Whether the script said it succeeded."""
        return self.exit_code == 0


Answers = Mapping[str, Answer]

NO_ANSWER = Answer()


def ask(connection: Connection, questions: Mapping[str, str], *, timeout_s: float = ASK_S) -> Answers:
    """Every question's answer by its name. Raises what `Connection.shell` raises."""
    token = new_token()
    return parse_answers(
        connection.shell(script_of(questions, token), timeout_s=timeout_s).stdout, questions, token
    )


def ask_patiently(
    connection: BaseConnection, questions: Mapping[str, str], *, timeout_s: float = ASK_S
) -> Answers:
    """The same, through lost connections: asking twice does no harm."""
    return connection.repeat(lambda: ask(connection, questions, timeout_s=timeout_s))


def script_of(questions: Mapping[str, str], token: str) -> str:
    """One script that asks all questions; a failing or unknown command ends only its own answer. Pure."""
    return "\n".join(
        f"echo {token}:{number}\n(\n{script}\n) 2>&1 </dev/null\nr=$?; echo; echo {token}=$r"
        for number, script in enumerate(questions.values())
    )


def parse_answers(output: str, questions: Mapping[str, str], token: str) -> dict[str, Answer]:
    """The answers in what the script printed; NO_ANSWER for each that is missing or cut off. Pure."""
    found = {
        int(match["number"]): Answer(match["text"].rstrip("\r\n"), int(match["code"]))
        for match in _answer(token).finditer(output)
    }
    return {name: found.get(number, NO_ANSWER) for number, name in enumerate(questions)}


def _answer(token: str) -> re.Pattern[str]:
    return re.compile(
        rf"^{token}:(?P<number>\d{{1,4}})\r?\n(?P<text>(?:.*\n)*?){token}=(?P<code>\d{{1,3}})\r?$",
        re.MULTILINE,
    )


def read_files(*patterns: str) -> str:
    """A script that prints `PATH=FIRST LINE` of every file it may read, with the shell's own words only.

    `read` fails for a line without an end, but has read it.
    """
    return f'for f in {" ".join(patterns)}; do v=; read -r v <"$f"; [ -n "$v" ] && echo "$f=$v"; done'
