"""What a client can open on the phone: shells, file transfer, reboot, and a few polite refusals."""

from __future__ import annotations

from harness.simulated_phone.dialect import Dialect
from harness.simulated_phone.faults import Restart
from harness.simulated_phone.line import Line
from harness.simulated_phone.phone import Phone
from harness.simulated_phone.shell_service import ShellRequest, parse_shell_request, serve_shell
from harness.simulated_phone.stream import Stream
from harness.simulated_phone.sync_service import SyncService

__all__ = ["Refused", "run_service"]

_ANSWERS = {
    "root:": "adbd cannot run as root in production builds\n",
    "unroot:": "adbd not running as root\n",
    "remount:": "remount failed: Permission denied\n",
    "disable-verity:": "verity cannot be disabled: this phone is simulated\n",
    "enable-verity:": "verity cannot be enabled: this phone is simulated\n",
}


class Refused(Exception):
    """The phone has no such service."""


def run_service(name: str, stream: Stream, phone: Phone, dialect: Dialect, line: Line) -> None:
    """Serve one stream to its end. Raises Refused, StreamClosed, DropConnection."""
    shell = parse_shell_request(name, dialect)
    if isinstance(shell, ShellRequest):
        stream.accept()
        serve_shell(shell, stream, phone, line)
    elif name == "sync:":
        stream.accept()
        SyncService(stream, phone, dialect, line).serve()
    elif name in _ANSWERS:
        stream.accept()
        stream.write(_ANSWERS[name].encode())
    elif name.startswith("reboot:"):
        stream.accept()
        raise Restart(reboot=True)
    else:
        raise Refused(name)
