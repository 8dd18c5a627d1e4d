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
        with _open_member(archive, member) as source:
            _copy(source, target, member, max_bytes)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError, NotImplementedError) as error:
        raise ZooError(f"{archive.name}: cannot be unpacked: {error}") from error


@contextmanager
def _open_member(archive: Path, member: str) -> Iterator[IO[bytes]]:
    if tarfile.is_tarfile(archive):
        with tarfile.open(archive) as tar:
            yield _tar_member(tar, member, archive.name)
    elif zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as container:
            yield _zip_member(container, member, archive.name)
    else:
        raise ZooError(f"{archive.name}: neither a tar nor a zip archive")


def _tar_member(tar: tarfile.TarFile, wanted: str, archive: str) -> IO[bytes]:
    found: tarfile.TarInfo | None = None
    names = []
    for number, info in enumerate(tar):
        if number > _MAX_MEMBERS:
            raise ZooError(f"{archive}: more than {_MAX_MEMBERS} members")
        name = _safe_name(info.name, archive)
        names.append(name)
        if name != _plain(wanted):
            continue
        if not info.isreg():
            raise ZooError(f"{archive}: {name} is no regular file")
        found = info
        break
    if found is None:
        raise ZooError(f"{archive}: has no member {wanted!r}{_has(names)}")
    file = tar.extractfile(found)
    assert file is not None  # a regular file always opens
    return file


def _zip_member(container: zipfile.ZipFile, wanted: str, archive: str) -> IO[bytes]:
    infos = container.infolist()
    if len(infos) > _MAX_MEMBERS:
        raise ZooError(f"{archive}: more than {_MAX_MEMBERS} members")
    by_name = {_safe_name(info.filename, archive): info for info in infos}
    info = by_name.get(_plain(wanted))
    if info is None:
        raise ZooError(f"{archive}: has no member {wanted!r}{_has(list(by_name))}")
    is_link = (info.external_attr >> 16) & 0o170000 == 0o120000
    if info.is_dir() or is_link:
        raise ZooError(f"{archive}: {wanted} is no regular file")
    return container.open(info)


def _safe_name(name: str, archive: str) -> str:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0:1]:
        raise ZooError(f"{archive}: holds a name that leads out of it: {name!r}")
    return str(path)


def _plain(name: str) -> str:
    return str(PurePosixPath(name))


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
