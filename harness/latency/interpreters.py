"""Python interpreters a virtual environment can be made from."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Interpreter", "interpreters"]

_NEWEST_MINOR, _OLDEST_MINOR = 14, 9
# Those most wheels exist for come first; uv may have to fetch one.
_UV_MINORS = (11, 12, 13, 10)


@dataclass(frozen=True, slots=True)
class Interpreter:
    """One interpreter. With `uv` set, that program makes the environment and fetches the interpreter."""

    command: str
    version: tuple[int, int]
    uv: str | None = None

    @property
    def text(self) -> str:
        """`3.11`."""
        return f"{self.version[0]}.{self.version[1]}"

    def create(self, folder: Path) -> list[str]:
        """The command that makes an empty environment."""
        if self.uv is not None:
            return [self.uv, "venv", "--quiet", "--python", self.command, str(folder)]
        return [self.command, "-m", "venv", str(folder)]

    def install(self, python: Path, requirements: list[str]) -> list[str]:
        """The command that puts wheels into it. Source distributions are no way to get a runtime."""
        if self.uv is not None:
            return [
                self.uv, "pip", "install", "--quiet", "--only-binary", ":all:",
                "--python", str(python), *requirements,
            ]  # fmt: skip
        return [
            str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input",
            "--only-binary=:all:", *requirements,
        ]  # fmt: skip


def interpreters() -> Iterator[Interpreter]:
    """harness' own first, then others on the PATH, then those uv can get, newest first."""
    own = (sys.version_info[0], sys.version_info[1])
    yield Interpreter(sys.executable, own)
    seen = {own}
    for minor in range(_NEWEST_MINOR, _OLDEST_MINOR - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found is not None and (3, minor) not in seen:
            seen.add((3, minor))
            yield Interpreter(found, (3, minor))
    uv = shutil.which("uv")
    if uv is not None:
        # The same versions once more: an interpreter without venv or pip can do with uv.
        for minor in dict.fromkeys((own[1], *_UV_MINORS)):
            yield Interpreter(f"3.{minor}", (3, minor), uv)
