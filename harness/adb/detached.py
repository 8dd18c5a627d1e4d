"""Long commands that outlive the connection: started on the phone, watched from here.

The command's output goes to files on the phone and its exit code to a file that
is moved into place last: the done marker. A pulled cable or a restarted server
only interrupts the watching. Whether the phone itself was restarted in between
is told by its boot id.
"""

from __future__ import annotations

import posixpath
import re
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from harness.adb.connection import ShellResult
from harness.adb.errors import CommandTimeout, ConnectionLost, JobVanished, PhoneNotReady, PhoneRestarted
from harness.adb.marker import new_token, tagged
from harness.adb.processes import end_processes
from harness.adb.quoting import check_remote_path, remote_quote
from harness.errors import HarnessError

__all__ = ["DetachedJob", "run_detached", "start_detached"]

_ASK_S = 20.0
_PATIENCE_S = 60.0
_POLL_S = 0.5

_START_LOOKS = 5
_START_PAUSE_S = 0.2

_STARTED = re.compile(r"^started:(?P<pid>\d+):(?P<boot_id>[0-9a-f-]*):", re.MULTILINE | re.ASCII)

_BOOT_ID = "/proc/sys/kernel/random/boot_id"


class Watcher(Protocol):
    """What a detached job needs of a connection."""

    @property
    def serial(self) -> str: ...

    def shell(self, command: str, *, timeout_s: float) -> ShellResult: ...

    def pull(self, remote: str, local: Path) -> None: ...

    def reconnect_patiently(self, patience_s: float) -> None: ...


@dataclass(frozen=True, slots=True)
class DetachedJob:
    """One command that runs on the phone by itself."""

    command: str
    folder: str
    """Its own folder on the phone: `out`, `err`, and `status` once it has ended."""
    token: str
    pid: int
    boot_id: str
    """The phone's boot id at the start; empty where the phone has none."""


def run_detached(
    watcher: Watcher,
    command: str,
    *,
    folder: str,
    timeout_s: float,
    poll_s: float = _POLL_S,
    on_poll: Callable[[], None] = lambda: None,
) -> ShellResult:
    """Start a command on the phone, watch it through lost connections, return how it ended.

    `folder` is an absolute path on the phone; the job makes its own folder in it
    and removes it afterwards, whatever happens, as far as the phone can be reached.
    `on_poll` is called whenever it was found to be still running.
    Raises CommandTimeout, PhoneRestarted, JobVanished, ConnectionLost, PhoneNotReady.
    """
    job = start_detached(watcher, command, folder)
    try:
        _await(watcher, job, timeout_s, poll_s, on_poll)
        return _collect(watcher, job)
    except PhoneRestarted:
        raise
    except BaseException:
        # Also on Ctrl-C: what nobody watches any more must not go on heating the phone.
        _end(watcher, job.token)
        raise
    finally:
        _forget(watcher, job.folder)


def start_detached(watcher: Watcher, command: str, folder: str) -> DetachedJob:
    """Start it and return at once.

    The script that starts it may be run twice, after a lost connection: only one
    of two can make the job's folder, and the other one reads what was started.
    """
    token = new_token()
    room = f"{check_remote_path(folder)}/job-{token[:12]}"
    script = _start_script(command, token, room)
    try:
        for _ in range(_START_LOOKS):
            result = _patient(watcher, lambda: watcher.shell(script, timeout_s=_ASK_S))
            found = _STARTED.search(result.stdout)
            if found is not None:
                return DetachedJob(command, room, token, int(found["pid"]), found["boot_id"] or "")
            if not result.ok:
                break
            time.sleep(_START_PAUSE_S)
        evidence = (result.stderr or result.stdout).strip()[:200]
        raise JobVanished(f"{watcher.serial}: a command could not be started on the phone: {evidence}")
    except BaseException:
        _end(watcher, token)
        _forget(watcher, room)
        raise


def _start_script(command: str, token: str, room: str) -> str:
    """Makes the folder, starts the command in it, prints its process id and the phone's boot id."""
    name = remote_quote(room)
    inner = f"{tagged(command, token)} >{name}/out 2>{name}/err; echo $? >{name}/part"
    detached = f"(trap '' HUP; {inner}; mv {name}/part {name}/status) >/dev/null 2>&1 </dev/null"
    return (
        f"mkdir -p {remote_quote(posixpath.dirname(room))} || exit 1;"
        f" if mkdir {name} 2>/dev/null; then cat {_BOOT_ID} >{name}/boot 2>/dev/null;"
        f" {detached} & echo $! >{name}/pid; fi;"
        f" echo started:$(cat {name}/pid):$(cat {name}/boot):"
    )


def _await(
    watcher: Watcher, job: DetachedJob, timeout_s: float, poll_s: float, on_poll: Callable[[], None]
) -> None:
    deadline = time.monotonic() + timeout_s
    while not _ended(watcher, job):
        if time.monotonic() > deadline:
            raise CommandTimeout(watcher.serial, job.command, timeout_s, ended=_end(watcher, job.token))
        on_poll()
        time.sleep(poll_s)


def _ended(watcher: Watcher, job: DetachedJob) -> bool:
    """Whether the done marker is there. Raises PhoneRestarted, JobVanished."""
    status = remote_quote(f"{job.folder}/status")
    # Alive is asked before the marker: a job that ends in between has left it by then.
    script = (
        f"cat {_BOOT_ID} 2>/dev/null; if kill -0 {job.pid} 2>/dev/null; then echo alive; else echo gone; fi;"
        f" if [ -f {status} ]; then echo done; fi"
    )
    words = _patient(watcher, lambda: watcher.shell(script, timeout_s=_ASK_S)).stdout.split()
    if job.boot_id and words and words[0] != job.boot_id:
        raise PhoneRestarted(
            f"{watcher.serial} was restarted while `{job.command[:60]}` ran on it",
            next_step="the cause may be its battery, heat or the command: adb shell getprop sys.boot.reason",
        )
    if "done" in words:
        return True
    if "alive" not in words:
        raise JobVanished(
            f"{watcher.serial}: `{job.command[:60]}` is gone and left no exit code",
            next_step="Android may have killed it for its memory: adb logcat -d | grep -i lowmemorykiller",
        )
    return False


def _collect(watcher: Watcher, job: DetachedJob) -> ShellResult:
    with tempfile.TemporaryDirectory(prefix="harness-job-") as folder:
        texts = {}
        for name in ("status", "out", "err"):
            local = Path(folder) / name
            watcher.pull(f"{job.folder}/{name}", local)
            texts[name] = local.read_bytes().decode("utf-8", "replace")
    code = texts["status"].strip()
    if not code.isdigit():
        raise JobVanished(f"{watcher.serial}: `{job.command[:60]}` left {code[:20]!r} for an exit code")
    return ShellResult(int(code), texts["out"], texts["err"])


def _patient(watcher: Watcher, ask: Callable[[], ShellResult]) -> ShellResult:
    """Ask until there is an answer, setting the link up anew when it breaks."""
    for _ in range(3):
        try:
            return ask()
        except (ConnectionLost, CommandTimeout, PhoneNotReady) as error:
            if isinstance(error, PhoneNotReady) and not error.may_pass:
                raise
            watcher.reconnect_patiently(_PATIENCE_S)
    return ask()


def _end(watcher: Watcher, token: str) -> bool:
    """End what carries the token, as far as the phone can be reached; whether it is known to be gone."""
    try:
        return end_processes(lambda command: watcher.shell(command, timeout_s=_ASK_S), token)
    except HarnessError:
        return False


def _forget(watcher: Watcher, folder: str) -> None:
    """Remove the job's folder; a phone that cannot be reached keeps it until `harness devices clean`."""
    try:
        watcher.shell(f"rm -rf {remote_quote(folder)}", timeout_s=_ASK_S)
    except HarnessError:
        return
