"""Label files in the zip archive that Task Library models carry behind the graph.

The archive is read in memory and one member of it only: no name in it becomes a
path. Its directory and the member are bounded before Python's zipfile sees them.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence

from harness.zoo.label_text import MOST_LABEL_BYTES, LabelTextError, labels_of

__all__ = ["exporter_range", "packed_labels"]

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
    text = _read(data, lambda present: _member(present, names))
    try:
        return None if text is None else labels_of(text)
    except LabelTextError:
        # Facts of an export that name no class are no damaged list of classes.
        if not names and text == _read(data, _ultralytics):
            return None
        raise
    except ValueError as error:
        raise LabelTextError(f"the archive of labels is damaged ({error})") from error


def exporter_range(data: bytes) -> tuple[str, str] | None:
    """A named range of values and who says so, where the file was made by an exporter with one habit.

    Ultralytics' classifiers take pixels divided by 255 (their transforms normalise with mean 0 and std 1).
    """
    try:
        text = _read(data, _ultralytics) or b""
    except LabelTextError:
        return None  # said where the labels are read
    plain = text.decode("utf-8", "replace").replace('"', "'").replace(" ", "")
    made = "'author':'Ultralytics'" in plain and "'task':'classify'" in plain
    return ("0..1", "Ultralytics' facts in the file, whose classifiers take it") if made else None


def _ultralytics(present: Sequence[str]) -> str | None:
    return next((name for name in _ULTRALYTICS if name in present), None)


def _read(data: bytes, choose: Callable[[Sequence[str]], str | None]) -> bytes | None:
    """The bytes of one member of the archive behind the graph; None without it. Raises LabelTextError."""
    if not _has_directory(data):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            member = choose(archive.namelist())
            if member is None:
                return None
            with archive.open(member) as file:
                return file.read(MOST_LABEL_BYTES + 1)
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


def _names_among(facts: bytes) -> tuple[str, ...] | None:
    try:
        return labels_of(facts)
    except LabelTextError:
        return None


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
    return _ultralytics(present)
