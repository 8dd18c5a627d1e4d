"""Take one named member out of an archive, and nothing else.

Archives come from the network. Only a regular file of exactly the wanted name
is read, at most `max_bytes` of it; links, absolute names and `..` are refused
even when they are not the wanted member's, because an archive that has them is
not what it should be. Nothing is ever unpacked to a path taken from the archive.
"""

from __future__ import annotations

import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple, TypeVar

from harness.errors import ZooError

__all__ = ["copy_member", "is_archive"]

_CHUNK = 1 << 20
# Archives of the hosted models hold up to about ten members.
_MAX_MEMBERS = 20_000
_MAX_UNPACKED_BYTES = 8 << 30
_ARCHIVE_SUFFIXES = (".tar", ".tar.gz", ".tgz", ".zip")
# What the standard library raises for damaged, encrypted and unknown contents.
_BROKEN = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    RuntimeError,
    NotImplementedError,
    UnicodeError,
)

_M = TypeVar("_M")


def is_archive(path: Path) -> bool:
    """Whether the file is a tar (compressed or not) or a zip that is not a model with a zip trailer."""
    with path.open("rb") as file:
        head = file.read(8)
    if head[4:8] == b"TFL3":
        return False  # Task Library models end in a zip of their labels
    return tarfile.is_tarfile(path) or zipfile.is_zipfile(path)


def copy_member(archive: Path, member: str, target: Path, *, max_bytes: int) -> None:
    """Write the member to `target`.

    A leading `./` in names does not count. Where the archive lacks the member and holds
    one other archive (as Kaggle's downloads may), that is looked into. Raises ZooError.
    """
    nested = target.with_name(f"{target.name}.nested")
    try:
        inner = _copied_or_within(archive, member, target, max_bytes)
        if inner is not None:
            _copy_from(archive, inner, nested, max_bytes)
            _copy_from(nested, member, target, max_bytes)
    except _BROKEN as error:
        raise ZooError(f"{archive.name}: cannot be unpacked: {error}") from error
    finally:
        nested.unlink(missing_ok=True)


def _copied_or_within(archive: Path, wanted: str, target: Path, max_bytes: int) -> str | None:
    """Copy the member; or, where it is not there and one other archive is, that archive's name."""
    with _opened(archive) as container:
        names = list(_names(container, archive.name))
        inner = [name for name in names if name.lower().endswith(_ARCHIVE_SUFFIXES)]
        if _plain(wanted) not in names and len(inner) == 1:
            return inner[0]
        _copy(_member(container, names, wanted, archive.name), target, wanted, max_bytes)
        return None


def _copy_from(archive: Path, member: str, target: Path, max_bytes: int) -> None:
    with _opened(archive) as container:
        names = list(_names(container, archive.name))
        _copy(_member(container, names, member, archive.name), target, member, max_bytes)


@contextmanager
def _opened(archive: Path) -> Iterator[tarfile.TarFile | zipfile.ZipFile]:
    if tarfile.is_tarfile(archive):
        with tarfile.open(archive) as tar:
            yield tar
    elif zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as container:
            yield container
    else:
        raise ZooError(f"{archive.name}: neither a tar nor a zip archive")


def _names(container: tarfile.TarFile | zipfile.ZipFile, archive: str) -> Iterator[str]:
    """The name of every file in it; all members are checked, whichever is wanted."""
    unpacked = 0
    for number, member in enumerate(_members(container)):
        unpacked += member.size
        if number >= _MAX_MEMBERS:
            raise ZooError(f"{archive}: more than {_MAX_MEMBERS} members")
        # A compressed tar is unpacked as far as the next member's name, so the sum is checked first.
        if unpacked > _MAX_UNPACKED_BYTES:
            raise ZooError(f"{archive}: more than {_MAX_UNPACKED_BYTES} bytes unpacked; refused as a bomb")
        safe = _safe_name(member.name, archive)
        if member.kind is _Kind.OTHER:
            raise ZooError(f"{archive}: {safe} is a link or a device, no regular file")
        if member.kind is _Kind.FILE:
            yield safe


class _Kind(Enum):
    FILE = "file"
    FOLDER = "folder"
    OTHER = "other"


class _Listed(NamedTuple):
    """One member, before anything of it is read."""

    name: str
    size: int
    kind: _Kind


def _members(container: tarfile.TarFile | zipfile.ZipFile) -> Iterator[_Listed]:
    if isinstance(container, tarfile.TarFile):
        for info in container:
            kind = _Kind.FILE if info.isreg() else _Kind.FOLDER if info.isdir() else _Kind.OTHER
            yield _Listed(info.name, info.size, kind)
    else:
        for entry in container.infolist():
            is_link = (entry.external_attr >> 16) & 0o170000 == 0o120000
            kind = _Kind.OTHER if is_link else _Kind.FOLDER if entry.is_dir() else _Kind.FILE
            yield _Listed(entry.filename, entry.file_size, kind)


def _member(
    container: tarfile.TarFile | zipfile.ZipFile, names: list[str], wanted: str, archive: str
) -> IO[bytes]:
    if _plain(wanted) not in names:
        raise ZooError(f"{archive}: has no member {wanted!r}{_has(names)}")
    if isinstance(container, tarfile.TarFile):
        file = container.extractfile(_first(container.getmembers(), wanted, lambda each: each.name))
        assert file is not None  # a regular file always opens
        return file
    return container.open(_first(container.infolist(), wanted, lambda each: each.filename))


def _first(members: Iterable[_M], wanted: str, name: Callable[[_M], str]) -> _M:
    return next(each for each in members if _plain(name(each)) == _plain(wanted))


def _safe_name(name: str, archive: str) -> str:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in "".join(path.parts[:1]):
        raise ZooError(f"{archive}: holds a name that leads out of it: {name!r}")
    return str(path)


def _plain(name: str) -> str:
    return str(PurePosixPath(name.replace("\\", "/")))


def _has(names: list[str]) -> str:
    return f" (it has {', '.join(names[:5])})" if names else ""


def _copy(source: IO[bytes], target: Path, member: str, max_bytes: int) -> None:
    written = 0
    with target.open("wb") as sink:
        while chunk := source.read(_CHUNK):
            written += len(chunk)
            if written > max_bytes:
                raise ZooError(
                    f"{member}: larger than {max_bytes} bytes unpacked; refused as a decompression bomb"
                )
            sink.write(chunk)
