"""What this computer keeps of each phone between runs: who uses it, and settings that must be put back."""

from __future__ import annotations

import hashlib
import os
import re
import uuid
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from harness.errors import HarnessError

__all__ = ["STATE_VARIABLE", "KeptFiles", "kept_files", "write_whole"]

STATE_VARIABLE = "HARNESS_STATE"


@dataclass(frozen=True, slots=True)
class KeptFiles:
    """The files of one phone, in a folder that all phones of this user share."""

    folder: Path
    stem: str

    @property
    def lock(self) -> Path:
        """Locked by the process that uses the phone."""
        return self.folder / f"{self.stem}.lock"

    @property
    def owner(self) -> Path:
        """Who that is."""
        return self.folder / f"{self.stem}.owner.json"

    @property
    def recovery(self) -> Path:
        """Settings of the phone that must be put back."""
        return self.folder / f"{self.stem}.restore.json"

    @property
    def host_id(self) -> str:
        """A name of this user's account on this computer that no other has; made at the first use."""
        path = self.folder / "host-id"
        if not path.is_file():
            write_whole(path, uuid.uuid4().hex)
        return path.read_text(encoding="ascii").strip()


def kept_files(identity: str) -> KeptFiles:
    """The files of the phone with that serial number, at HARNESS_STATE or the system's place for such.

    Raises HarnessError where the folder cannot be made.
    """
    named = os.environ.get(STATE_VARIABLE)
    folder = (Path(named) if named else platformdirs.user_state_path("harness")) / "phones"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise HarnessError(
            f"{folder} cannot be written: {error.strerror}",
            next_step=f"name another folder: {STATE_VARIABLE}=DIR",
        ) from error
    plain = re.sub(r"[^A-Za-z0-9.-]+", "_", identity)[:60]
    digest = hashlib.sha256(identity.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return KeptFiles(folder, f"{plain}-{digest}")


def write_whole(path: Path, text: str) -> None:
    """Write a file so that it is there whole or not at all, even after a power cut."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with part.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
