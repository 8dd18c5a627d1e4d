"""The script of one launch on the phone, and what it leaves behind. Pure.

The tool's output goes to a file of its own, so that it is there whatever ends the
script. Beside it runs a look at `/proc/PID/status`, while the model is loaded:
the CPUs the process may use, read from the process itself. Where memory is
measured it goes on looking, because the kernel forgets a process that has ended.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.adb.quoting import remote_command, remote_quote
from harness.devices.android.topology import parse_cpu_list

__all__ = ["LOG", "PROCESS", "ProcessFacts", "launch_script", "read_process"]

LOG = "log"
PROCESS = "process"

_LOOKS = 20
_PAUSE_S = 0.1
_FIELDS = "Cpus_allowed_list|VmHWM|Threads"


@dataclass(frozen=True, slots=True)
class ProcessFacts:
    """What the kernel said of the running tool. None: nobody looked in time, or it does not tell."""

    affinity: tuple[int, ...] | None = None
    peak_memory_bytes: int | None = None


def launch_script(arguments: tuple[str, ...], *, folder: str, name: str, watch: bool = False) -> str:
    """Run the tool in `folder`; its exit code is the script's.

    name   what the tool's file is called, by which its process is found
    watch  look at the process until it ends
    """
    # A look at a process that has just ended must not empty what an earlier one found.
    look = (
        f'p=$(pidof {remote_quote(name)}); if [ -n "$p" ]; then'
        f" cat /proc/${{p%% *}}/status | grep -E '{_FIELDS}' >{PROCESS}.new && mv {PROCESS}.new {PROCESS}"
    )
    pause = f"sleep {_PAUSE_S}"
    if watch:
        looking = f"while [ ! -f ended ]; do {look}; fi; {pause}; done"
    else:
        looking = f"for i in {' '.join(map(str, range(_LOOKS)))}; do {look} && break; fi; {pause}; done"
    return (
        f"cd {remote_quote(folder)} || exit 125; rm -f ended; ({looking}) >/dev/null 2>&1 &"
        f" {remote_command(*arguments)} >{LOG} 2>&1; s=$?; echo >ended; wait; exit $s"
    )


_ALLOWED = re.compile(r"^Cpus_allowed_list:\s*([\d,\-]+)\s*$", re.MULTILINE)
_HIGHEST = re.compile(r"^VmHWM:\s*([1-9]\d{0,11}) kB\s*$", re.MULTILINE)


def read_process(text: str) -> ProcessFacts:
    """From lines of `/proc/PID/status`; never raises."""
    allowed, highest = _ALLOWED.search(text), _HIGHEST.search(text)
    return ProcessFacts(
        affinity=(parse_cpu_list(allowed[1]) or None) if allowed else None,
        peak_memory_bytes=int(highest[1]) * 1024 if highest else None,
    )
