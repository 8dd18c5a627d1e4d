"""Label files in the zip archive that Task Library models carry behind the graph.

The archive is read in memory and one member of it only: no name in it becomes a
path. Its directory and the member are bounded before Python's zipfile sees them.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Sequence

from harness.zoo.label_text import MOST_LABEL_BYTES, LabelTextError, labels_of

__all__ = ["packed_labels"]

_END_MARK = b"PK\x05\x06"
_END_BYTES = 22
_LONGEST_COMMENT_BYTES = 65_535
_ULTRALYTICS = ("metadata.json", "temp_meta.txt")
"""Facts of the export with the class names among them."""
_MOST_MEMBERS = 1000
_MOST_DIRECTORY_BYTES = 1_000_000


def packed_labels(data: bytes, names: Sequence[str]) -> tuple[str, ...] | None:
    """Class names in the first of the named files that the archive has.

    Without names: of the only member called something with `label`, else of Ultralytics' facts. None where
    there is no archive or no such file. Raises LabelTextError, saying why the
    labels cannot be read.
    """
    if not _has_directory(data):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            member = _member(archive.namelist(), names)
            if member is None:
                return None
            with archive.open(member) as file:
                return labels_of(file.read(MOST_LABEL_BYTES + 1))
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        RuntimeError,  # encrypted
        NotImplementedError,  # an unknown compression
        ValueError,
    ) as error:
        raise LabelTextError(f"the archive of labels is damaged ({error})") from error


def _has_directory(data: bytes) -> bool:
    at = data.rfind(_END_MARK, max(0, len(data) - _END_BYTES - _LONGEST_COMMENT_BYTES))
    if at < 0 or at + _END_BYTES > len(data):
        return False
    members, directory_bytes = struct.unpack_from("<HI", data, at + 10)
    if members > _MOST_MEMBERS or directory_bytes > _MOST_DIRECTORY_BYTES:
        raise LabelTextError(f"the archive of labels claims {members} files")
    return True


def _member(present: Sequence[str], wanted: Sequence[str]) -> str | None:
    for name in wanted:
        if name in present:
            return name
    if wanted:
        return None
    guesses = [name for name in present if "label" in name.lower()]
    if len(guesses) == 1:
        return guesses[0]
    return next((name for name in _ULTRALYTICS if name in present), None)
