"""The 1,000 classes of ILSVRC2012, in the order of their WordNet ids, which is that of the class index.

Names are those of TensorFlow's ImageNetLabels.txt without its first entry, `background`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

__all__ = ["CLASSES", "VALIDATION_IMAGES", "class_names", "validation_number", "wnids"]

CLASSES = 1000
VALIDATION_IMAGES = 50_000

_VALIDATION_NAME = re.compile(r"ILSVRC2012_val_(\d{8})\.[A-Za-z]+")


def validation_number(name: str) -> int:
    """Number in the file name of a validation image, from 1; 0 for other names."""
    match = _VALIDATION_NAME.fullmatch(name)
    number = int(match[1]) if match else 0
    return number if number <= VALIDATION_IMAGES else 0


def wnids() -> tuple[str, ...]:
    """WordNet ids (`n01440764`), by class index."""
    return tuple(wnid for wnid, _ in _table())


def class_names() -> tuple[str, ...]:
    """English names, by class index; `crane` and `maillot` occur twice."""
    return tuple(name for _, name in _table())


@lru_cache(maxsize=1)
def _table() -> tuple[tuple[str, str], ...]:
    text = Path(__file__).with_name("imagenet_classes.txt").read_text(encoding="utf-8")
    pairs = (line.split(" ", maxsplit=1) for line in text.splitlines())
    return tuple((wnid, name) for wnid, name in pairs)
