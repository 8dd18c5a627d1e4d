"""Commands on text: grep, head, tail, cut, wc, sort, tr, tee."""

from __future__ import annotations

import re

from harness.simulated_phone.shell.context import Context, command

__all__: list[str] = []

_LONGEST_PATTERN = 1000


def _inputs(context: Context, names: list[str]) -> list[tuple[str, str]]:
    """Names and texts of the files given, or standard input; what cannot be read is left out."""
    if not names:
        return [("(standard input)", context.stdin.read().decode("utf-8", "surrogateescape"))]
    found = []
    for name in names:
        try:
            data = context.files.read(context.path(name), context.process.pid)
        except OSError as error:
            context.fail(f"{name}: {error.strerror}", 2)
            continue
        found.append((name, data.decode("utf-8", "surrogateescape")))
    return found


@command("grep")
def _grep(context: Context) -> int:
    options, operands = context.options("lqicvoEFnhawxes")
    if not operands or len(operands[0]) > _LONGEST_PATTERN:
        return context.fail("no pattern", 2)
    pattern = operands[0] if "F" not in options else re.escape(operands[0])
    try:
        wanted = re.compile(
            pattern if "E" in options else _basic(pattern), re.IGNORECASE if "i" in options else 0
        )
    except re.error:
        return context.fail(f"bad REGEX '{operands[0]}'", 2)
    names = operands[1:]
    found = False
    for name, text in _inputs(context, names):
        lines = [line for line in text.split("\n") if (wanted.search(line) is not None) != ("v" in options)]
        if text.endswith("\n") and "v" in options:
            lines = lines[:-1]
        found = found or bool(lines)
        _print_matches(context, name if len(names) > 1 else None, name, lines, options)
    return 0 if found else 1


def _basic(pattern: str) -> str:
    """A basic regular expression as Python writes it: `+?|(){}` are plain, escaped ones are not."""
    return re.sub(
        r"\\?[+?|(){}]",
        lambda found: found.group()[1:] if found.group()[0] == "\\" else "\\" + found.group(),
        pattern,
    )


def _print_matches(
    context: Context, prefix: str | None, name: str, lines: list[str], options: set[str]
) -> None:
    if "q" in options or not lines:
        return
    if "l" in options:
        context.say(name)
    elif "c" in options:
        context.say(str(len(lines)))
    else:
        for line in lines:
            context.say(f"{prefix}:{line}" if prefix and "h" not in options else line)


def _count(context: Context, default: int) -> tuple[int, list[str]]:
    """`-n N`, `-nN` or `-N`, and the file names."""
    arguments, count = list(context.arguments), default
    if arguments and arguments[0].startswith("-"):
        first = arguments.pop(0).lstrip("-").lstrip("nc") or (arguments.pop(0) if arguments else "")
        count = int(context.number(first))
    return count, arguments


@command("head")
def _head(context: Context) -> int:
    unit_bytes = "".join(context.arguments[:1]).startswith("-c")
    count, names = _count(context, 10)
    for _, text in _inputs(context, names):
        raw = text.encode("utf-8", "surrogateescape")
        context.stdout.write(raw[:count] if unit_bytes else b"".join(raw.splitlines(keepends=True)[:count]))
    return 0


@command("tail")
def _tail(context: Context) -> int:
    unit_bytes = "".join(context.arguments[:1]).startswith("-c")
    count, names = _count(context, 10)
    for _, text in _inputs(context, names):
        raw = text.encode("utf-8", "surrogateescape")
        kept = raw[-count:] if unit_bytes else b"".join(raw.splitlines(keepends=True)[-count:])
        context.stdout.write(kept if count else b"")
    return 0


@command("wc")
def _wc(context: Context) -> int:
    options, names = context.options("lwc")
    for name, text in _inputs(context, names):
        counts = {
            "l": text.count("\n"),
            "w": len(text.split()),
            "c": len(text.encode("utf-8", "surrogateescape")),
        }
        shown = [str(counts[letter]) for letter in "lwc" if letter in options or not options]
        context.say(" ".join(shown + ([name] if names else [])))
    return 0


@command("cut")
def _cut(context: Context) -> int:
    """`-c LIST` or `-f LIST` with `-d X`, where LIST is `N`, `N-`, `-M` or `N-M`; then file names."""
    values, names = _lettered(context.arguments, "cfd")
    letter = "c" if "c" in values else "f"
    which = re.fullmatch(r"(\d*)(-?)(\d*)", values.get(letter, ""))
    if which is None or not which.group():
        return context.fail("bad list")
    first = int(which.group(1) or 1)
    last = int(which.group(3) or 10**9) if which.group(2) else first
    mark = values.get("d", "\t")
    for _, content in _inputs(context, names):
        for line in content.splitlines():
            if letter == "c" or not mark:
                context.say(line[max(0, first - 1) : last])
            else:
                context.say(mark.join(line.split(mark)[max(0, first - 1) : last]))
    return 0


def _lettered(arguments: list[str], letters: str) -> tuple[dict[str, str], list[str]]:
    """Options that take a value, `-dX` or `-d X`, and what follows them."""
    values, rest = {}, list(arguments)
    while rest and rest[0][:1] == "-" and rest[0][1:2] and rest[0][1] in letters:
        first = rest.pop(0)
        values[first[1]] = first[2:] or (rest.pop(0) if rest else "")
    return values, rest


@command("sort")
def _sort(context: Context) -> int:
    options, names = context.options("rnu")
    lines = [line for _, text in _inputs(context, names) for line in text.splitlines()]
    lines = sorted(set(lines) if "u" in options else lines, reverse="r" in options)
    for line in lines:
        context.say(line)
    return 0


@command("tr")
def _tr(context: Context) -> int:
    """`-d SET`, or `A B` with single characters."""
    escapes = {"\\n": "\n", "\\r": "\r", "\\t": "\t", "\\0": "\0"}
    sets = [escapes.get(each, each) for each in context.arguments if each != "-d"]
    text = context.stdin.read().decode("utf-8", "surrogateescape")
    if context.arguments[:1] == ["-d"] and sets:
        text = "".join(letter for letter in text if letter not in sets[0])
    elif len(sets) == 2 and len(sets[0]) == len(sets[1]):
        text = text.translate(str.maketrans(sets[0], sets[1]))
    else:
        return context.fail("these sets are not understood here")
    context.stdout.write(text.encode("utf-8", "surrogateescape"))
    return 0


@command("tee")
def _tee(context: Context) -> int:
    data = context.stdin.read()
    context.stdout.write(data)
    for name in context.options("a")[1]:
        context.files.write(context.path(name), data, append="a" in context.options("a")[0])
    return 0
