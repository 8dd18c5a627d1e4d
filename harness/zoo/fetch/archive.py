"""Take one named member out of an archive, and nothing else.

Archives come from the network. Only a regular file of exactly the wanted name
is read, at most `max_bytes` of it; links, absolute names and `..` are refused
even when they are not the wanted member's, because an archive that has them is
not what it should be. Nothing is ever unpacked to a path taken from the archive.
"""

from __future__ import annotations

import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from harness.errors import ZooError

__all__ = ["copy_member", "is_archive"]

_CHUNK = 1 << 20
# Archives of the hosted models hold up to about ten members.
_MAX_MEMBERS = 20_000
_ARCHIVE_SUFFIXES = (".tar", ".tar.gz", ".tgz", ".zip")


def is_archive(path: Path) -> bool:
    """Whether the file is a tar (compressed or not) or a zip that is not a model with a zip trailer."""
    with path.open("rb") as file:
        head = file.read(8)
    if head[4:8] == b"TFL3":
        return False  # Task Library models end in a zip of their labels
    return tarfile.is_tarfile(path) or zipfile.is_zipfile(path)


def copy_member(archive: Path, member: str, target: Path, *, max_bytes: int) -> None:
    """Write the member to `target`.

    A leading `./` in names does not count. An archive that holds a single archive
    (as Kaggle's downloads may) is looked into once. Raises ZooError.
    """
    try:
        inner = _only_archive(archive, member)
        if inner is None:
            _copy_from(archive, member, target, max_bytes)
            return
        nested = target.with_name(f"{target.name}.nested")
        try:
            _copy_from(archive, inner, nested, max_bytes)
            _copy_from(nested, member, target, max_bytes)
        finally:
            nested.unlink(missing_ok=True)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError, NotImplementedError) as error:
        raise ZooError(f"{archive.name}: cannot be unpacked: {error}") from error


def _copy_from(archive: Path, member: str, target: Path, max_bytes: int) -> None:
    with _opened(archive) as container:
        _copy(_member(container, member, archive.name), target, member, max_bytes)


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


def _only_archive(archive: Path, wanted: str) -> str | None:
    """The member to look into where the archive holds nothing but another archive."""
    with _opened(archive) as container:
        names = list(_names(container, archive.name))
    [only] = names if len(names) == 1 else [""]
    return only if only != _plain(wanted) and only.lower().endswith(_ARCHIVE_SUFFIXES) else None


def _names(container: tarfile.TarFile | zipfile.ZipFile, archive: str) -> Iterator[str]:
    """The name of every file in it; all of them are checked, whichever is wanted."""
    for number, (name, is_folder) in enumerate(_members(container)):
        if number >= _MAX_MEMBERS:
            raise ZooError(f"{archive}: more than {_MAX_MEMBERS} members")
        safe = _safe_name(name, archive)
        if not is_folder:
            yield safe


def _members(container: tarfile.TarFile | zipfile.ZipFile) -> Iterator[tuple[str, bool]]:
    """Name, and whether it is a folder."""
    if isinstance(container, tarfile.TarFile):
        yield from ((each.name, each.isdir()) for each in container)
    else:
        yield from ((each.filename, each.is_dir()) for each in container.infolist())


def _member(container: tarfile.TarFile | zipfile.ZipFile, wanted: str, archive: str) -> IO[bytes]:
    names = list(_names(container, archive))
    if _plain(wanted) not in names:
        raise ZooError(f"{archive}: has no member {wanted!r}{_has(names)}")
    if isinstance(container, tarfile.TarFile):
        info = next(each for each in container.getmembers() if _plain(each.name) == _plain(wanted))
        file = container.extractfile(info) if info.isreg() else None
    else:
        entry = next(each for each in container.infolist() if _plain(each.filename) == _plain(wanted))
        is_link = (entry.external_attr >> 16) & 0o170000 == 0o120000
        file = None if is_link else container.open(entry)
    if file is None:
        raise ZooError(f"{archive}: {wanted} is no regular file")
    return file


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
