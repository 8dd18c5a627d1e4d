"""Commands on files: ls, cat, mkdir, rm, mv, cp, chmod, stat, df and their like."""

from __future__ import annotations

import hashlib
import os
import posixpath
import re
import time

from harness.simulated_phone.shell.context import Context, command

__all__: list[str] = []


def _reason(error: OSError) -> str:
    return error.strerror or os.strerror(error.errno or 5)


def _letters(mode: int) -> str:
    return "".join(letter if mode >> 8 - place & 1 else "-" for place, letter in enumerate("rwxrwxrwx"))


@command("ls")
def _ls(context: Context) -> int:
    options, operands = context.options("laA1dhnRiZ")
    status = 0
    for name in operands or ["."]:
        path = context.path(name)
        if not context.files.exists(path):
            status = context.fail(f"{name}: No such file or directory")
        elif context.files.is_folder(path) and "d" not in options:
            if len(operands) > 1:
                context.say(f"{name}:")
            for entry in context.files.names(path):
                if not entry.startswith(".") or options & {"a", "A"}:
                    _list_one(context, posixpath.join(path, entry), entry, options)
        else:
            _list_one(context, path, name, options)
    return status


def _list_one(context: Context, path: str, shown: str, options: set[str]) -> None:
    if "l" not in options:
        context.say(shown)
        return
    found = context.files.stat(path)
    kind = "d" if found.is_folder else "-"
    when = time.strftime("%Y-%m-%d %H:%M", time.gmtime(found.modified_s))
    context.say(f"{kind}{_letters(found.mode)} 1 shell shell {found.size_bytes:>9} {when} {shown}")


@command("cat")
def _cat(context: Context) -> int:
    _, operands = context.options("u")
    status = 0
    for name in operands or ["-"]:
        if name == "-":
            context.stdout.write(context.stdin.read())
            continue
        try:
            data = context.files.read(context.path(name), context.process.pid)
        except OSError as error:
            status = context.fail(f"{name}: {_reason(error)}")
            continue
        context.stdout.write(data)
    return status


@command("mkdir")
def _mkdir(context: Context) -> int:
    options, operands = context.options("p")
    status = 0 if operands else context.fail("Needs 1 argument")
    for name in operands:
        try:
            context.files.make_folder(context.path(name), parents="p" in options)
        except OSError as error:
            status = context.fail(f"'{name}': {_reason(error)}")
    return status


@command("rm")
def _rm(context: Context) -> int:
    options, operands = context.options("rRfi")
    status = 0
    for name in operands:
        path = context.path(name)
        try:
            if context.files.is_folder(path) and options & {"r", "R"}:
                _remove_tree(context, path)
            elif context.files.is_folder(path):
                status = context.fail(f"{name}: is directory")
            else:
                context.files.remove(path)
        except FileNotFoundError:
            status = status if "f" in options else context.fail(f"{name}: No such file or directory")
        except OSError as error:
            status = context.fail(f"{name}: {_reason(error)}")
    return status


def _remove_tree(context: Context, path: str) -> None:
    for entry in context.files.names(path):
        inner = posixpath.join(path, entry)
        if context.files.is_folder(inner):
            _remove_tree(context, inner)
        else:
            context.files.remove(inner)
    context.files.remove(path)


@command("rmdir")
def _rmdir(context: Context) -> int:
    _, operands = context.options("p")
    for name in operands:
        context.files.remove(context.path(name))
    return 0


@command("mv")
def _mv(context: Context) -> int:
    _, operands = context.options("fin")
    if len(operands) != 2:
        return context.fail("Needs 2 arguments")
    try:
        context.files.move(context.path(operands[0]), context.path(operands[1]))
    except OSError as error:
        return context.fail(f"bad '{operands[0]}': {_reason(error)}")
    return 0


@command("cp")
def _cp(context: Context) -> int:
    _, operands = context.options("fpi")
    if len(operands) != 2:
        return context.fail("Needs 2 arguments")
    source, target = (context.path(name) for name in operands)
    if context.files.is_folder(target):
        target = posixpath.join(target, posixpath.basename(source))
    try:
        context.files.write(target, context.files.read(source))
        context.files.set_mode(target, context.files.stat(source).mode)
    except OSError as error:
        return context.fail(f"'{operands[0]}': {_reason(error)}")
    return 0


@command("touch")
def _touch(context: Context) -> int:
    for name in context.options("amc")[1]:
        try:
            context.files.write(context.path(name), b"", append=True)
        except OSError as error:
            return context.fail(f"'{name}': {_reason(error)}")
    return 0


@command("chmod")
def _chmod(context: Context) -> int:
    operands = context.options("Rf")[1]
    if len(operands) < 2:
        return context.fail("Needs 2 arguments")
    status = 0
    for name in operands[1:]:
        path = context.path(name)
        try:
            old = context.files.stat(path).mode
            context.files.set_mode(path, _mode(operands[0], old))
        except OSError as error:
            status = context.fail(f"'{name}': {_reason(error)}")
        except ValueError:
            return context.fail(f"bad mode '{operands[0]}'")
    return status


def _mode(text: str, old: int) -> int:
    """An octal mode, or one like `u+x`. Raises ValueError for any other text."""
    found = re.fullmatch(r"([ugoa]*)([-+])([rwx]+)", text)
    if found is None:
        return int(text, 8)
    who, sign, what = found.groups()
    digit = sum({"r": 4, "w": 2, "x": 1}[letter] for letter in set(what))
    places = {"u": 0o100, "g": 0o010, "o": 0o001, "a": 0o111}
    bits = 0
    for letter in who or "a":
        bits |= digit * places[letter]
    return old | bits if sign == "+" else old & ~bits


@command("stat")
def _stat(context: Context) -> int:
    arguments = list(context.arguments)
    shape = None
    if arguments[:1] == ["-c"] and len(arguments) > 1:
        shape, arguments = arguments[1], arguments[2:]
    for name in arguments:
        try:
            found = context.files.stat(context.path(name))
        except OSError as error:
            return context.fail(f"'{name}': {_reason(error)}")
        facts = {"%s": found.size_bytes, "%a": f"{found.mode & 0o777:o}", "%n": name, "%Y": found.modified_s}
        text = shape or "File: %n\nSize: %s\nAccess: %a\nModify: %Y"
        for mark, value in facts.items():
            text = text.replace(mark, str(value))
        context.say(text)
    return 0


@command("df")
def _df(context: Context) -> int:
    total = context.files.capacity_bytes // 1024
    used = min(total, context.files.used_bytes() // 1024)
    context.say("Filesystem     1K-blocks    Used Available Use% Mounted on")
    share = 100 * used // max(1, total)
    context.say(f"/dev/simulated {total:>9} {used:>7} {total - used:>9} {share:>3}% /data")
    return 0


@command("du")
def _du(context: Context) -> int:
    for name in context.options("skhc")[1] or ["."]:
        context.say(f"{_size(context, context.path(name)) // 1024}\t{name}")
    return 0


def _size(context: Context, path: str) -> int:
    if not context.files.is_folder(path):
        return context.files.stat(path).size_bytes
    return sum(_size(context, posixpath.join(path, entry)) for entry in context.files.names(path))


@command("find")
def _find(context: Context) -> int:
    """`find FOLDER [-type f|d]`."""
    arguments = context.arguments or ["."]
    wanted = arguments[arguments.index("-type") + 1] if "-type" in arguments[:-1] else None
    _walk(context, arguments[0], wanted)
    return 0


def _walk(context: Context, shown: str, wanted: str | None) -> None:
    path = context.path(shown)
    folder = context.files.is_folder(path)
    if wanted is None or wanted == ("d" if folder else "f"):
        context.say(shown)
    for entry in context.files.names(path) if folder else []:
        _walk(context, posixpath.join(shown, entry), wanted)


@command("sha256sum", "md5sum", "sha1sum")
def _checksum(context: Context) -> int:
    algorithm = context.name.removesuffix("sum")
    status = 0
    for name in context.arguments or ["-"]:
        try:
            data = context.stdin.read() if name == "-" else context.files.read(context.path(name))
        except OSError as error:
            status = context.fail(f"{name}: {_reason(error)}")
            continue
        context.say(f"{hashlib.new(algorithm, data, usedforsecurity=False).hexdigest()}  {name}")
    return status


@command("basename")
def _basename(context: Context) -> int:
    context.say(posixpath.basename(context.arguments[0].rstrip("/")) if context.arguments else "")
    return 0


@command("dirname")
def _dirname(context: Context) -> int:
    context.say(posixpath.dirname(context.arguments[0].rstrip("/")) or "." if context.arguments else ".")
    return 0


@command("sync")
def _sync(context: Context) -> int:
    return 0


@command("dd")
def _dd(context: Context) -> int:
    """`dd if=FILE of=FILE [bs=BYTES] [skip=BLOCKS] [count=BLOCKS]`, and nothing else of it."""
    given = dict(argument.partition("=")[::2] for argument in context.arguments)
    numbers = {name: given.get(name, "") for name in ("bs", "skip", "count") if name in given}
    if not given.keys() <= {"if", "of", "bs", "skip", "count"} or not all(map(str.isdigit, numbers.values())):
        return context.fail("bad operand")
    block_bytes, skip = int(numbers.get("bs", 512)), int(numbers.get("skip", 0))
    try:
        data = context.files.read(context.path(given["if"])) if "if" in given else context.stdin.read()
        start = block_bytes * skip
        end = start + block_bytes * int(numbers["count"]) if "count" in numbers else len(data)
        if "of" in given:
            context.files.write(context.path(given["of"]), data[start:end])
        else:
            context.stdout.write(data[start:end])
    except OSError as error:
        return context.fail(f"{given.get('if', '-')}: {_reason(error)}")
    return 0
