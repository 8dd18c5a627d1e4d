"""Commands that are part of the shell itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from harness.simulated_phone.files import normalise
from harness.simulated_phone.shell.context import COMMANDS
from harness.simulated_phone.shell.streams import Reader, Sink

if TYPE_CHECKING:
    from harness.simulated_phone.shell.run import Shell

__all__ = ["BUILTINS", "Exit", "LoopControl"]

Builtin = Callable[["Shell", list[str], Reader, Sink, Sink], int]

BUILTINS: dict[str, Builtin] = {}

_SIGNALS = {"HUP": 1, "INT": 2, "QUIT": 3, "ABRT": 6, "KILL": 9, "SEGV": 11, "TERM": 15, "0": 0}


class Exit(Exception):
    """`exit`."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class LoopControl(Exception):
    """`break` where `leave`, else `continue`."""

    def __init__(self, *, leave: bool) -> None:
        super().__init__(leave)
        self.leave = leave


def _builtin(*names: str) -> Callable[[Builtin], Builtin]:
    def enter(function: Builtin) -> Builtin:
        for name in names:
            BUILTINS[name] = function
        return function

    return enter


def _line(sink: Sink, text: str) -> None:
    sink.write((text + "\n").encode("utf-8", "surrogateescape"))


@_builtin(":", "true")
def _true(shell: Shell, words: list[str], stdin: Reader, stdout: Sink, stderr: Sink) -> int:
    return 0


@_builtin("false")
def _false(shell: Shell, words: list[str], stdin: Reader, stdout: Sink, stderr: Sink) -> int:
    return 1


@_builtin("echo")
def _echo(shell: Shell, words: list[str], stdin: Reader, stdout: Sink, stderr: Sink) -> int:
    feed = "\n"
    if words[:1] == ["-n"]:
        words, feed = words[1:], ""
    stdout.write((" ".join(words) + feed).encode("utf-8", "surrogateescape"))
    return 0


@_builtin("printf")
def _printf(shell: Shell, words: list[str], stdin: Reader, stdout: Sink, stderr: Sink) -> int:
    """Knows %s, %d, %% and the escapes \\n, \\t, \\\\ and \\r."""
    if not words:
        return 1
    values = iter(words[1:])
    shape = words[0].replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r").replace("\\\\", "\\")
    text = re.sub(r"%([sd%])", lambda found: "%" if found.group(1) == "%" else next(values, ""), shape)
    stdout.write(text.encode("utf-8", "surrogateescape"))
    return 0


@_builtin("cd")
def _cd(shell: Shell, words: list[str], stdin: Reader, stdout: Sink, stderr: Sink) -> int:
    target = normalise(words[0] if words else "/", shell.cwd)
    if not shell.phone.files.is_folder(target):
        _line(stderr, f"/system/bin/sh: cd: {target}: No such file or directory")
        return 2
    shell.cwd = target
    return 0


@_builtin("pwd")
def _pwd(shell: Shell, words: list[str], stdin: Reader, stdout: Sink, stderr: Sink) -> int:
    _line(stdout, shell.cwd)
    return 0


@_builtin("export")
def _export(shell: Shell, words: list[str], stdin: Reader, stdout: Sink, stderr: Sink) -> int:
    for word in words:
        name, equals, value = word.partition("=")
        if equals:
            shell.variables[name] = value
        shell.exported.add(name)
    return 0


@_builtin("unset")
def _unset(shell: Shell, words: list[str], stdin: Reader, stdout: Sink, stderr: Sink) -> int:
    for word in words:
        shell.variables.pop(word, None)
    return 0


@_builtin("exit")
def _exit(shell: Shell, words: list[str], stdin: Reader, stdout: Sink, stderr: Sink) -> int:
    raise Exit(int(words[0]) & 255 if words and words[0].isdigit() else shell.status)


@_builtin("break", "continue")
def _loop(shell: Shell, words: list[str], stdin: Reader, stdout: Sink, stderr: Sink) -> int:
    raise LoopControl(leave=True)


@_builtin("continue")
def _continue(shell: Shell, words: list[str], stdin: Reader, stdout: Sink, stderr: Sink) -> int:
    raise LoopControl(leave=False)


@_builtin("set", "umask", "ulimit")
def _ignored(shell: Shell, words: list[str], stdin: Reader, stdout: Sink, stderr: Sink) -> int:
    """Accepted without effect."""
    return 0


@_builtin("eval")
def _eval(shell: Shell, words: list[str], stdin: Reader, stdout: Sink, stderr: Sink) -> int:
    from harness.simulated_phone.shell.run import Streams

    return shell.run_text(" ".join(words), Streams(stdin, stdout, stderr))


@_builtin("read")
def _read(shell: Shell, words: list[str], stdin: Reader, stdout: Sink, stderr: Sink) -> int:
    names = [word for word in words if not word.startswith("-")] or ["REPLY"]
    line = stdin.readline().decode("utf-8", "surrogateescape")
    values = line.rstrip("\n").split(None, len(names) - 1)
    for index, name in enumerate(names):
        shell.variables[name] = values[index] if index < len(values) else ""
    return 0 if line else 1


@_builtin("trap")
def _trap(shell: Shell, words: list[str], stdin: Reader, stdout: Sink, stderr: Sink) -> int:
    """Only `trap '' SIGNAL…`, which makes a process ignore signals."""
    if words and words[0] == "":
        shell.process.ignored |= {
            _SIGNALS[name.removeprefix("SIG")] for name in words[1:] if name.removeprefix("SIG") in _SIGNALS
        }
    return 0


@_builtin("wait")
def _wait(shell: Shell, words: list[str], stdin: Reader, stdout: Sink, stderr: Sink) -> int:
    while any(thread.is_alive() for thread in shell.background):
        shell.process.wait(0.02)
    return 0


@_builtin("kill")
def _kill(shell: Shell, words: list[str], stdin: Reader, stdout: Sink, stderr: Sink) -> int:
    signal, status = 15, 0
    if words and words[0].startswith("-") and words[0] != "--":
        name = words.pop(0)[1:].removeprefix("SIG")
        signal = int(name) if name.isdigit() else _SIGNALS.get(name, -1)
    for word in words:
        process = shell.phone.processes.find(int(word)) if word.isdigit() else None
        if process is None or signal < 0:
            _line(stderr, f"/system/bin/sh: kill: {word}: No such process")
            status = 1
        elif signal > 0:
            process.kill(signal)
    return status


@_builtin("command", "type", "which")
def _command(shell: Shell, words: list[str], stdin: Reader, stdout: Sink, stderr: Sink) -> int:
    status = 0
    for word in (word for word in words if not word.startswith("-")):
        if word in BUILTINS:
            _line(stdout, word)
        elif word in COMMANDS and shell.phone.userland.has(word):
            _line(stdout, f"/system/bin/{word}")
        else:
            status = 1
    return status


@_builtin("test", "[")
def _test(shell: Shell, words: list[str], stdin: Reader, stdout: Sink, stderr: Sink) -> int:
    words = words[:-1] if words and words[-1] == "]" else words
    negated = False
    while words and words[0] == "!":
        negated, words = not negated, words[1:]
    try:
        return int(_holds(shell, words) == negated)
    except ValueError as error:
        _line(stderr, f"/system/bin/sh: [: {error}")
        return 2


def _holds(shell: Shell, words: list[str]) -> bool:
    if len(words) == 1:
        return words[0] != ""
    if len(words) == 2:
        return _unary(shell, words[0], words[1])
    if len(words) != 3:
        if not words:
            return False
        raise ValueError("too many arguments")
    left, operator, right = words
    if operator in ("=", "=="):
        return left == right
    if operator == "!=":
        return left != right
    numbers = {
        "-eq": int.__eq__,
        "-ne": int.__ne__,
        "-lt": int.__lt__,
        "-le": int.__le__,
        "-gt": int.__gt__,
        "-ge": int.__ge__,
    }
    if operator not in numbers:
        raise ValueError(f"{operator}: unknown operator")
    return bool(numbers[operator](int(left), int(right)))


def _unary(shell: Shell, operator: str, word: str) -> bool:
    if operator in ("-z", "-n"):
        return (word == "") == (operator == "-z")
    files, path = shell.phone.files, normalise(word, shell.cwd)
    if not files.exists(path):
        return False
    found = files.stat(path)
    if operator == "-w":
        return files.is_writable(path)
    answers = {
        "-e": True,
        "-r": True,
        "-f": not found.is_folder,
        "-d": found.is_folder,
        "-s": found.size_bytes > 0,
        "-x": found.is_folder or bool(found.mode & 0o111),
    }
    if operator not in answers:
        raise ValueError(f"{operator}: unknown operator")
    return answers[operator]
