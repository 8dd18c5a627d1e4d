"""The RSA key pair that phones know this computer by: adb's own, created when absent."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from adb_shell.auth.keygen import keygen, write_public_keyfile
from adb_shell.auth.sign_cryptography import CryptographySigner

__all__ = ["key_folder", "load_signer"]


def key_folder() -> Path:
    """Where adb keeps its keys: `$ANDROID_USER_HOME` or `~/.android`."""
    return Path(os.environ.get("ANDROID_USER_HOME") or Path.home() / ".android")


def load_signer(folder: Path) -> CryptographySigner:
    """The signer of `adbkey`, which is made (readable by its owner alone) when there is none."""
    private, public = folder / "adbkey", folder / "adbkey.pub"
    if not private.exists():
        _create(folder, private)
    if not public.exists():
        write_public_keyfile(str(private), str(public))
    return CryptographySigner(str(private))


def _create(folder: Path, private: Path) -> None:
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    # Made in a folder of its own (mode 700), so that the private key is never readable by others,
    # and linked into place, so that of two processes one wins and both use its key.
    with tempfile.TemporaryDirectory(dir=folder) as room:
        fresh = Path(room) / "adbkey"
        keygen(str(fresh))
        fresh.chmod(0o600)
        try:
            private.hardlink_to(fresh)
        except FileExistsError:
            return
        write_public_keyfile(str(private), str(private.with_suffix(".pub")))
