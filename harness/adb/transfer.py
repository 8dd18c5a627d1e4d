"""Files that arrive: sent under a temporary name, verified by SHA-256, then moved into place."""

from __future__ import annotations

import hashlib
import posixpath
import secrets
import tempfile
from pathlib import Path
from typing import Protocol

from harness.adb.connection import PushOutcome, ShellResult
from harness.adb.errors import ConnectionLost, StorageFull, TransferFailed
from harness.adb.quoting import check_remote_path, remote_quote
from harness.adb.tools import RemoteTools
from harness.errors import UsageError

__all__ = ["pull_file", "push_file"]

_ATTEMPTS = 2
_QUICK_S = 30.0
_BYTES_PER_S = 10e6
"""A slow phone hashes and copies at least this fast; only used to size timeouts."""


class Carrier(Protocol):
    """What moving files needs of a connection."""

    @property
    def serial(self) -> str: ...

    @property
    def tools(self) -> RemoteTools: ...

    def shell(self, command: str, *, timeout_s: float) -> ShellResult: ...

    def send_file(self, local: Path, remote: str, mode: int) -> None: ...

    def fetch_file(self, remote: str, local: Path) -> None: ...


def push_file(carrier: Carrier, local: Path, remote: str, mode: int) -> PushOutcome:
    """Bring `local` to `remote`; nothing is seen there until it is complete and right."""
    check_remote_path(remote)
    digest, size_bytes = _local_digest(local)
    patience_s = _QUICK_S + size_bytes / _BYTES_PER_S
    if _remote_digest(carrier, remote, patience_s) == digest:
        _must(carrier, f"chmod {mode:o} {remote_quote(remote)}", remote)
        return PushOutcome.ALREADY_THERE
    folder = posixpath.dirname(remote)
    _must(carrier, f"[ ! -d {remote_quote(remote)} ]", remote, why="it is a folder on the phone")
    _must(carrier, f"mkdir -p {remote_quote(folder)}", remote)
    temporary = posixpath.join(folder, f".harness-{secrets.token_hex(8)}.part")
    try:
        _send_verified(carrier, local, temporary, mode, digest, patience_s)
        moved = f"mv -f {remote_quote(temporary)} {remote_quote(remote)}"
        _must(carrier, f"chmod {mode:o} {remote_quote(temporary)} && {moved}", remote)
    except TransferFailed:
        carrier.shell(f"rm -f {remote_quote(temporary)}", timeout_s=_QUICK_S)
        raise
    return PushOutcome.SENT


def _send_verified(
    carrier: Carrier, local: Path, temporary: str, mode: int, digest: str, patience_s: float
) -> None:
    for _ in range(_ATTEMPTS):
        carrier.send_file(local, temporary, mode)
        if _remote_digest(carrier, temporary, patience_s) == digest:
            return
    raise TransferFailed(
        f"{carrier.serial}: {local.name} arrived damaged {_ATTEMPTS} times (another SHA-256 on the phone)",
        next_step="try another cable or port; free space on the phone: adb shell df /data",
    )


def _must(carrier: Carrier, command: str, remote: str, *, why: str | None = None) -> None:
    result = carrier.shell(command, timeout_s=_QUICK_S)
    if not result.ok:
        evidence = why or (result.stderr or result.stdout).strip()[:200] or f"exit code {result.exit_code}"
        failure = StorageFull if "No space left" in evidence else TransferFailed
        raise failure(f"{carrier.serial}: cannot write {remote}: {evidence}")


def _local_digest(local: Path) -> tuple[str, int]:
    digest, size_bytes = hashlib.sha256(), 0
    try:
        with local.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
                size_bytes += len(chunk)
    except OSError as error:
        raise UsageError(f"{local} cannot be read: {error.strerror}") from error
    return digest.hexdigest(), size_bytes


def _remote_digest(carrier: Carrier, remote: str, timeout_s: float) -> str | None:
    """SHA-256 of a file on the phone, None where there is no such file."""
    tool = carrier.tools.sha256
    if tool is None:
        return _digest_by_fetching(carrier, remote)
    name = remote_quote(remote)
    result = carrier.shell(f"[ -f {name} ] && {tool} <{name}", timeout_s=timeout_s)
    words = result.stdout.split()
    return words[0].lower() if result.ok and words else None


def _digest_by_fetching(carrier: Carrier, remote: str) -> str | None:
    """For phones without any `sha256sum`: the file comes back and is hashed here."""
    if not carrier.shell(f"[ -f {remote_quote(remote)} ]", timeout_s=_QUICK_S).ok:
        return None
    with tempfile.TemporaryDirectory(prefix="harness-verify-") as folder:
        copy = Path(folder) / "copy"
        carrier.fetch_file(remote, copy)
        return _local_digest(copy)[0]


def pull_file(carrier: Carrier, remote: str, local: Path) -> None:
    """Fetch `remote` beside `local`, then put it in place: no half file is ever left under its name."""
    check_remote_path(remote)
    part = local.with_name(f".{local.name}.{secrets.token_hex(4)}.part")
    try:
        carrier.fetch_file(remote, part)
        part.replace(local)
    except OSError as error:
        raise TransferFailed(f"{carrier.serial}: {remote} cannot be kept as {local}: {error}") from error
    except (TransferFailed, ConnectionLost):
        part.unlink(missing_ok=True)
        raise
