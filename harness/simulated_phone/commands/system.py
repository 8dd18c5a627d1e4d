"""Commands on the system: id, uname, getprop, date, nproc, dmesg, reboot."""

from __future__ import annotations

import time

from harness.simulated_phone.faults import Restart
from harness.simulated_phone.shell.context import Context, command

__all__: list[str] = []


@command("id")
def _id(context: Context) -> int:
    known = {"-u": "2000", "-un": "shell", "-g": "2000"}
    first = context.arguments[0] if context.arguments else ""
    context.say(known.get(first, "uid=2000(shell) gid=2000(shell) groups=2000(shell) context=u:r:shell:s0"))
    return 0


@command("whoami")
def _whoami(context: Context) -> int:
    context.say("shell")
    return 0


@command("uname")
def _uname(context: Context) -> int:
    facts = {"s": "Linux", "n": "localhost", "r": "4.14.0-simulated", "v": "#1 SMP PREEMPT", "m": "aarch64"}
    options, _ = context.options("asnrvmo")
    wanted = (
        facts
        if "a" in options
        else {letter: facts[letter] for letter in facts if letter in (options or {"s"})}
    )
    context.say(" ".join(wanted.values()))
    return 0


@command("getprop")
def _getprop(context: Context) -> int:
    properties = context.phone.properties
    if context.arguments:
        context.say(properties.get(context.arguments[0], " ".join(context.arguments[1:2])))
        return 0
    for name, value in sorted(properties.items()):
        context.say(f"[{name}]: [{value}]")
    return 0


@command("setprop")
def _setprop(context: Context) -> int:
    if len(context.arguments) != 2:
        return context.fail("Needs 2 arguments")
    name, value = context.arguments
    if name.startswith("ro."):
        return context.fail(f"failed to set property '{name}' to '{value}'")
    context.phone.properties[name] = value
    return 0


@command("nproc")
def _nproc(context: Context) -> int:
    context.say(str(context.process.cpu_mask.bit_count()))
    return 0


@command("date")
def _date(context: Context) -> int:
    shape = next((each[1:] for each in context.arguments if each.startswith("+")), "%a %b %e %H:%M:%S UTC %Y")
    context.say(time.strftime(shape.replace("%s", str(int(time.time()))), time.gmtime()))
    return 0


@command("uptime")
def _uptime(context: Context) -> int:
    context.say(
        f"up {time.monotonic() - context.phone.booted_at:.0f} s, load average: {context.phone.load():.2f}"
    )
    return 0


@command("top")
def _top(context: Context) -> int:
    context.say("  PID USER  %CPU ARGS")
    for process in context.phone.processes.running():
        share = 100.0 if "benchmark_model" in process.arguments[0] else 0.0
        context.say(f"{process.pid:>5} shell {share:>5.1f} {process.arguments[0]}")
    return 0


@command("dmesg")
def _dmesg(context: Context) -> int:
    return context.fail("klogctl: Permission denied")


@command("logcat")
def _logcat(context: Context) -> int:
    context.say("--------- beginning of main")
    return 0


@command("reboot")
def _reboot(context: Context) -> int:
    context.phone.restart(Restart(reboot=True))
    return 0
