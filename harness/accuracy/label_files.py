"""Text files of labels and image lists: read strictly, whatever editor wrote them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.errors import DatasetError
from harness.zoo.label_text import LabelTextError, labels_of

__all__ = ["normalised_name", "numbered_lines", "read_label_file", "without_background"]

_BACKGROUND = ("background", "dummy")
_WITH_BACKGROUND = 1001


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Number and text of every line that is not blank.

    UTF-8, with or without a byte order mark; LF or CRLF. Raises DatasetError for
    a file that cannot be read or is no text.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DatasetError(f"{path} is no UTF-8 text (byte {error.start})") from error
    # Only \n ends a line: str.splitlines would also break names at exotic separators.
    for number, line in enumerate(text.split("\n"), start=1):
        stripped = line.removesuffix("\r")
        if stripped.strip():
            yield number, stripped


def read_label_file(path: Path) -> tuple[str, ...]:
    """Class names in the order of the class index, in any form that `labels_of` reads.

    A name may occur twice (ImageNet has two cranes): the index tells them apart.
    Blank lines are allowed at the end only, because they would shift what follows.
    Raises DatasetError.
    """
    try:
        names = labels_of(path.read_bytes())
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror}") from error
    except LabelTextError as error:
        raise DatasetError(f"{path} holds no class names: {error}") from error
    if "" in names:
        blank = names.index("") + 1
        raise DatasetError(f"{path}:{blank}: a blank line stands where a class name should")
    return names


def without_background(names: Sequence[str]) -> tuple[str, ...]:
    """ImageNet's names without the extra first one that 1001-class heads have."""
    if len(names) == _WITH_BACKGROUND and names[0].strip().casefold() in _BACKGROUND:
        return tuple(names[1:])
    return tuple(names)


def normalised_name(name: str) -> str:
    """For comparing names: case, underscores, runs of blanks and Unicode's form of a letter do not count."""
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
    return re.sub(r"[\s_]+", " ", folded).strip()
