"""Commands on processes: sh, sleep, ps, pidof, taskset, timeout, nohup, setsid, env, toybox."""

from __future__ import annotations

import re
import threading

from harness.simulated_phone.processes import Killed
from harness.simulated_phone.shell.context import COMMANDS, Context, command

__all__: list[str] = []


def _execute(
    context: Context, words: list[str], *, added: dict[str, str] | None = None, cpu_mask: int | None = None
) -> int:
    from harness.simulated_phone.shell.run import Streams

    environment = {**context.process.environment, **(added or {})}
    streams = Streams(context.stdin, context.stdout, context.stderr)
    return context.phone.execute(
        words, environment, streams, parent=context.process, cwd=context.cwd, cpu_mask=cpu_mask
    )


@command("sh")
def _sh(context: Context) -> int:
    from harness.simulated_phone.shell.run import Shell, Streams

    arguments = list(context.arguments)
    while arguments and re.fullmatch(r"-[eux]+", arguments[0]):
        arguments.pop(0)
    if arguments[:1] == ["-c"] and len(arguments) > 1:
        script, rest = arguments[1], arguments[3:]
    elif arguments:
        try:
            script = context.files.read(context.path(arguments[0])).decode("utf-8", "surrogateescape")
        except OSError as error:
            return context.fail(f"{arguments[0]}: {error.strerror}", 127)
        rest = arguments[1:]
    else:
        script, rest = context.stdin.read().decode("utf-8", "surrogateescape"), []
    shell = Shell(context.phone, context.process, context.process.environment, context.cwd, rest)
    return shell.run_text(script, Streams(context.stdin, context.stdout, context.stderr))


@command("sleep", "usleep")
def _sleep(context: Context) -> int:
    try:
        seconds = float(context.arguments[0])
    except (IndexError, ValueError):
        return context.fail("Needs a number of seconds")
    context.process.wait(seconds / (1e6 if context.name == "usleep" else 1))
    return 0


@command("ps")
def _ps(context: Context) -> int:
    context.say("USER       PID  PPID NAME")
    for process in context.phone.processes.running():
        context.say(f"shell    {process.pid:>5} {process.parent:>5} {process.arguments[0]}")
    return 0


@command("pidof")
def _pidof(context: Context) -> int:
    wanted = set(context.arguments)
    found = [p.pid for p in context.phone.processes.running() if p.arguments[0].rsplit("/", 1)[-1] in wanted]
    if found:
        context.say(" ".join(map(str, found)))
    return 0 if found else 1


@command("taskset")
def _taskset(context: Context) -> int:
    """`taskset MASK COMMAND…`, or `taskset -p [MASK] PID`; masks are hexadecimal without 0x, as in toybox."""
    words = list(context.arguments)
    if words[:1] == ["-p"]:
        return _taskset_of(context, words[1:])
    if len(words) < 2:
        return context.fail("Needs 2 arguments")
    mask = _mask(context, words[0])
    if mask is None:
        return context.fail("failed to set affinity: Invalid argument")
    return _execute(context, words[1:], cpu_mask=mask)


def _mask(context: Context, text: str) -> int | None:
    """The mask as far as the phone has such CPUs; None for one that leaves none."""
    if not re.fullmatch(r"[0-9a-fA-F]{1,16}", text):
        return None
    present = sum(1 << cpu for cpu in context.phone.model.cpus)
    return int(text, 16) & present or None


def _taskset_of(context: Context, words: list[str]) -> int:
    process = context.phone.processes.find(int(words[-1])) if words and words[-1].isdigit() else None
    if process is None:
        return context.fail("No such process")
    if len(words) == 2:
        mask = _mask(context, words[0])
        if mask is None:
            return context.fail("failed to set affinity: Invalid argument")
        process.cpu_mask = mask
    context.say(f"pid {process.pid}'s current affinity mask: {process.cpu_mask:x}")
    return 0


@command("timeout")
def _timeout(context: Context) -> int:
    """`timeout [-s SIGNAL] SECONDS COMMAND…`; 124 when time ran out, as in toybox."""
    words = list(context.arguments)
    if words[:1] in (["-s"], ["-k"]):
        words = words[2:]
    if len(words) < 2:
        return context.fail("Needs 2 arguments")
    children_before = {process.pid for process in context.phone.processes.running()}
    ran_out = threading.Event()

    def end() -> None:
        ran_out.set()
        for process in context.phone.processes.running():
            if process.pid not in children_before and process.parent == context.process.pid:
                process.kill(15)

    timer = threading.Timer(max(0.0, context.number(words[0].rstrip("s"))), end)
    timer.start()
    try:
        status = _execute(context, words[1:])
    finally:
        timer.cancel()
        timer.join()
    return 124 if ran_out.is_set() else status


@command("nohup", "setsid", "nice", "time")
def _run_behind(context: Context) -> int:
    words = list(context.arguments)
    if context.name == "nohup":
        context.process.ignored.add(1)
    while words and words[0].startswith("-"):
        words = words[2:] if words[0] == "-n" else words[1:]
    return _execute(context, words) if words else context.fail("Needs 1 argument")


@command("env")
def _env(context: Context) -> int:
    words = list(context.arguments)
    added = {}
    while words and "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        added[name] = value
    if words:
        return _execute(context, words, added=added)
    for name, value in {**context.process.environment, **added}.items():
        context.say(f"{name}={value}")
    return 0


@command("toybox")
def _toybox(context: Context) -> int:
    if not context.arguments:
        context.say(" ".join(sorted(COMMANDS)))
        return 0
    if context.arguments[0] not in COMMANDS or not context.phone.userland.has(context.arguments[0]):
        return context.fail(f"Unknown command {context.arguments[0]}")
    return _execute(context, context.arguments)


@command("abort")
def _abort(context: Context) -> int:
    """Ends by SIGABRT; it is for trying out how crashes are seen."""
    raise Killed(6)
