"""The phone's file system: a folder of this computer that no path leads out of, and files made on the fly.

Names are normalised before they touch the computer, nothing on the phone can
make a link, and owner, mode and time are kept beside the files, not on them.
"""

from __future__ import annotations

import contextlib
import errno
import os
import posixpath
import stat as stat_bits
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["FileStat", "Maker", "PhoneFiles", "VirtualFiles", "normalise"]

_FOLDERS = ("/system/bin", "/vendor/lib64", "/dev", "/proc", "/sys")

Maker = Callable[[int], bytes]
"""Makes a virtual file's content for the process of that id."""


@dataclass(frozen=True, slots=True)
class FileStat:
    """What `stat` says."""

    mode: int
    size_bytes: int
    modified_s: int

    @property
    def is_folder(self) -> bool:
        """Whether it is a directory."""
        return stat_bits.S_ISDIR(self.mode)


def normalise(path: str, cwd: str = "/") -> str:
    """An absolute path without `.`, `..` and doubled slashes; `..` at the root stays there."""
    joined = posixpath.normpath(posixpath.join(cwd, path))
    return "/" + joined.lstrip("/")


class VirtualFiles:
    """Files under /proc and /sys whose content is made when they are read."""

    def __init__(self) -> None:
        self._makers: dict[str, Maker] = {}
        self._folders: set[str] = set()
        self.per_process: Callable[[], dict[int, dict[str, bytes]]] = dict

    def add(self, path: str, maker: Maker) -> None:
        """Let a path exist."""
        self._makers[path] = maker
        folder = posixpath.dirname(path)
        while folder not in self._folders and folder != "/":
            self._folders.add(folder)
            folder = posixpath.dirname(folder)

    def read(self, path: str, pid: int) -> bytes | None:
        """The content as that process sees it, None where there is no such file."""
        if path in self._makers:
            return self._makers[path](pid)
        parts = path.split("/")
        if len(parts) == 4 and parts[1] == "proc":
            number = str(pid) if parts[2] == "self" else parts[2]
            if number.isdigit():
                return self.per_process().get(int(number), {}).get(parts[3])
        return None

    def is_folder(self, path: str) -> bool:
        """Whether a folder of that name holds virtual files."""
        parts = path.split("/")
        process = len(parts) == 3 and parts[1] == "proc" and parts[2].isdigit()
        return path in self._folders or (process and int(parts[2]) in self.per_process())

    def names(self, folder: str) -> set[str]:
        """What a folder holds."""
        below = [
            path for path in (*self._makers, *self._folders) if path.startswith(folder.rstrip("/") + "/")
        ]
        names = {path[len(folder.rstrip("/")) + 1 :].split("/", 1)[0] for path in below}
        parts = folder.split("/")
        if folder == "/proc":
            names |= {str(pid) for pid in self.per_process()} | {"self"}
        elif len(parts) == 3 and parts[1] == "proc" and parts[2].isdigit():
            names |= set(self.per_process().get(int(parts[2]), {}))
        return names


class PhoneFiles:
    """Every file of one simulated phone. Errors are OSError with Linux' own numbers."""

    def __init__(self, root: Path, *, capacity_bytes: int, writable: tuple[str, ...]) -> None:
        self._root = root
        self._writable_folders = writable
        self._capacity_bytes = capacity_bytes
        self._modes: dict[str, int] = {}
        self._lock = threading.RLock()
        self.virtual = VirtualFiles()
        for folder in (*_FOLDERS, *writable):
            (root / folder[1:]).mkdir(parents=True, exist_ok=True)

    def host_path(self, path: str) -> Path:
        """Where a file of the phone lies on this computer. Raises OSError for an impossible name."""
        if "\0" in path:
            raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))
        return self._root / normalise(path)[1:]

    def stat(self, path: str) -> FileStat:
        """Raises OSError where there is nothing of that name."""
        path = normalise(path)
        if self.virtual.is_folder(path):
            return FileStat(stat_bits.S_IFDIR | 0o555, 0, int(time.time()))
        content = self.virtual.read(path, 0)
        if content is not None:
            return FileStat(stat_bits.S_IFREG | 0o444, len(content), int(time.time()))
        found = self.host_path(path).lstat()
        if stat_bits.S_ISDIR(found.st_mode):
            return FileStat(stat_bits.S_IFDIR | 0o771, 4096, int(found.st_mtime))
        mode = self._modes.get(path, 0o644)
        return FileStat(stat_bits.S_IFREG | mode, found.st_size, int(found.st_mtime))

    def exists(self, path: str) -> bool:
        """Whether there is anything of that name."""
        try:
            self.stat(path)
        except OSError:
            return False
        return True

    def is_folder(self, path: str) -> bool:
        """Whether the name is that of a folder."""
        return self.exists(path) and self.stat(path).is_folder

    def names(self, path: str) -> list[str]:
        """What a folder holds, sorted."""
        path = normalise(path)
        names = self.virtual.names(path)
        if self.host_path(path).is_dir():
            names |= {each.name for each in self.host_path(path).iterdir()}
        elif not self.virtual.is_folder(path):
            code = errno.ENOTDIR if self.exists(path) else errno.ENOENT
            raise OSError(code, os.strerror(code))
        return sorted(names)

    def read(self, path: str, pid: int = 0) -> bytes:
        """A file's content as a process sees it."""
        path = normalise(path)
        content = self.virtual.read(path, pid)
        return content if content is not None else self.host_path(path).read_bytes()

    def write(self, path: str, data: bytes, *, append: bool = False) -> None:
        """Make or extend a file. A full phone keeps what fitted, as a real one does."""
        path = self._writable(path)
        with self._lock:
            room = max(0, self._capacity_bytes - self.used_bytes())
            old = 0 if append or not self.host_path(path).is_file() else self.stat(path).size_bytes
            with self.host_path(path).open("ab" if append else "wb") as file:
                file.write(data[: room + old])
        if len(data) > room + old:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def make_folder(self, path: str, *, parents: bool) -> None:
        """`mkdir`, with `-p` where `parents`."""
        path = normalise(path)
        if parents and self.is_folder(path):
            return
        self.host_path(self._writable(path)).mkdir(parents=parents, exist_ok=parents)

    def remove(self, path: str) -> None:
        """A file, or a folder that is empty."""
        path = self._writable(path)
        target = self.host_path(path)
        if target.is_dir():
            target.rmdir()
        else:
            target.unlink()
            self._modes.pop(path, None)

    def move(self, source: str, target: str) -> None:
        """`rename`."""
        source, target = self._writable(source), self._writable(target)
        if self.is_folder(target):
            target = posixpath.join(target, posixpath.basename(source))
        self.host_path(source).replace(self.host_path(target))
        if source in self._modes:
            self._modes[target] = self._modes.pop(source)

    def set_mode(self, path: str, mode: int) -> None:
        """`chmod`."""
        path = self._writable(path)
        self.stat(path)
        self._modes[path] = mode & 0o777

    def set_modified(self, path: str, when_s: int) -> None:
        """The time of the last change."""
        os.utime(self.host_path(self._writable(path)), (when_s, when_s))

    def used_bytes(self) -> int:
        """The size of all files that were written; one removed meanwhile does not count."""
        total = 0
        for folder, _, names in os.walk(self._root):
            for name in names:
                with contextlib.suppress(FileNotFoundError):
                    total += Path(folder, name).lstat().st_size
        return total

    @property
    def capacity_bytes(self) -> int:
        """How much fits."""
        return self._capacity_bytes

    def is_writable(self, path: str) -> bool:
        """Whether files may be made and changed there."""
        return (normalise(path) + "/").startswith(tuple(f"{folder}/" for folder in self._writable_folders))

    def _writable(self, path: str) -> str:
        path = normalise(path)
        if not self.is_writable(path):
            code = errno.EROFS if path.startswith(("/system", "/vendor")) else errno.EACCES
            raise OSError(code, os.strerror(code))
        if any(len(os.fsencode(part)) > 255 for part in path.split("/")):
            raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
        return path
