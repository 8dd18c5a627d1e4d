"""Class names in a text file or embedded in a model: one a line, in the order of the output."""

from __future__ import annotations

from pathlib import Path

from harness.errors import ZooError
from harness.zoo.flatbuffer import printable

__all__ = ["LabelTextError", "MOST_LABEL_BYTES", "labels_of", "read_labels"]

MOST_LABEL_BYTES = 4_000_000
_MOST_LABELS = 100_000


class LabelTextError(Exception):
    """The bytes are no list of class names; says why."""


def labels_of(data: bytes) -> tuple[str, ...]:
    """Class names, UTF-8 with LF or CRLF; the file may begin with a byte order mark and end in blank lines.

    A blank line in between keeps its index: it stands for a class without a name.
    Raises LabelTextError.
    """
    if len(data) > MOST_LABEL_BYTES:
        raise LabelTextError(f"it is larger than {MOST_LABEL_BYTES} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LabelTextError(f"it is no UTF-8 text (byte {error.start})") from error
    lines = [printable(line.strip()) for line in text.split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    if not lines:
        raise LabelTextError("it holds no names")
    if len(lines) > _MOST_LABELS:
        raise LabelTextError(f"it has more than {_MOST_LABELS} lines")
    return tuple(lines)


def read_labels(path: Path) -> tuple[str, ...]:
    """Class names of a file. Raises ZooError."""
    try:
        with path.open("rb") as file:
            return labels_of(file.read(MOST_LABEL_BYTES + 1))
    except OSError as error:
        raise ZooError(f"the label file {path} cannot be read: {error.strerror}") from error
    except LabelTextError as error:
        raise ZooError(f"the label file {path} cannot be used: {error}") from error
