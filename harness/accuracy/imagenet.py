"""The 1,000 classes of ILSVRC2012, in the order of their WordNet ids, which is that of the class index.

Names are those of TensorFlow's ImageNetLabels.txt without its first entry, `background`.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

__all__ = ["CLASSES", "class_names", "wnids"]

CLASSES = 1000


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
