"""Class names in a file or embedded in a model, in the order of the output."""

from __future__ import annotations

from pathlib import Path

from harness.errors import ZooError
from harness.zoo.flatbuffer import printable
from harness.zoo.label_forms import LabelTextError, class_names_in

__all__ = ["LabelTextError", "MOST_LABEL_BYTES", "labels_of", "read_labels"]

MOST_LABEL_BYTES = 4_000_000
_MOST_LABELS = 100_000


def labels_of(data: bytes) -> tuple[str, ...]:
    """Class names in any form people keep them in (module `label_forms`), UTF-8 or UTF-16 with its mark.

    A name may occur twice. A blank line in between keeps its index: it stands for a
    class without a name. Raises LabelTextError.
    """
    if len(data) > MOST_LABEL_BYTES:
        raise LabelTextError(f"it is larger than {MOST_LABEL_BYTES} bytes")
    names = [printable(name.strip()) for name in class_names_in(_text(data))]
    if not any(names):
        raise LabelTextError("it holds no names")
    if len(names) > _MOST_LABELS:
        raise LabelTextError(f"it has more than {_MOST_LABELS} names")
    return tuple(names)


def _text(data: bytes) -> str:
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))  # as PowerShell's > writes it
    try:
        return data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise LabelTextError(f"it is no UTF-8 text (byte {error.start})") from error


def read_labels(path: Path) -> tuple[str, ...]:
    """Class names of a file. Raises ZooError."""
    try:
        with path.open("rb") as file:
            return labels_of(file.read(MOST_LABEL_BYTES + 1))
    except OSError as error:
        raise ZooError(f"the label file {path} cannot be read: {error.strerror}") from error
    except LabelTextError as error:
        raise ZooError(f"the label file {path} cannot be used: {error}") from error
