"""Try everything harness needs of a phone, and say of each what it found: a table for a bug report."""

from __future__ import annotations

import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import psutil

from harness.adb.detached import run_detached
from harness.adb.quoting import remote_quote
from harness.devices.android.ask import ask
from harness.devices.android.device import AndroidDevice
from harness.devices.android.facts import UNKNOWN
from harness.devices.android.kept import kept_files
from harness.devices.android.lock import last_owner
from harness.devices.android.phone_marker import Standing
from harness.devices.android.preflight import failed_checks
from harness.devices.android.restore import read_changes
from harness.devices.android.session import situation_of
from harness.devices.android.settings import SETTINGS
from harness.devices.android.state.snapshot import parse_state, readings_of
from harness.devices.android.topology import parse_cpu_list
from harness.errors import HarnessError

__all__ = ["Outcome", "Probe", "examine"]

_SAMPLE_BYTES = 1 << 18
_MOST_EVIDENCE = 160
_NO_SUCH_COMMAND = 127
"""POSIX, "Exit Status for Commands"."""


class Outcome(str, Enum):
    """How a probe ended."""

    OK = "ok"
    UNKNOWN = "unknown"
    ATTENTION = "attention"
    FAILED = "FAILED"

    __str__ = str.__str__


@dataclass(frozen=True, slots=True)
class Probe:
    """One thing that was tried."""

    name: str
    outcome: Outcome
    evidence: str
    advice: str = ""


def examine(
    device: AndroidDevice, *, on_step: Callable[[str], None] = lambda name: None
) -> tuple[Probe, ...]:
    """Every probe, whatever the others say. Changes nothing but a file of its own, which it removes."""
    found: list[Probe] = []
    for name, group in _GROUPS.items():
        on_step(name)
        try:
            found += group(device)
        except HarnessError as error:
            found.append(Probe(name, Outcome.FAILED, _short(error.message), error.next_step or ""))
    return tuple(found)


def _connection(device: AndroidDevice) -> Iterator[Probe]:
    way = type(device.connection).__name__.removesuffix("Connection").lower()
    yield Probe("connection", Outcome.OK, f"{device.serial}, {way}, profile {device.profile.name}")
    result = device.connection.shell("echo out; echo err >&2; exit 3", timeout_s=30.0)
    right = result.exit_code == 3 and "out" in result.stdout
    streams = "streams apart" if result.stderr_separate else "streams as one"
    yield Probe(
        "exit codes",
        Outcome.OK if right else Outcome.FAILED,
        f"exit 3 came as {result.exit_code}, {streams}",
    )
    tools = device.connection.tools
    yield Probe(
        "checksums",
        Outcome.OK if tools.sha256 else Outcome.ATTENTION,
        tools.sha256 or "no sha256sum",
        "" if tools.sha256 else "every pushed file is fetched again to verify it",
    )


def _transfer(device: AndroidDevice) -> Iterator[Probe]:
    remote = _own_file(device)
    with tempfile.TemporaryDirectory(prefix="harness-doctor-") as folder, _removed(device, remote):
        sent, back = Path(folder) / "sent", Path(folder) / "back"
        sent.write_bytes(secrets.token_bytes(_SAMPLE_BYTES))
        began = time.monotonic()
        device.connection.push(sent, remote)
        rate = _SAMPLE_BYTES / 1e6 / (time.monotonic() - began)
        device.connection.pull(remote, back)
        same = sent.read_bytes() == back.read_bytes()
    evidence = f"{device.folder.path}, {rate:.1f} MB/s"
    yield Probe("push and pull", Outcome.OK if same else Outcome.FAILED, evidence)


def _execution(device: AndroidDevice) -> Iterator[Probe]:
    remote = _own_file(device)
    shell = "/system/bin/sh" if device.facts.properties else "/bin/sh"
    with tempfile.TemporaryDirectory(prefix="harness-doctor-") as folder, _removed(device, remote):
        script = Path(folder) / "script"
        script.write_text(f"#!{shell}\necho ran\n", encoding="ascii")
        device.connection.push(script, remote, mode=0o755)
        result = device.connection.shell(remote_quote(remote), timeout_s=30.0)
    right = result.ok and result.stdout.strip() == "ran"
    yield Probe(
        "executable files",
        Outcome.OK if right else Outcome.ATTENTION,
        "a pushed script runs" if right else _short(result.stderr or result.stdout),
        "" if right else "tools cannot be started there: adb shell mount | grep noexec",
    )


def _own_file(device: AndroidDevice) -> str:
    """A new name, with a space in it: quoting is tried along with the rest."""
    return f"{device.folder.path}/doctor {secrets.token_hex(4)}"


@contextmanager
def _removed(device: AndroidDevice, remote: str) -> Iterator[None]:
    try:
        yield
    finally:
        device.connection.shell(f"rm -f {remote_quote(remote)}", timeout_s=30.0)


def _detached(device: AndroidDevice) -> Iterator[Probe]:
    result = run_detached(
        device.connection, "sleep 1; echo done", folder=device.folder.path, timeout_s=60.0, poll_s=0.3
    )
    right = result.ok and result.stdout.strip() == "done"
    yield Probe("detached commands", Outcome.OK if right else Outcome.FAILED, f"exit code {result.exit_code}")


def _facts(device: AndroidDevice) -> Iterator[Probe]:
    for name, value in device.fingerprint():
        yield Probe(f"fact: {name}", Outcome.UNKNOWN if value == UNKNOWN else Outcome.OK, value)


def _state(device: AndroidDevice) -> Iterator[Probe]:
    readings = readings_of(device.topology)
    answers = ask(device.connection, {each.name: each.question for each in readings})
    state = parse_state(answers, readings)
    for reading in readings:
        shown = reading.show(state)
        if shown is not None:
            yield Probe(f"state: {reading.name}", Outcome.OK, _short(shown))
        else:
            evidence = _short(answers[reading.name].text) or "no answer"
            yield Probe(f"state: {reading.name}", Outcome.UNKNOWN, evidence, reading.without)


def _settings(device: AndroidDevice) -> Iterator[Probe]:
    answers = ask(device.connection, {name: each.question for name, each in SETTINGS.items()})
    for name, setting in SETTINGS.items():
        value = setting.read(answers[name])
        outcome = Outcome.UNKNOWN if value is None else Outcome.OK
        yield Probe(f"setting: {name}", outcome, _short(answers[name].text) if value is None else value)


def _affinity(device: AndroidDevice) -> Iterator[Probe]:
    for cluster in device.topology.clusters:
        command = f"taskset {cluster.mask} grep Cpus_allowed_list /proc/self/status"
        result = device.connection.shell(command, timeout_s=30.0)
        words = result.stdout.split()
        right = result.ok and parse_cpu_list(words[-1] if words else "") == cluster.cpus
        wrong = Outcome.UNKNOWN if result.exit_code == _NO_SUCH_COMMAND else Outcome.ATTENTION
        yield Probe(
            f"affinity: cpu{cluster.name}",
            Outcome.OK if right else wrong,
            f"taskset {cluster.mask} gives {words[-1]}" if words else _short(result.stderr),
            "" if right else "this phone does not let one choose these cores",
        )


def _preflight(device: AndroidDevice) -> Iterator[Probe]:
    findings = failed_checks(situation_of(device))
    for finding in findings:
        advice = f"{finding.check.next_step}; or --allow {finding.check.code}"
        yield Probe(f"preflight: {finding.check.code}", Outcome.ATTENTION, finding.evidence, advice)
    if not findings:
        yield Probe("preflight", Outcome.OK, "nothing speaks against measuring")


def _use(device: AndroidDevice) -> Iterator[Probe]:
    kept = kept_files(device.identity)
    owner, clean = last_owner(kept.owner), f"harness devices clean {device.serial}"
    ended = owner is not None and not psutil.pid_exists(owner.pid)
    here = f"left behind by {owner}" if ended else str(owner or "not in use")
    yield Probe("use: here", Outcome.ATTENTION if owner else Outcome.OK, here, clean if ended else "")
    if device.marker is not None:
        holder = device.marker.look(kept.host_id)
        free = holder.standing is Standing.FREE or (holder.standing is Standing.OURS and owner is not None)
        evidence = "not in use" if free else f"{holder.standing}: {holder}"
        yield Probe(
            "use: elsewhere", Outcome.OK if free else Outcome.ATTENTION, evidence, "" if free else clean
        )
    left = read_changes(kept.recovery)
    changed = ", ".join(f"{name} was {change.before}" for name, change in left.items())
    yield Probe(
        "settings to put back",
        Outcome.ATTENTION if left else Outcome.OK,
        changed or "none",
        clean if left and (ended or not owner) else "",
    )


_GROUPS: dict[str, Callable[[AndroidDevice], Iterator[Probe]]] = {
    "connection": _connection,
    "push and pull": _transfer,
    "executable files": _execution,
    "detached commands": _detached,
    "facts": _facts,
    "state": _state,
    "settings": _settings,
    "affinity": _affinity,
    "preflight": _preflight,
    "use": _use,
}


def _short(text: str) -> str:
    """One printable line."""
    line = " ".join(text.split())
    plain = "".join(c for c in line if c.isprintable())
    return plain if len(plain) <= _MOST_EVIDENCE else f"{plain[: _MOST_EVIDENCE - 1]}…"
